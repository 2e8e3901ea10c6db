import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { needPackages } from '../../scripts/bootstrap.mjs'
import { firmwarePackages } from '../packages.mjs'
import { cachedFolder, ROOT } from './cache.ts'
import type { NestedGuest } from './nested-guest.ts'
import { runTool } from './programs.ts'
import { resumeMachine, SAVE_MACHINE } from './saved-machine.ts'
import type { LabVm } from './vm.ts'

const FIRMWARE = '/usr/share/ovmf/OVMF.fd'
const BOOT = join(ROOT, 'test/lab/guest/ovmf-at-prompt.mjs')

/**
 * Starts a guest inside the lab that stands at the prompt of OVMF's shell, before any operating system; it says on
 * its serial line what it reads from its keyboard.
 *
 * @param keyboard QEMU arguments that give it a keyboard
 */
export async function startFirmwareGuest(
  vm: LabVm,
  keyboard: readonly string[],
): Promise<NestedGuest> {
  return await resumeMachine(vm, bootFirmware(), ['-bios', FIRMWARE, ...keyboard])
}

/** Boots OVMF on the host, once for each version of it and of QEMU. Returns the file with the machine. */
function bootFirmware(): string {
  needPackages(firmwarePackages)
  const qemu = runTool('qemu-system-x86_64', ['--version'])
  const inputs = [readFileSync(FIRMWARE), readFileSync(BOOT), readFileSync(SAVE_MACHINE), qemu]
  const folder = cachedFolder('ovmf', inputs, (out) => {
    runTool(process.execPath, [BOOT, FIRMWARE, join(out, 'machine')])
  })
  return join(folder, 'machine')
}
