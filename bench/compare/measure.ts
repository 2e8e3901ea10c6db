/** Runs the ways one after another, and makes rows of what the tool `pace` says of them. */

import type { LabVm } from '../../test/lab/vm.ts'
import { BUILD_DIR } from '../added/build.ts'
import { DIRECT_FIRST, DIRECT_LAST, MAX_DRIFT, runLabel } from '../added/report.ts'
import { FRAME_KINDS, type FrameKind, parseRuns, type Run, subtract } from '../added/samples.ts'
import { paceArguments } from '../added/script.ts'
import { median, type Part, type Plan, type Row, type Section } from './part.ts'
import { configurations, type Way } from './ways.ts'

/** Of the host's clock. The slowest takes ten seconds on an idle machine. */
const DEADLINE_MS = 180_000

/** Lines of a failure that are told. */
const LINES_OF_FAILURE = 3

/** More for the direct way says that the machine is busy with something else. */
const SLOWEST_NS = 1_000_000

export interface Progress {
  /** Nothing more is begun once it is aborted. */
  readonly signal: AbortSignal
  readonly tell: (done: number, of: number, what: string) => void
}

/** One thing to run. */
interface Step {
  readonly kind: FrameKind
  readonly name: string
  readonly way?: Way
}

/** Rounds of all ways. What was measured before the signal is in the part, which then is not complete. */
export async function measureWays(
  vm: LabVm,
  ways: readonly Way[],
  plan: Plan,
  { signal, tell }: Progress,
): Promise<Part> {
  const steps = FRAME_KINDS.flatMap((kind): Step[] => [
    { kind, name: DIRECT_FIRST },
    ...ways.map((way) => ({ kind, name: way.name, way })),
    { kind, name: DIRECT_LAST },
  ])
  const rounds: Map<string, Run>[] = []
  const failures: string[] = []
  let done = 0
  for (let round = 0; round < plan.rounds && !signal.aborted; round++) {
    const runs = new Map<string, Run>()
    rounds.push(runs)
    for (const { kind, name, way } of steps) {
      if (signal.aborted) break
      const label = runLabel(kind, name)
      tell(done++, plan.rounds * steps.length, label)
      const run = await measureOne(vm, kind, name, plan.frames, way).catch((error: unknown) => {
        // The machine is stopped when the signal comes.
        if (signal.aborted) return undefined
        throw error
      })
      if (run === undefined) break
      if (typeof run === 'string') failures.push(`${label}: ${run}`)
      else runs.set(label, run)
      if (plan.clock === 'ordinary') checkSpeed(runs)
    }
    if (plan.clock === 'virtual' && !signal.aborted) checkDrift(runs)
  }
  return {
    ...plan,
    complete: !signal.aborted && failures.length === 0,
    failures,
    sections: FRAME_KINDS.flatMap((kind) => makeSection(kind, ways, rounds, plan)),
  }
}

/** Puts what the ways read into the machine, and every page of it into its memory. */
export async function prepare(vm: LabVm, ways: readonly Way[]): Promise<void> {
  for (const [path, text] of Object.entries(configurations)) await vm.writeFile(path, text)
  const words = new Set([`${BUILD_DIR}/pace`, ...ways.flatMap(({ command }) => command)])
  const tools = ['setsid', 'chrt', 'interception', 'uinput', 'mux', 'bash'].map(
    (name) => `/usr/bin/${name}`,
  )
  const folders = ['/usr/lib/python3/dist-packages/evdev', `${BUILD_DIR}/../../dist`]
  const files = [...words].filter((word) => word.startsWith('/') && !word.startsWith('/run/'))
  const script = 'for file; do find "$file" -type f -exec cat {} + ; done > /dev/null 2>&1; true'
  await vm.check(['/bin/sh', '-c', script, 'sh', ...files, ...tools, ...folders], {
    deadlineMs: DEADLINE_MS,
  })
}

/** The figures, or why there are none. */
async function measureOne(
  vm: LabVm,
  kind: FrameKind,
  name: string,
  frames: number,
  way: Way | undefined,
): Promise<Run | string> {
  const role = kind === 'mouse' ? 'mouse' : 'keyboard'
  const command = way?.command.map((word) => word.replace('{role}', role)) ?? []
  const pace = paceArguments(BUILD_DIR, kind, frames, name, way && { ...way, command })
  const { status, stdout, stderr } = await vm.run(pace, { deadlineMs: DEADLINE_MS })
  const run = parseRuns(stdout).get(runLabel(kind, name))
  if (status === 0 && run !== undefined) return run
  // What the forwarder itself said comes before.
  const words = stderr.trim().split('\n').slice(-LINES_OF_FAILURE).join('; ')
  return words || `pace ended with status ${status}`
}

/** Frames come one a millisecond; throws where one takes that long, so that they are no longer alone. */
export function checkSpeed(runs: ReadonlyMap<string, Run>): void {
  for (const kind of FRAME_KINDS) {
    const direct = runs.get(runLabel(kind, DIRECT_FIRST))
    if (direct === undefined || direct.p50Ns < SLOWEST_NS) continue
    throw new Error(
      `this machine cannot hold a frame every millisecond: the direct way alone took ` +
        `${(direct.p50Ns / 1e6).toFixed(1)} ms. Nothing is reported; repeat it when the machine is quiet`,
    )
  }
}

function checkDrift(runs: ReadonlyMap<string, Run>): void {
  for (const kind of FRAME_KINDS) {
    const [first, last] = [DIRECT_FIRST, DIRECT_LAST].map((name) => runs.get(runLabel(kind, name)))
    if (first === undefined || last === undefined) continue
    if (Math.abs(last.meanNs / first.meanNs - 1) <= MAX_DRIFT) continue
    throw new Error(`the direct way of ${kind} frames changed during this boot: repeat it`)
  }
}

/** Nothing when the direct way was not reached. */
function makeSection(
  kind: FrameKind,
  ways: readonly Way[],
  rounds: readonly ReadonlyMap<string, Run>[],
  { ratioOf }: Plan,
): Section[] {
  const runOf = (runs: ReadonlyMap<string, Run>, name: string) => runs.get(runLabel(kind, name))
  const directs = rounds.flatMap((runs) => runOf(runs, DIRECT_FIRST) ?? [])
  if (directs.length === 0) return []
  const addedOf = (runs: ReadonlyMap<string, Run>, name: string) => {
    const [direct, whole] = [runOf(runs, DIRECT_FIRST), runOf(runs, name)]
    return direct && whole && subtract(whole, direct)
  }
  const rows = ways.flatMap(({ name, group }): Row[] => {
    const wholes = rounds.flatMap((runs) => runOf(runs, name) ?? [])
    if (wholes.length === 0) return []
    const ratios = rounds.flatMap((runs) => {
      const [own, epoll] = [addedOf(runs, name), addedOf(runs, 'epoll')]
      return own && epoll ? own[ratioOf] / epoll[ratioOf] : []
    })
    const added = median(rounds.flatMap((runs) => addedOf(runs, name) ?? []))
    const ratioToEpoll = middle(ratios)
    return [
      {
        way: name,
        group,
        endToEnd: median(wholes),
        added,
        ...(ratioToEpoll === undefined ? {} : { ratioToEpoll }),
      },
    ]
  })
  return [{ kind, direct: median(directs), rows }]
}

function middle(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)]
}
