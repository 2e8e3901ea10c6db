/**
 * `node scripts/run.mjs bench/syscalls.ts`: how many system calls one frame costs, thread by thread,
 * counted by `strace -c` in the lab while frames flow.
 */

import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { LabProcess } from '../test/lab/lab-process.ts'
import { bootLab, type LabVm } from '../test/lab/vm.ts'
import { BENCH_DIR, BUILD_DIR, buildPrograms } from './added/build.ts'
import { type Forwarder, listForwarders, wholeProgram } from './added/forwarders.ts'
import { recordFigures, runProgram, UsageError } from './added/program.ts'
import { FRAME_KINDS, type FrameKind } from './added/samples.ts'
import { paceArguments } from './added/script.ts'
import { readVersions } from './added/versions.ts'

const DEFAULT_FRAMES = 1000
const DEADLINE_MS = 300_000
/** Longer than a switch and the warm-up frames after it take. */
const CHORD_EVERY_MS = 5_000

const USAGE = `usage: node scripts/run.mjs bench/syscalls.ts [options]

Counts system calls per frame, for the thread that forwards and for all others of the program.

  --frames N     frames per count (default ${DEFAULT_FRAMES})
  --only NAME    only this forwarder: blocking, epoll, evswitch, or 'evswitch run' (the program with Node)
  --json         print the figures as JSON
  --no-record    keep nothing in bench/results/ and bench/README.md; --only and --frames keep nothing either
  --help         print this
`

/** Calls by name, of all frames of a count. */
type Calls = Readonly<Record<string, number>>

type Count = {
  readonly forwarder: string
  readonly kind: FrameKind
  readonly frames: number
  /** The thread that reads the device. */
  readonly forwarding: Calls
  /** All other threads together; in evswitch the one that stands for JavaScript is among them. */
  readonly others: Calls
}

type Threads = { readonly forwarding: string; readonly others: readonly string[] }

/** The threads of a process; without a name the main thread is the one that forwards. */
async function listThreads(vm: LabVm, pid: string, name: string | undefined): Promise<Threads> {
  const script = 'cd /proc/"$1"/task && for id in *; do echo "$id $(cat "$id/comm")"; done'
  const output = await vm.check(['/bin/sh', '-c', script, 'sh', pid])
  const threads = output.trim().split('\n')
  const forwarding = threads.filter((line) =>
    name === undefined ? line.startsWith(`${pid} `) : line.endsWith(` ${name}`),
  )
  const ids = (lines: readonly string[]) => lines.map((line) => line.slice(0, line.indexOf(' ')))
  const [id] = ids(forwarding)
  if (id === undefined || forwarding.length > 1) {
    throw new Error(`process ${pid} has ${forwarding.length} threads named ${name}, not one`)
  }
  return { forwarding: id, others: ids(threads).filter((other) => other !== id) }
}

/** Attaches strace to threads; the function that is returned detaches it and gives the counts. */
async function trace(vm: LabVm, name: string, threads: readonly string[]) {
  if (threads.length === 0) return async (): Promise<Calls> => ({})
  const file = `/run/${name}.strace`
  const attach = threads.flatMap((thread) => ['-p', thread])
  const strace = await vm.spawn(['strace', '-c', '-U', 'calls,name', '-o', file, ...attach])
  for (const _ of threads) await strace.stderr.waitForLine('attached')
  return async (): Promise<Calls> => {
    strace.kill('SIGINT')
    await strace.waitForExit()
    return parseCalls(await vm.readFile(file))
  }
}

/** Reads the table of `strace -c -U calls,name`. */
function parseCalls(table: string): Calls {
  const rows = [...table.matchAll(/^ *(\d+) +(\w+)$/gm)]
  return Object.fromEntries(
    rows.filter(([, , name]) => name !== 'total').map(([, calls, name]) => [name, Number(calls)]),
  )
}

/** The forwarder's process id, when its frames arrive. */
async function waitUntilWarm(vm: LabVm, pace: LabProcess, forwarder: Forwarder): Promise<string> {
  const warm = pace.waitForLine(/^warm \d+$/, DEADLINE_MS)
  // Refused until pace consumes the node, so it is pressed again until frames arrive.
  const pressing = forwarder.needsChord
    ? setInterval(() => void pressChord(vm), CHORD_EVERY_MS)
    : undefined
  try {
    return (await warm).slice('warm '.length)
  } finally {
    clearInterval(pressing)
  }
}

async function pressChord(vm: LabVm): Promise<void> {
  const keyboard = vm.keyboard('ps2')
  await keyboard.press('ctrl', 'ctrl_r')
  await keyboard.releaseAll()
}

async function count(
  vm: LabVm,
  kind: FrameKind,
  forwarder: Forwarder,
  frames: number,
): Promise<Count> {
  const [program = '', ...args] = paceArguments(BUILD_DIR, kind, frames, forwarder.name, forwarder)
  const pace = await vm.spawn([program, '--wait', ...args])
  const threads = await listThreads(vm, await waitUntilWarm(vm, pace, forwarder), forwarder.thread)
  const stopForwarding = await trace(vm, 'forwarding', [threads.forwarding])
  const stopOthers = await trace(vm, 'others', threads.others)
  pace.write('\n')
  await pace.waitForLine(/^warm \d+$/, DEADLINE_MS)
  const forwarding = await stopForwarding()
  const others = await stopOthers()
  pace.write('\n')
  const { status } = await pace.waitForExit(DEADLINE_MS)
  if (status !== 0) throw new Error(`pace ended with status ${status}: ${pace.stderr.text}`)
  return { forwarder: forwarder.name, kind, frames, forwarding, others }
}

function perFrame(calls: Calls, frames: number): string {
  const total = Object.values(calls).reduce((sum, value) => sum + value, 0)
  return (total / frames).toFixed(3)
}

function describeCalls(calls: Calls): string {
  const names = Object.entries(calls).map(([name, value]) => `${name} ${value}`)
  return names.length > 0 ? names.join(', ') : 'none'
}

function formatMarkdown(counts: readonly Count[], versions: Readonly<Record<string, string>>) {
  return [
    '| forwarder | frames | calls per frame, forwarding thread | of | other threads |',
    '| --- | --- | ---: | --- | --- |',
    ...counts.map(({ forwarder, kind, frames, forwarding, others }) =>
      [
        `| ${forwarder} | ${frames} ${kind} | ${perFrame(forwarding, frames)} `,
        `| ${describeCalls(forwarding)} | ${describeCalls(others)} |`,
      ].join(''),
    ),
    '',
    ...Object.entries(versions).map(([name, version]) => `- ${name}: ${version}`),
  ].join('\n')
}

function parseOptions() {
  const { values } = parseArgs({
    options: {
      frames: { type: 'string' },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      'no-record': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const frames = Number(values.frames ?? DEFAULT_FRAMES)
  if (!Number.isInteger(frames) || frames < 1 || frames > 100_000) {
    throw new UsageError(`--frames must be a number from 1 to 100000, not ${values.frames}`)
  }
  const program = wholeProgram(join(BENCH_DIR, '..', 'dist', 'cli', 'main.js'))
  const forwarders = [...listForwarders(BUILD_DIR), program].filter(
    ({ name }) => values.only === undefined || values.only === name,
  )
  if (forwarders.length === 0) throw new UsageError(`unknown forwarder ${values.only}`)
  const isComplete = values.frames === undefined && values.only === undefined
  return {
    frames,
    forwarders,
    json: values.json,
    help: values.help,
    record: isComplete && !values['no-record'],
  }
}

async function main(): Promise<void> {
  const options = parseOptions()
  if (options.help) {
    console.log(USAGE)
    return
  }
  buildPrograms(options.forwarders)
  // An emulated processor's clock is distrusted by the kernel, which then answers clock_gettime by a
  // system call; on real processors, as here when told to trust, that is a read without one (vDSO).
  const vm = await bootLab({ udev: false, devices: ['ps2'], append: 'tsc=reliable' })
  try {
    const counts: Count[] = []
    for (const kind of FRAME_KINDS) {
      for (const forwarder of options.forwarders) {
        if (forwarder.needsChord && kind !== 'mouse') continue
        counts.push(await count(vm, kind, forwarder, options.frames))
      }
    }
    const { kernel = '', compiler = '' } = await readVersions(vm)
    const versions = { kernel, compiler, strace: await vm.check('strace -V | head -n 1') }
    const markdown = formatMarkdown(counts, versions)
    if (options.record) recordFigures('syscalls', { versions, counts }, markdown)
    console.log(options.json ? JSON.stringify({ versions, counts }, null, 2) : markdown)
  } finally {
    await vm.shutdown()
  }
}

await runProgram('bench:syscalls', main)
