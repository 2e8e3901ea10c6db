/**
 * `node scripts/run.mjs bench/blocked.ts`: what becomes of the latency while the service's JavaScript is in a busy loop for
 * five seconds, with real-time priority and without, in the lab's virtual time.
 */

import { join } from 'node:path'
import { bootLab, type LabVm } from '../test/lab/vm.ts'
import { BENCH_DIR } from './added/build.ts'
import { parseCounted, recordFigures, runProgram } from './added/program.ts'
import { readVersions } from './added/versions.ts'

const HZ = 1000
/** A second less than JavaScript is busy. */
const USUAL_FRAMES = 4000
const DEADLINE_MS = 300_000
/** What is claimed with real-time priority: means are equal within this. */
const MOST = 0.01

const USAGE = `usage: node scripts/run.mjs bench/blocked.ts [options]

Measures the latency of mouse frames at ${HZ} Hz through the engine, while the JavaScript of its process sleeps and while it is busy. Fails
when that makes a difference of more than ${100 * MOST} % with real-time priority.

  --frames N     of each (default ${USUAL_FRAMES}; JavaScript is busy for 5 s)
  --json         print the figures as JSON
  --no-record    keep nothing in bench/results/ and bench/README.md; --frames keeps nothing either
  --help         print this
`

interface Row {
  readonly scheduling: (typeof SCHEDULINGS)[number]
  readonly javascript: 'sleeps' | 'busy'
  readonly lost: number
  readonly meanUs: number
  readonly p50Us: number
  readonly p99Us: number
  readonly p999Us: number
  readonly maxUs: number
}

/** What bench/blocked/inside.ts prints. */
interface Measurement {
  readonly realtime: boolean
  readonly isBusy: boolean
  readonly sent: number
  readonly received: number
  readonly tookNs: readonly (number | null)[]
}

const SCHEDULINGS = ['SCHED_FIFO 20', 'ordinary'] as const

async function measure(vm: LabVm, frames: number): Promise<Row[]> {
  const program = [process.execPath, '--import', 'tsx', join(BENCH_DIR, 'blocked/inside.ts')]
  const output = await vm.check([...program, String(frames)], { deadlineMs: DEADLINE_MS })
  const lines = output.split('\n').filter((line) => line.startsWith('{'))
  return lines.map((line) => rowOf(JSON.parse(line) as Measurement))
}

function rowOf({ realtime, isBusy, sent, received, tookNs }: Measurement): Row {
  const sorted = tookNs.flatMap((ns) => (ns === null ? [] : [ns / 1000])).sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN
  return {
    scheduling: SCHEDULINGS[realtime ? 0 : 1],
    javascript: isBusy ? 'busy' : 'sleeps',
    lost: sent - received,
    meanUs: sorted.reduce((sum, us) => sum + us, 0) / sorted.length,
    p50Us: at(0.5),
    p99Us: at(0.99),
    p999Us: at(0.999),
    maxUs: at(1),
  }
}

function difference(rows: readonly Row[], scheduling: string): number {
  const mean = (javascript: Row['javascript']) =>
    rows.find((row) => row.scheduling === scheduling && row.javascript === javascript)?.meanUs ??
    Number.NaN
  return mean('busy') / mean('sleeps') - 1
}

function formatMarkdown(rows: readonly Row[], versions: Readonly<Record<string, string>>): string {
  return [
    `Virtual microseconds from device to reader through the engine in a Node process, mouse frames at ${HZ} Hz.`,
    '',
    '| input thread | JavaScript | mean | p50 | p99 | p99.9 | max | lost |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows.map(({ scheduling, javascript, meanUs, p50Us, p99Us, p999Us, maxUs, lost }) => {
      const cells = [meanUs, p50Us, p99Us, p999Us, maxUs].map((us) => us.toFixed(1))
      return `| ${[scheduling, javascript, ...cells, lost].join(' | ')} |`
    }),
    '',
    ...SCHEDULINGS.map(
      (scheduling) =>
        `- ${scheduling}: ${(100 * difference(rows, scheduling)).toFixed(2)} % more while JavaScript is busy`,
    ),
    ...Object.entries(versions).map(([name, version]) => `- ${name}: ${version}`),
  ].join('\n')
}

async function main(): Promise<void> {
  const options = parseCounted('frames', USUAL_FRAMES, 4500)
  if (options.help) {
    console.log(USAGE)
    return
  }
  const vm = await bootLab({ virtualTime: true, udev: false, devices: [] })
  try {
    const rows = await measure(vm, options.count)
    const versions = await readVersions(vm)
    const markdown = formatMarkdown(rows, versions)
    if (options.record) recordFigures('blocked', { versions, rows }, markdown)
    console.log(options.json ? JSON.stringify({ versions, rows }, null, 2) : markdown)
    const more = Math.abs(difference(rows, SCHEDULINGS[0]))
    if (!(more <= MOST)) throw new Error(`busy JavaScript changes ${(100 * more).toFixed(1)} %`)
  } finally {
    await vm.shutdown()
  }
}

await runProgram('blocked', main)
