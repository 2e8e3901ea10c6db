import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BENCH_DIR, BUILD_DIR, buildPrograms } from '../../bench/added/build.ts'
import { listForwarders } from '../../bench/added/forwarders.ts'
import { makeReport, type Report } from '../../bench/added/report.ts'
import { parseRuns } from '../../bench/added/samples.ts'
import { makeScript } from '../../bench/added/script.ts'
import { sharedLab } from './shared-lab.ts'

/** Virtual time repeats within 1 %; what is more is a change of the program. */
const allowed = 1.03
/** Half of what is recorded: the mean is the same within 0.3 %. */
const frames = 1000

const lab = sharedLab({ virtualTime: true, devices: [], udev: false })

test('evswitch adds no more to a frame, against the epoll reference, than what is recorded', async () => {
  const forwarders = listForwarders(BUILD_DIR).filter(({ name }) => name !== 'blocking')
  buildPrograms(forwarders)
  const script = makeScript(BUILD_DIR, forwarders, frames)
  const output = await lab.vm.check(['/bin/bash', '-c', script], { deadlineMs: 300_000 })
  const names = forwarders.map(({ name }) => name)
  const measured = ratios(makeReport(parseRuns(output), names, {}))
  const recorded = ratios(
    JSON.parse(readFileSync(join(BENCH_DIR, 'results/added.json'), 'utf8')) as Report,
  )
  expect(Object.keys(measured)).toEqual(['mouse', 'key'])
  for (const [kind, ratio] of Object.entries(measured)) {
    const limit = allowed * Number(recorded[kind])
    expect(ratio, `${kind} frames; npm run bench:added shows more`).toBeLessThanOrEqual(limit)
  }
})

function ratios({ sections }: Report): Record<string, number> {
  return Object.fromEntries(
    sections.map(({ kind, ratioToEpoll }) => [kind, ratioToEpoll ?? Number.NaN]),
  )
}
