import { accessSync, constants } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { availableParallelism } from 'node:os'
import { codes } from '../engine/code-table.ts'
import { createEngine } from '../engine/engine.ts'
import { parseHotkey } from '../engine/hotkey.ts'
import type { Hotkey } from '../engine/types.ts'
import { EvswitchError, errnoName } from '../errors.ts'
import { caseResult } from './case-result.ts'
import { describeMachine } from './machine.ts'
import { type Beats, Load, Metronome } from './metronome.ts'
import { makePlan, type Step } from './plan.ts'
import type { BenchReport, Case, CaseResult, SwitchResult, ThroughputResult } from './report.ts'
import { benchTargets, Route } from './route.ts'
import { figuresOf } from './samples.ts'

export interface BenchmarkOptions {
  /** Frames a second of the mice. */
  readonly rates: readonly number[]
  readonly seconds: number
  readonly switches: number
  /** Called before each step, and once at the end. */
  readonly progress: (done: number, of: number, what: string) => void
}

/** Frames a second and device that are tried one after another until frames are lost. */
const throughputRates = [1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256].map((k) => k * 1000)
const throughputSeconds = 0.25
/** The memory for one run has room for so many frames: FRAME_COUNT_MAX in native/bench/listener.h. */
const mostFrames = 1 << 20

const chords: readonly (readonly [number, number])[] = [
  [codes.KEY_LEFTCTRL, codes.KEY_RIGHTCTRL],
  [codes.KEY_LEFTSHIFT, codes.KEY_RIGHTSHIFT],
]

/** Measures on this machine, with devices of its own; nothing real is opened. */
export class Benchmark {
  readonly #options: BenchmarkOptions
  readonly #notes = new Set<string>()
  readonly #cases: CaseResult[] = []
  readonly #switching: SwitchResult[] = []
  readonly #throughput: ThroughputResult[] = []
  readonly #startedAt = new Date().toISOString()
  #planned = 0
  #measured = 0
  #memoryMib: number | undefined

  constructor(options: BenchmarkOptions) {
    this.#options = options
  }

  /**
   * Measures everything, or until the signal. Throws what stands in the way: 'not-installed' without uinput,
   * 'no-permission', 'device-busy' while another benchmark is running.
   */
  async run(signal: AbortSignal): Promise<void> {
    checkUinput()
    const lock = await lockBenchmark()
    try {
      const realtime = await hasRealtime()
      if (!realtime) {
        this.#notes.add(
          'real-time priority is refused to this user: measured without it (try sudo)',
        )
      }
      const plan = makePlan({ ...this.#options, realtime })
      this.#planned = plan.length
      for (const step of plan) {
        signal.throwIfAborted()
        this.#options.progress(this.#measured, plan.length, describeStep(step))
        await this.#measure(step, signal)
        this.#measured++
      }
      this.#options.progress(plan.length, plan.length, 'done')
    } finally {
      lock.close()
    }
  }

  /** What was measured until now. */
  report(): BenchReport {
    return {
      evswitch: 'bench',
      version: 1,
      startedAt: this.#startedAt,
      complete: this.#planned > 0 && this.#measured === this.#planned,
      measured: this.#measured,
      planned: this.#planned,
      machine: describeMachine(),
      secondsPerCase: this.#options.seconds,
      notes: [...this.#notes],
      cases: this.#cases,
      switching: this.#switching,
      throughput: this.#throughput,
      memoryMib: this.#memoryMib,
    }
  }

  async #measure(step: Step, signal: AbortSignal): Promise<void> {
    switch (step.kind) {
      case 'case':
        this.#cases.push(await this.#case(step.of, step.frames, signal))
        break
      case 'switching':
        this.#switching.push(await this.#switch(step.realtime, signal))
        break
      case 'throughput':
        this.#throughput.push(await this.#flood(step.devices, step.realtime, signal))
        break
    }
  }

  async #case(what: Case, frames: number, signal: AbortSignal): Promise<CaseResult> {
    using metronome = await this.#metronome(what.kind === 'mouse' ? 'mouse' : 'keyboard', 1, signal)
    if (what.way === 'direct') {
      await metronome.listen(metronome.nodes, signal)
      using _load = what.busy ? new Load(availableParallelism()) : undefined
      return caseResult(what, await metronome.beat(what.hz, frames, signal))
    }
    await using route = await Route.open({
      realtime: what.realtime,
      targets: [benchTargets[0]],
      signal,
    })
    await route.connect(metronome)
    using _load = what.busy ? new Load(availableParallelism()) : undefined
    const cpuNs = route.cpuNs()
    const beats = await metronome.beat(what.hz, frames, signal)
    const cpuEndNs = route.cpuNs()
    this.#memoryMib ??= Math.round(process.memoryUsage.rss() / 2 ** 20)
    return caseResult(what, beats, {
      latency: route.stats().latency[what.kind],
      cpuNs: cpuNs === undefined || cpuEndNs === undefined ? undefined : cpuEndNs - cpuNs,
    })
  }

  async #switch(realtime: boolean, signal: AbortSignal): Promise<SwitchResult> {
    const { switches } = this.#options
    using metronome = await this.#metronome('keyboard', 1, signal)
    await using route = await Route.open({ realtime, targets: benchTargets, hotkeys, signal })
    await route.connect(metronome)
    const tookNs: number[] = []
    for (let index = 0; index < switches; index++) {
      // The first guest is active: the second chord goes to the second, then the first one back.
      const chord = chords[(index + 1) % chords.length] ?? [0, 0]
      const { tookNs: took } = await metronome.pressChord(chord, signal)
      tookNs.push(...took.filter((ns) => ns !== null))
    }
    if (tookNs.length < switches) {
      this.#notes.add(`${switches - tookNs.length} of ${switches} switches were not seen`)
    }
    return {
      realtime,
      switches: tookNs.length,
      firstEvent: figuresOf(tookNs),
      engine: route.stats().latency.switch,
    }
  }

  async #flood(devices: number, realtime: boolean, signal: AbortSignal): Promise<ThroughputResult> {
    using metronome = await this.#metronome('mouse', devices, signal)
    await using route = await Route.open({ realtime, targets: [benchTargets[0]], signal })
    await route.connect(metronome)
    let losslessHz: number | undefined
    for (const hz of throughputRates) {
      const count = Math.round(hz * throughputSeconds)
      if (count * devices > mostFrames) break
      const beats = await metronome.beat(hz, count, signal)
      const failure = failureOf(beats, hz, devices)
      if (failure !== undefined) return { devices, realtime, losslessHz, failedHz: hz, failure }
      losslessHz = hz
    }
    return { devices, realtime, losslessHz, failedHz: undefined, failure: undefined }
  }

  async #metronome(
    kind: 'mouse' | 'keyboard',
    count: number,
    signal: AbortSignal,
  ): Promise<Metronome> {
    const metronome = await Metronome.start({ kind, count, signal })
    if (!metronome.hasPriority) {
      this.#notes.add(
        'sender and reader have no real-time priority either: their own delays are in every figure',
      )
    }
    return metronome
  }
}

const hotkeys: readonly Hotkey[] = [
  {
    keys: parseHotkey('leftctrl+rightctrl'),
    action: { kind: 'target', target: benchTargets[0] },
  },
  {
    keys: parseHotkey('leftshift+rightshift'),
    action: { kind: 'target', target: benchTargets[1] },
  },
]

function failureOf(beats: Beats, hz: number, devices: number): ThroughputResult['failure'] {
  if (beats.received < beats.sent) return 'lost'
  return beats.sent / (beats.spanNs / 1e9) < 0.95 * hz * devices ? 'not-held' : undefined
}

function describeStep(step: Step): string {
  switch (step.kind) {
    case 'case': {
      const { kind, hz, way, busy, realtime } = step.of
      const how = [way, ...(realtime ? ['real-time'] : []), busy ? 'all processors busy' : 'idle']
      return `${kind} ${hz} Hz, ${how.join(', ')}`
    }
    case 'switching':
      return 'switching'
    case 'throughput':
      return `throughput, ${step.devices} ${step.devices === 1 ? 'mouse' : 'mice'}`
  }
}

/** As the engine says it, before anything is begun. */
function checkUinput(): void {
  try {
    accessSync('/dev/uinput', constants.R_OK | constants.W_OK)
  } catch (error) {
    const isMissing = errnoName(error) === 'ENOENT'
    throw new EvswitchError(
      isMissing ? 'not-installed' : 'no-permission',
      isMissing
        ? 'cannot create input devices: /dev/uinput is missing'
        : 'cannot open /dev/uinput: permission denied',
      {
        remedy: isMissing
          ? 'load the kernel module: sudo modprobe uinput; containers need /dev/uinput and /dev/input'
          : 'run it with sudo: sudo evswitch bench',
      },
    )
  }
}

/** An abstract socket is the kernel's to take back, however this process ends. */
async function lockBenchmark(): Promise<Server> {
  const server = createServer()
  const listening = new Promise<void>((resolve, reject) => {
    server.once('listening', resolve).once('error', reject)
  })
  server.listen('\0evswitch-bench')
  try {
    await listening
  } catch (error) {
    if (errnoName(error) !== 'EADDRINUSE') throw error
    throw new EvswitchError('device-busy', 'another benchmark is running', {
      remedy: 'wait for its end: two would measure each other',
    })
  }
  return server
}

/** Whether the engine's thread may have SCHED_FIFO; asked of an engine that does nothing else. */
async function hasRealtime(): Promise<boolean> {
  await using engine = createEngine({ realtimePriority: 1 })
  engine.start()
  await engine.askPresence() // answered by the thread, after it took its priority
  return engine.stats().realtimePriority > 0
}
