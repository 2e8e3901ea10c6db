/**
 * `node scripts/run.mjs bench/idle.ts`: how often the threads of the installed service wake while nothing happens and a
 * guest is configured, in the lab with systemd.
 */

import { installService, unitProperties } from '../test/lab/installed.ts'
import { bootLab } from '../test/lab/vm.ts'
import { type ThreadWakeUps, wakeUps } from '../test/lab/wake-ups.ts'
import { parseCounted, recordFigures, runProgram } from './added/program.ts'

const DEFAULT_SECONDS = 60
/** Until what the start has left behind is done: collections, compilations. */
const SETTLE_SECONDS = 30
/** Of the watchdog: half of the unit's WatchdogSec. */
const KNOCK_SECONDS = 4.5

const USAGE = `usage: node scripts/run.mjs bench/idle.ts [options]

Counts the wake-ups of each thread of the service while nothing happens.

  --seconds N    how long (default ${DEFAULT_SECONDS})
  --json         print the figures as JSON
  --no-record    keep nothing in bench/results/ and docs/service.md; --seconds keeps nothing either
  --help         print this
`

function formatMarkdown(
  threads: readonly ThreadWakeUps[],
  seconds: number,
  versions: Readonly<Record<string, string>>,
): string {
  const rows = threads.map(({ id, name, count }, index) => {
    const what = index === 0 ? `${name} (main thread, JavaScript)` : name
    return { id, what, count }
  })
  const awake = rows.filter(({ count }, index) => index === 0 || count > 0)
  const asleep = rows.length - awake.length
  return [
    `| thread | wake-ups in ${seconds} s |`,
    '| --- | ---: |',
    ...awake.map(({ what, count }) => `| ${what} | ${count} |`),
    ...(asleep > 0 ? [`| ${asleep} others | 0 |`] : []),
    '',
    ...Object.entries(versions).map(([name, version]) => `- ${name}: ${version}`),
  ].join('\n')
}

async function main(): Promise<void> {
  const options = parseCounted('seconds', DEFAULT_SECONDS, 3600)
  if (options.help) {
    console.log(USAGE)
    return
  }
  const vm = await bootLab({ init: 'systemd', bootDeadlineMs: 300_000 })
  try {
    await installService(vm)
    await vm.check(['sleep', String(SETTLE_SECONDS)])
    const { MainPID = '' } = await unitProperties(vm, 'MainPID')
    const threads = await wakeUps(vm, MainPID, options.count)
    const versions = {
      kernel: (await vm.check(['uname', '-rv'])).trim(),
      node: process.version,
      knocks: `the watchdog is told every ${KNOCK_SECONDS} s, ${Math.round(options.count / KNOCK_SECONDS)} times in this time`,
    }
    const markdown = formatMarkdown(threads, options.count, versions)
    if (options.record) recordFigures('idle', { versions, threads }, markdown)
    console.log(options.json ? JSON.stringify({ versions, threads }, null, 2) : markdown)
  } finally {
    await vm.shutdown()
  }
}

await runProgram('bench:idle', main)
