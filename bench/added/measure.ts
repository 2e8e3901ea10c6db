import { bootLab } from '../../test/lab/vm.ts'
import { BUILD_DIR, buildPrograms } from './build.ts'
import type { Forwarder } from './forwarders.ts'
import { makeReport, type Report } from './report.ts'
import { parseRuns } from './samples.ts'
import { makeScript } from './script.ts'
import { readVersions } from './versions.ts'

const DEADLINE_MS = 600_000

/** Times forwarders one after another, so many frames each, in one boot of the lab in virtual time. */
export async function measureInLab(
  forwarders: readonly Forwarder[],
  frames: number,
): Promise<Report> {
  buildPrograms(forwarders)
  const vm = await bootLab({ virtualTime: true, udev: false, devices: [] })
  try {
    const script = makeScript(BUILD_DIR, forwarders, frames)
    const output = await vm.check(['/bin/bash', '-c', script], { deadlineMs: DEADLINE_MS })
    const names = forwarders.map(({ name }) => name)
    return makeReport(parseRuns(output), names, await readVersions(vm))
  } finally {
    await vm.shutdown()
  }
}
