/**
 * `node scripts/run.mjs bench/trials.ts`: other ways to wait for a frame than epoll, each as a small program (bench/trials),
 * against the references, in one boot of the lab in virtual time. docs/decisions/ says what became of them.
 */

import { join } from 'node:path'
import { BUILD_DIR } from './added/build.ts'
import { type Forwarder, forwarderPriority, listForwarders } from './added/forwarders.ts'
import { measureInLab } from './added/measure.ts'
import { parseCounted, recordFigures, runProgram } from './added/program.ts'
import type { Report } from './added/report.ts'

const USUAL_FRAMES = 2000

const USAGE = `usage: node scripts/run.mjs bench/trials.ts [options]

Measures what other designs of a forwarder would add to a frame, in the lab's virtual time.

  --frames N     frames per run (default ${USUAL_FRAMES})
  --json         print the report as JSON
  --no-record    keep nothing in bench/results/ and bench/README.md; --frames keeps nothing either
  --help         print this
`

function trials(): readonly Forwarder[] {
  const trial = (name: string, program: string, ...more: string[]): Forwarder => ({
    name,
    makeTarget: 'all',
    command: [
      ...[join(BUILD_DIR, program), '--device', '{device}', '--fifo', String(forwarderPriority)],
      ...more,
    ],
  })
  return [
    ...listForwarders(BUILD_DIR).filter(({ name }) => name !== 'evswitch'),
    trial('a thread for each device', 'threads'),
    trial('io_uring, write apart', 'uring'),
    trial('io_uring for both', 'uring', '--', '--ring-write'),
  ]
}

function formatMarkdown({ sections, versions }: Report): string {
  return [
    'Mean added to a frame, virtual microseconds.',
    '',
    '| frames | design | added | × epoll |',
    '| --- | --- | ---: | ---: |',
    ...sections.flatMap(({ kind, rows }) => {
      const epoll = rows.find(({ forwarder }) => forwarder === 'epoll')?.added.meanNs ?? Number.NaN
      return rows.map(({ forwarder, added: { meanNs } }) => {
        return `| ${kind} | ${forwarder} | +${(meanNs / 1000).toFixed(2)} | ${(meanNs / epoll).toFixed(3)} |`
      })
    }),
    '',
    ...Object.entries(versions).map(([name, version]) => `- ${name}: ${version}`),
  ].join('\n')
}

async function main(): Promise<void> {
  const options = parseCounted('frames', USUAL_FRAMES, 1_000_000)
  if (options.help) {
    console.log(USAGE)
    return
  }
  const report = await measureInLab(trials(), options.count)
  if (options.record) recordFigures('trials', report, formatMarkdown(report))
  console.log(options.json ? JSON.stringify(report, null, 2) : formatMarkdown(report))
}

await runProgram('trials', main)
