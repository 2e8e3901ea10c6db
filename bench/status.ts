/**
 * `node scripts/run.mjs bench/status.ts`: how long a person waits for `evswitch status`: the whole command, from its start
 * to its end, beside a Node that does nothing. The service is a real control server with a fixed answer, so no device is needed.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { arch, cpus, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Answers } from '../src/control/connection.ts'
import type { Status } from '../src/control/protocol.ts'
import { ControlServer } from '../src/control/server.ts'
import { claimSocket } from '../src/control/socket-claim.ts'
import { EvswitchError } from '../src/errors.ts'
import { BENCH_DIR } from './added/build.ts'
import { parseCounted, recordFigures, runProgram } from './added/program.ts'

const DEFAULT_RUNS = 40
const MOST_RUNS = 10_000

const USAGE = `usage: node scripts/run.mjs bench/status.ts [options]

Measures how long evswitch status takes.

  --runs N       how often (default ${DEFAULT_RUNS})
  --json         print the figures as JSON
  --no-record    keep nothing in bench/results/ and bench/README.md; --runs keeps nothing either
  --help         print this
`

const latency = {
  count: 1000,
  meanNs: 60_000,
  p50Ns: 59_000,
  p99Ns: 90_000,
  p999Ns: 99_000,
  maxNs: 100_000,
}
const device = (name: string, kind: 'keyboard' | 'mouse', index: number) => ({
  node: `/dev/input/event${index}`,
  name,
  kind,
  identity: `by-id/usb-${name}-event-${kind}`,
})

const answer: Status = {
  evswitch: '0.1.0',
  pid: process.pid,
  startedAt: new Date().toISOString(),
  config: '/etc/evswitch/config.toml',
  active: 'win10',
  activeSince: new Date().toISOString(),
  locked: false,
  targets: ['host', 'win10', 'linux'].map((name) => ({
    name,
    consumed: true,
    consumedSince: name === 'host' ? undefined : new Date().toISOString(),
    nodes: name === 'host' ? [] : [`/dev/input/by-id/evswitch-${name}-event-kbd`],
  })),
  devices: [device('Keyboard', 'keyboard', 4), device('Mouse', 'mouse', 5)],
  cloned: [],
  left: [],
  latency: { mouse: latency, key: latency, switch: latency, ungrab: latency },
  counters: {
    framesIn: 1000,
    framesOut: 1000,
    switches: 10,
    refusals: 0,
    panics: 0,
    drops: 0,
    writeErrors: 0,
    eventsLost: 0,
  },
  realtimePriority: 20,
  warnings: [],
}

const refuse = () => {
  throw new EvswitchError('unexpected', 'this service answers to status alone')
}

const answers: Answers = {
  status: () => answer,
  switch: refuse,
  release: refuse,
  reload: refuse,
  log: () => ({ lines: [] }),
}

interface Figures {
  readonly p50Ms: number
  readonly p90Ms: number
  readonly maxMs: number
}

function figuresOf(samples: readonly number[]): Figures {
  const sorted = [...samples].sort((one, other) => one - other)
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]
  const rounded = (value = Number.NaN) => Math.round(value)
  return { p50Ms: rounded(at(0.5)), p90Ms: rounded(at(0.9)), maxMs: rounded(sorted.at(-1)) }
}

/** The whole life of a process, in ms. Throws when it fails. */
async function timed(args: readonly string[]): Promise<number> {
  const start = performance.now()
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const [status] = await once(child, 'close')
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}`)
  return performance.now() - start
}

async function main(): Promise<void> {
  const options = parseCounted('runs', DEFAULT_RUNS, MOST_RUNS)
  if (options.help) {
    console.log(USAGE)
    return
  }
  const directory = mkdtempSync(join(tmpdir(), 'evswitch-bench-'))
  const path = join(directory, 'control.sock')
  const claim = claimSocket(path, 'no-such-group')
  const server = new ControlServer({ answers, version: '0.1.0', log: pino({ level: 'silent' }) })
  await server.listen(claim)
  try {
    const program = join(BENCH_DIR, '../dist/cli/main.js')
    const status = [program, 'status', '--socket', path]
    const nothing = ['-e', '0']
    await timed(status) // reads the files once
    const samples = { status: [] as number[], nothing: [] as number[] }
    // In turns: what else the machine does is shared.
    for (let run = 0; run < options.count; run++) {
      samples.nothing.push(await timed(nothing))
      samples.status.push(await timed(status))
    }
    const rows = { status: figuresOf(samples.status), nothing: figuresOf(samples.nothing) }
    const machine = {
      node: process.version,
      processor: `${cpus()[0]?.model ?? arch()}, ${cpus().length} of them`,
      kernel: release(),
      runs: options.count,
    }
    const markdown = formatMarkdown(rows, machine)
    if (options.record) recordFigures('status', { machine, ...rows }, markdown)
    console.log(options.json ? JSON.stringify({ machine, ...rows }, null, 2) : markdown)
  } finally {
    await server.close()
    claim.release()
    rmSync(directory, { recursive: true })
  }
}

function formatMarkdown(
  { status, nothing }: { readonly status: Figures; readonly nothing: Figures },
  machine: Readonly<Record<string, string | number>>,
): string {
  const row = (name: string, { p50Ms, p90Ms, maxMs }: Figures) =>
    `| ${name} | ${p50Ms} | ${p90Ms} | ${maxMs} |`
  return [
    'Milliseconds from the start of the process to its end.',
    '',
    '| | p50 | p90 | max |',
    '| --- | ---: | ---: | ---: |',
    row('`evswitch status`', status),
    row('`node -e 0`', nothing),
    '',
    ...Object.entries(machine).map(([name, value]) => `- ${name}: ${value}`),
  ].join('\n')
}

await runProgram('bench:status', main)
