/**
 * `npm run bench`: the laboratory. What evswitch, the references, JavaScript and every rival that Debian packages add to
 * a frame, in the lab, in virtual time and once more in ordinary time. docs/benchmarking.md tells the method.
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { needPackages } from '../scripts/bootstrap.mjs'
import { SetupError } from '../scripts/lib/step.mjs'
import { runTool } from '../test/lab/programs.ts'
import { bootLab, type LabVm } from '../test/lab/vm.ts'
import { BENCH_DIR, buildPrograms } from './added/build.ts'
import { parseCount, recordFigures, runProgram, UsageError } from './added/program.ts'
import { readVersions } from './added/versions.ts'
import { lockLaboratory } from './compare/lock.ts'
import { measureWays, type Progress, prepare } from './compare/measure.ts'
import type { Clock, Plan } from './compare/part.ts'
import {
  formatFront,
  formatMarkdown,
  formatText,
  makeCharts,
  RESULT_NAMES,
  type Report,
} from './compare/report.ts'
import { formatSpread, makeSpread } from './compare/spread.ts'
import { listWays, type Unmeasured, unmeasured, type Way } from './compare/ways.ts'

const RESULTS = join(BENCH_DIR, 'results')

const PLANS: Readonly<Record<Clock, Plan>> = {
  virtual: { clock: 'virtual', frames: 2000, rounds: 1, ratioOf: 'meanNs' },
  // Short rounds, so that what disturbs this machine meets all of them alike.
  ordinary: { clock: 'ordinary', frames: 500, rounds: 7, ratioOf: 'p50Ns' },
}

const USAGE = `usage: npm run bench -- [options]

Compares what programs add to the latency of a frame, in a virtual machine; nothing of this one is touched. In virtual
time (instructions are counted; repeats whatever else this machine does) and in ordinary time (keep the machine quiet).

  --clock WHICH  only virtual, or only ordinary
  --only NAMES   only these, by comma (${listWays()
    .map(({ name }) => `'${name}'`)
    .join(', ')})
  --frames N     frames per run (default: ${PLANS.virtual.frames} virtual, ${PLANS.ordinary.frames} ordinary)
  --rounds N     rounds in ordinary time (default ${PLANS.ordinary.rounds})
  --repeat N     the virtual part N times, each in a machine of its own, and how far apart the figures are
  --redraw       measure nothing; write tables and charts anew from the figures that are kept
  --json         print the reports as JSON
  --no-record    keep nothing in bench/results/ and in the READMEs; --only, --frames and --rounds keep nothing either
  --help         print this

Ctrl+C ends it: what was measured is printed and kept in bench/results/*-partial.json, marked as not complete.
`

interface Options {
  readonly plans: readonly Plan[]
  readonly ways: readonly Way[]
  readonly repeat: number
  readonly redraw: boolean
  readonly json: boolean
  readonly record: boolean
}

/** Undefined when only the usage is wanted. */
function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      clock: { type: 'string' },
      only: { type: 'string' },
      frames: { type: 'string' },
      rounds: { type: 'string' },
      repeat: { type: 'string' },
      redraw: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      'no-record': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const repeat = parseCount('--repeat', values.repeat ?? '1', 20)
  const plans = choosePlans(repeat > 1 ? (values.clock ?? 'virtual') : values.clock)
  if (repeat > 1 && plans.some(({ clock }) => clock !== 'virtual')) {
    throw new UsageError('--repeat is for --clock virtual: ordinary time has rounds')
  }
  const changed = (plan: Plan): Plan => ({
    ...plan,
    frames: parseCount('--frames', values.frames ?? String(plan.frames), 100_000),
    rounds:
      plan.clock === 'ordinary'
        ? parseCount('--rounds', values.rounds ?? String(plan.rounds), 1000)
        : plan.rounds,
  })
  const isUsual = [values.only, values.frames, values.rounds].every((value) => value === undefined)
  return {
    plans: plans.map(changed),
    ways: chooseWays(values.only),
    repeat,
    redraw: values.redraw,
    json: values.json,
    record: isUsual && !values['no-record'],
  }
}

function choosePlans(clock: string | undefined): readonly Plan[] {
  const plans = Object.values(PLANS)
  if (clock === undefined) return plans
  const chosen = plans.filter((plan) => plan.clock === clock)
  if (chosen.length === 0) throw new UsageError(`--clock is virtual or ordinary, not ${clock}`)
  return chosen
}

function chooseWays(only: string | undefined): readonly Way[] {
  const all = listWays()
  if (only === undefined) return all
  // Some names have a comma of their own.
  const named = all.filter(({ name }) => only.includes(name))
  const rest = named.reduce((text, { name }) => text.replace(name, ''), only)
  if (named.length > 0 && /^[,\s]*$/.test(rest)) return named
  throw new UsageError(`--only: there is no ${rest.replaceAll(/^[,\s]+|[,\s]+$/g, '')}`)
}

/** Those whose packages are there, or can be installed; the others are named, with the reason. */
function findPackages(ways: readonly Way[]): { ways: readonly Way[]; missing: Unmeasured[] } {
  const missing: Unmeasured[] = []
  const found = ways.filter(({ name, packages = [] }) => {
    try {
      needPackages(packages.map((one) => ({ package: one })))
      return true
    } catch (error) {
      if (!(error instanceof SetupError)) throw error
      missing.push({ name, reason: error.message || `cannot install ${packages.join(' ')}` })
      return false
    }
  })
  for (const { name, reason } of missing) console.error(`bench: left out: ${name}: ${reason}`)
  return { ways: found, missing }
}

async function readAllVersions(vm: LabVm, ways: readonly Way[], clock: Clock) {
  const { time = '', ...versions } = await readVersions(vm)
  const packages = [...new Set(ways.flatMap((way) => way.packages ?? []))]
  const installed = packages.map((name) =>
    runTool('dpkg-query', ['--show', name]).toString().trim().split('	'),
  )
  const [load = 0] = loadavg()
  const processors = vm.accelerator === 'kvm' ? 'two processors of' : 'two emulated processors on'
  const ordinary = `of ${processors} ${cpus()[0]?.model.trim()}, ${cpus().length} of them, load ${load.toFixed(1)}`
  return {
    ...versions,
    Node: process.version,
    ...(Object.fromEntries(installed) as Record<string, string>),
    time: clock === 'virtual' ? time : ordinary,
  }
}

async function measure(plan: Plan, wanted: readonly Way[], progress: Progress): Promise<Report> {
  const { ways, missing } = findPackages(wanted)
  buildPrograms(ways)
  const isVirtual = plan.clock === 'virtual'
  // The kernel distrusts an emulated clock and would ask a slow one by system calls: true of no real machine.
  const append = isVirtual ? undefined : 'tsc=reliable'
  const vm = await bootLab({ virtualTime: isVirtual, udev: false, devices: [], append })
  const stop = () => void vm.shutdown()
  progress.signal.addEventListener('abort', stop)
  try {
    await prepare(vm, ways)
    const versions = await readAllVersions(vm, ways, plan.clock)
    const part = await measureWays(vm, ways, plan, progress)
    const isWhole = part.complete && missing.length === 0
    return {
      part: { ...part, complete: isWhole },
      versions,
      unmeasured: [...unmeasured, ...missing],
    }
  } finally {
    progress.signal.removeEventListener('abort', stop)
    await vm.shutdown()
  }
}

function record(report: Report): void {
  for (const [file, svg] of makeCharts(report)) {
    mkdirSync(RESULTS, { recursive: true })
    writeFileSync(join(RESULTS, file), svg)
  }
  const name = RESULT_NAMES[report.part.clock]
  recordFigures(name, report, formatMarkdown(report), formatFront(report))
}

function redraw(plans: readonly Plan[]): void {
  for (const { clock } of plans) {
    const file = join(RESULTS, `${RESULT_NAMES[clock]}.json`)
    if (existsSync(file)) record(JSON.parse(readFileSync(file, 'utf8')) as Report)
  }
}

/** Beside the figures that are shown, which stay those of the last whole run. */
function keepPartial(report: Report): void {
  const file = join(RESULTS, `${RESULT_NAMES[report.part.clock]}-partial.json`)
  mkdirSync(RESULTS, { recursive: true })
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
  console.error(`bench: not complete: what was measured is in ${file}`)
}

function show(report: Report, { json }: Options): void {
  console.log(json ? JSON.stringify(report, null, 2) : formatText(report))
}

async function runAll(options: Options, signal: AbortSignal): Promise<void> {
  for (const plan of options.plans) {
    const reports: Report[] = []
    for (let time = 0; time < options.repeat && !signal.aborted; time++) {
      const tell = (done: number, of: number, what: string) =>
        console.error(`bench: ${plan.clock} time, ${done + 1} of ${of}: ${what}`)
      const report = await measure(plan, options.ways, { signal, tell })
      reports.push(report)
      show(report, options)
      if (report.part.complete) {
        if (options.record) record(report)
      } else {
        if (options.record || signal.aborted) keepPartial(report)
        process.exitCode = 1
      }
    }
    if (options.repeat < 2 || !reports.every(({ part }) => part.complete)) continue
    const spread = makeSpread(reports.map(({ part }) => part))
    const markdown = formatSpread(spread)
    if (options.record) recordFigures('spread', spread, markdown)
    console.log(markdown)
  }
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2))
  if (!options) {
    console.log(USAGE)
    return
  }
  if (options.redraw) {
    redraw(options.plans)
    return
  }
  const lock = await lockLaboratory()
  const interrupted = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => interrupted.abort())
  }
  try {
    await runAll(options, interrupted.signal)
  } finally {
    lock.close()
  }
}

await runProgram('bench', main)
