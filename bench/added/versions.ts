/** What the figures depend on besides the programs. */

import { runTool } from '../../test/lab/programs.ts'
import type { LabVm } from '../../test/lab/vm.ts'

/** Versions of kernel, emulator and compiler, by name. */
export async function readVersions(vm: LabVm): Promise<Readonly<Record<string, string>>> {
  return {
    kernel: (await vm.check(['uname', '-rv'])).trim(),
    emulator: firstLine(runTool('qemu-system-x86_64', ['--version'])),
    compiler: firstLine(runTool('gcc', ['--version'])),
    time: 'instructions of one emulated processor, 8 ns each (icount shift=3, sleep=off)',
  }
}

function firstLine(output: Buffer): string {
  return output.toString().split('\n')[0] ?? ''
}
