import { createEngine } from '../engine/engine.ts'
import { hostTargetName } from '../engine/target-name.ts'
import type { Engine, EngineStats, HostMode, Hotkey, SwitchOutcome } from '../engine/types.ts'
import { EvswitchError } from '../errors.ts'
import type { Logger } from '../log.ts'
import { Clones, type CloneWish } from './clones.ts'
import { Entering } from './entering.ts'
import { KeptNodes } from './kept-nodes.ts'
import { type MapOptions, Maps, noMap } from './maps.ts'
import type { NodeStore } from './node-store.ts'
import type { Guest, Notice, Started } from './notice.ts'
import { Sources } from './sources.ts'
import {
  addGuest,
  addHostNodes,
  checkNamesAreFree,
  type GuestOptions,
  guestNodeNames,
} from './targets.ts'
import { Teardown } from './teardown.ts'

export interface SessionOptions {
  /** Guests in the order of the hotkeys, names checked by `checkTargetName`. */
  readonly targets: readonly GuestOptions[]
  /** With the panic chord. */
  readonly hotkeys: readonly Hotkey[]
  /** Names of devices as `findDevices` reads them; none = every real keyboard and mouse. */
  readonly devices: readonly string[]
  /** Names of devices that stay with the host. */
  readonly pinned: readonly string[]
  /** Whether a device of `devices` may come later, while another one is there. */
  readonly waits: boolean
  /** Whether all of them may come later. Default: false. */
  readonly mayBeNone?: boolean
  readonly clones: readonly CloneWish[]
  readonly hostMode: HostMode
  /** Keys that shall be others. Default: none. */
  readonly map?: MapOptions | undefined
  /** SCHED_FIFO priority to try, 0 = none. */
  readonly realtimePriority: number
}

/** What a session needs from outside. */
export interface SessionWorld {
  readonly log: Logger
  /** What keeps the guests' nodes when this process ends; without one they end with it. */
  readonly store?: NodeStore | undefined
  readonly report: (notice: Notice) => void
}

/**
 * One run of evswitch: the engine, its devices and targets, and the watch for devices that come. The host is
 * active at its start and at its end.
 */
export class Session {
  readonly #options: SessionOptions
  readonly #world: SessionWorld
  readonly #teardown = new Teardown()
  #engine: Engine | undefined
  #stopping: Promise<void> | undefined
  /** Until it is known who reads the nodes that were taken over. */
  #settling = true
  /** The nodes of each target that somebody reads. */
  readonly #consumed = new Map<string, Set<number>>()

  constructor(options: SessionOptions, world: SessionWorld) {
    this.#options = options
    this.#world = world
  }

  /**
   * Sets everything up; what was set up is undone when that fails. Throws EvswitchErrors for what can be put
   * right, and the signal's reason when it aborts.
   */
  async start(signal: AbortSignal): Promise<Started> {
    try {
      return await this.#start(signal)
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  /** Grabs gone, nothing pressed anywhere, links and nodes gone. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping ??= this.#teardown.run()
    await this.#stopping
  }

  /** Also after the stop; throws 'not-running' before the start. */
  stats(): EngineStats {
    if (this.#engine === undefined) throw notRunning()
    return this.#engine.stats()
  }

  /** Rejects with 'unknown-target', and 'not-running' outside of start and stop. */
  async switchTo(target: string): Promise<SwitchOutcome> {
    return await this.#running().switchTo(target)
  }

  /** To the next target (1), or the one before (-1), that somebody reads; the host is always one. */
  async switchBy(step: 1 | -1): Promise<SwitchOutcome> {
    const engine = this.#running()
    const names = [hostTargetName, ...this.#options.targets.map(({ name }) => name)]
    const start = names.indexOf(engine.stats().activeTarget)
    for (let passed = 1; passed < names.length; passed++) {
      const name = names.at((start + step * passed) % names.length) ?? hostTargetName
      if ((await engine.switchTo(name)) === 'switched') return 'switched'
    }
    return 'not-consumed'
  }

  /** What the panic chord does. */
  async panic(): Promise<void> {
    await this.#running().panic()
  }

  /** Resolves when the engine has answered to a command. */
  async checkAnswers(): Promise<void> {
    await this.#running().askPresence()
  }

  #running(): Engine {
    if (this.#engine !== undefined && this.#stopping === undefined) return this.#engine
    throw notRunning()
  }

  async #start(signal: AbortSignal): Promise<Started> {
    const { targets, hostMode, devices: names, hotkeys, ...options } = this.#options
    const { pinned, waits, mayBeNone = false } = options
    const { log, report, store } = this.#world
    const teardown = this.#teardown
    const nodes = new KeptNodes(store, log)
    await nodes.open()
    const engine = this.#createEngine()
    const clones = new Clones({
      engine,
      wishes: options.clones,
      targets: targets.map(({ name }) => name),
      teardown,
      log,
      report,
    })
    const { map } = options
    // Also without a map: a reload may bring one.
    const maps = new Maps(engine, map ?? noMap)
    const choice = { names, pinned, waits, mayBeNone }
    const sources = new Sources({ engine, ...choice, clones, maps, log, report })
    teardown.add(() => sources.close())
    const opened = sources.open()
    checkNamesAreFree(
      targets.map(({ name }) => name),
      nodes.left,
    )

    engine.start()
    const guests: Omit<Guest, 'clones'>[] = []
    for (const target of targets) {
      guests.push(await addGuest(engine, target, { signal, teardown, nodes }))
    }
    const needsHostNode = hostMode === 'proxy' || map?.needsHostNode === true
    if (needsHostNode) await addHostNodes(engine, nodes)
    teardown.add(() => this.#renew(engine, nodes))
    await nodes.endRest()
    await engine.setHotkeys(hotkeys)
    await maps.set()
    signal.throwIfAborted()
    await sources.addAll(signal)
    clones.begun()
    this.#follow(sources)
    await engine.askPresence()
    this.#settling = false
    return {
      ...opened,
      advice: [...opened.advice, ...maps.unheard(opened.devices)],
      guests: guests.map((guest) => ({ ...guest, clones: clones.of(guest.name) })),
    }
  }

  #createEngine(): Engine {
    const { hostMode, realtimePriority } = this.#options
    const engine = createEngine({ hostMode, realtimePriority })
    this.#engine = engine
    this.#teardown.add(() => engine.stop())
    this.#tell(engine)
    return engine
  }

  /** At the end: nodes of an older version that no machine has open make room for new ones. */
  async #renew(engine: Engine, nodes: KeptNodes): Promise<void> {
    await engine.askPresence()
    const idle = this.#options.targets.filter(({ name }) => !this.#consumed.get(name)?.size)
    await nodes.letOutdatedEnd(idle.flatMap(({ name }) => guestNodeNames(name)))
  }

  #follow(sources: Sources): void {
    const end = new AbortController()
    const following = sources.follow(end.signal)
    // Without the watch everything else goes on; what ended it is a defect.
    following.catch((error: unknown) => {
      this.#world.log.error({ err: error }, 'the watch for devices has ended')
    })
    this.#teardown.add(async () => {
      end.abort()
      await following.catch(() => {})
    })
  }

  /** Turns what the engine tells into notices. */
  #tell(engine: Engine): void {
    const { log, report } = this.#world
    const { events } = engine
    const entering = new Entering(engine, this.#options.targets, log)
    events.on('switched', ({ target, previous, reason, latencyNs }) => {
      report({ kind: 'switched', target, previous, reason, latencyNs })
    })
    events.on('refused', ({ target }) => report({ kind: 'refused', target }))
    events.on('panic', () => report({ kind: 'panic' }))
    // A machine that runs already keeps its nodes over a restart, and the person what they look at.
    events.on('consumer', (event) => entering.consumer(event, !this.#settling))
    events.on('consumer', ({ target, sink, present }) => {
      const sinks = this.#consumed.get(target) ?? new Set()
      this.#consumed.set(target, sinks)
      const before = sinks.size > 0
      if (present) sinks.add(sink)
      else sinks.delete(sink)
      if (sinks.size > 0 === before) return
      report({ kind: 'consumer', target, present })
    })
    events.on('no-realtime', ({ error }) => {
      report({
        kind: 'warning',
        text: `real-time priority is refused (${error}): input may lag while the machine is busy`,
        remedy: 'run evswitch with sudo, allow it by RLIMIT_RTPRIO, or say --realtime off',
      })
    })
    events.on('no-memory-lock', ({ error }) => {
      report({
        kind: 'warning',
        text: `memory cannot be locked (${error}): input may lag while the machine is short of memory`,
        remedy: 'run evswitch with sudo, or allow it by RLIMIT_MEMLOCK (8 MiB are plenty)',
      })
    })
    events.on('lost', ({ count }) => log.warn({ count }, 'records of the engine were lost'))
    events.on('resync', ({ source }) => log.info({ node: source.path }, 'keys were read anew'))
    events.on('grabbed', ({ source }) => log.debug({ node: source.path }, 'device grabbed'))
    events.on('ungrabbed', ({ source, durationNs }) => {
      log.debug({ node: source.path, durationMs: durationNs / 1e6 }, 'device given back')
    })
  }
}

function notRunning(): EvswitchError {
  return new EvswitchError('not-running', 'the session does not run')
}
