import { createEngine } from '../engine/engine.ts'
import type {
  Engine,
  EngineStats,
  HostMode,
  Hotkey,
  RepairOutcome,
  SwitchOutcome,
} from '../engine/types.ts'
import { EvswitchError } from '../errors.ts'
import type { Logger } from '../log.ts'
import { Clones, type CloneWish } from './clones.ts'
import { Entering } from './entering.ts'
import { Guests } from './guests.ts'
import { KeptNodes } from './kept-nodes.ts'
import { Machines } from './machines.ts'
import { type MapOptions, Maps, noMap } from './maps.ts'
import type { NodeStore } from './node-store.ts'
import type { Notice, OpenedDevices, Started } from './notice.ts'
import { Outgoing } from './outgoing.ts'
import { planReload, type ReloadPlan } from './reload-plan.ts'
import type { SourcePin, SourceWishes } from './source-choice.ts'
import { Sources } from './sources.ts'
import {
  addHostNodes,
  checkNamesAreFree,
  guestNodeNames,
  isGuest,
  type TargetWish,
} from './targets.ts'
import { Teardown } from './teardown.ts'

export interface SessionOptions {
  /** Guests and screens in the order of the hotkeys, names checked by `checkTargetName`. */
  readonly targets: readonly TargetWish[]
  /** With the panic chord. */
  readonly hotkeys: readonly Hotkey[]
  /** Names of devices as `findDevices` reads them; none = every real keyboard and mouse. */
  readonly devices: readonly string[]
  /** Names of devices that stay with the host. */
  readonly pinned: readonly string[]
  /** Devices that one guest has, whatever is active. */
  readonly pins: readonly SourcePin[]
  /** Whether a device of `devices` may come later, while another one is there. */
  readonly waits: boolean
  /** Whether all of them may come later. Default: false. */
  readonly mayBeNone?: boolean
  readonly clones: readonly CloneWish[]
  readonly hostMode: HostMode
  /** Whether Scroll Lock is lit while a guest is active. */
  readonly indicator: boolean
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
  /** Where the network share listens for the frames of screens. */
  readonly shareSocket: string
  readonly report: (notice: Notice) => void
}

/** What a session does otherwise now. */
export interface Reloaded {
  readonly started: Started
  readonly plan: ReloadPlan
}

/** What a session is made of once it runs. */
interface SessionParts {
  readonly engine: Engine
  readonly nodes: KeptNodes
  readonly guests: Guests
  readonly outgoing: Outgoing
  readonly sources: Sources
  readonly clones: Clones
  readonly maps: Maps
  readonly entering: Entering
  readonly machines: Machines
}

/**
 * One run of evswitch: the engine, its devices and targets, and the watch for devices that come. The host is
 * active at its start and at its end.
 */
export class Session {
  #options: SessionOptions
  readonly #world: SessionWorld
  readonly #teardown = new Teardown()
  #engine: Engine | undefined
  #parts: SessionParts | undefined
  #hasHostNodes = false
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
    return await this.#running().engine.switchTo(target)
  }

  /** To the next target, or the one before, that somebody reads; the host is always one. */
  async switchBy(direction: 'next' | 'previous'): Promise<SwitchOutcome> {
    return await this.#running().engine.switchBy(direction)
  }

  /** Presses and releases what a guest takes for pressed. Rejects with 'unknown-target'. */
  async repair(target: string): Promise<RepairOutcome> {
    return await this.#running().engine.repairTarget(target)
  }

  /** What the panic chord does. */
  async panic(): Promise<void> {
    await this.#running().engine.panic()
  }

  /** Lets the network share read anew what it is to do with screens. */
  reconnectScreens(): void {
    this.#running().outgoing.reconnect()
  }

  /** Resolves when the engine has answered to a command. */
  async checkAnswers(): Promise<void> {
    await this.#running().engine.askPresence()
  }

  /**
   * Does what other options say, without touching what stays as it is. Rejects before anything has changed, for
   * options that cannot hold. One at a time.
   */
  async reload(options: SessionOptions, signal: AbortSignal): Promise<Reloaded> {
    const { engine, guests, sources, maps, entering, machines, nodes } = this.#running()
    const plan = planReload(this.#options, options)
    const map = options.map ?? noMap
    sources.check(wishesOf(options))
    maps.check(map, sources.devices)
    checkNamesAreFree(
      plan.added.filter(isGuest).map(({ name }) => name),
      nodes.left,
    )
    await this.#addTargets(plan, signal)
    if (map.needsHostNode) await this.#addHostNodes()
    this.#options = options
    for (const target of plan.changed) await guests.update(target)
    entering.choose(options.targets)
    machines.choose(options.targets.filter(isGuest))
    if (plan.hotkeys) await engine.setHotkeys(options.hotkeys)
    if (plan.indicator) await engine.setIndicator(options.indicator)
    if (plan.map) await maps.replace(map, sources.devices)
    const opened = await sources.reselect(wishesOf(options), signal)
    for (const name of plan.removed) await guests.remove(name)
    return { started: this.#started(opened), plan: { ...plan, later: this.#later(plan) } }
  }

  /** All, or none: what was made before one could not be made goes again. */
  async #addTargets({ added }: ReloadPlan, signal: AbortSignal): Promise<void> {
    const { guests } = this.#running()
    const made: string[] = []
    try {
      for (const target of added) {
        await guests.add(target, signal)
        made.push(target.name)
      }
    } catch (error) {
      for (const name of made) await guests.remove(name)
      throw error
    }
  }

  /** What cannot change now, also for want of places in the right order. */
  #later({ later }: ReloadPlan): string[] {
    const order = this.#running().guests.names
    const wanted = this.#options.targets.map(({ name }) => name)
    if (order.join() === wanted.join()) return [...later]
    return [...later, `the order of targets is ${order.join(', ')} until evswitch is started again`]
  }

  #running(): SessionParts {
    if (this.#parts !== undefined && this.#stopping === undefined) return this.#parts
    throw notRunning()
  }

  async #start(signal: AbortSignal): Promise<Started> {
    const { targets, hostMode, hotkeys, indicator, clones: wishes, map = noMap } = this.#options
    const { log, report, store, shareSocket } = this.#world
    const teardown = this.#teardown
    const nodes = new KeptNodes(store, log)
    await nodes.open()
    const engine = this.#createEngine()
    const entering = new Entering(engine, targets, log)
    const machines = new Machines({ engine, targets: targets.filter(isGuest), log, report })
    teardown.add(() => machines.close())
    this.#tell(engine, entering, machines)
    const names = targets.filter(isGuest).map(({ name }) => name)
    const clones = new Clones({ engine, wishes, targets: names, teardown, log, report })
    // Also without a map: a reload may bring one.
    const maps = new Maps(engine, map)
    const sources = new Sources({ engine, ...wishesOf(this.#options), clones, maps, log, report })
    teardown.add(() => sources.close())
    const opened = sources.open()
    checkNamesAreFree(names, nodes.left)

    engine.start()
    const outgoing = new Outgoing({ engine, socket: shareSocket, log })
    teardown.add(() => outgoing.close())
    const guests = new Guests({ engine, nodes, outgoing, teardown })
    this.#parts = { engine, nodes, guests, outgoing, sources, clones, maps, entering, machines }
    for (const target of targets) await guests.add(target, signal)
    if (hostMode === 'proxy' || map.needsHostNode) await this.#addHostNodes()
    teardown.add(() => this.#renew(engine, nodes))
    await nodes.endRest()
    await engine.setHotkeys(hotkeys)
    await engine.setIndicator(indicator)
    await maps.set()
    signal.throwIfAborted()
    await sources.addAll(signal)
    clones.begun()
    this.#follow(sources)
    await engine.askPresence()
    this.#settling = false
    return this.#started(opened)
  }

  async #addHostNodes(): Promise<void> {
    if (this.#hasHostNodes) return
    const { engine, nodes } = this.#running()
    this.#hasHostNodes = true
    await addHostNodes(engine, nodes)
  }

  #started(opened: OpenedDevices): Started {
    const { guests, clones, maps } = this.#running()
    return {
      ...opened,
      advice: [...opened.advice, ...maps.unheard(opened.devices)],
      guests: guests.all.map((guest) => ({ ...guest, clones: clones.of(guest.name) })),
      screens: guests.screens,
      targets: guests.names,
    }
  }

  #createEngine(): Engine {
    const { hostMode, realtimePriority } = this.#options
    const engine = createEngine({ hostMode, realtimePriority })
    this.#engine = engine
    this.#teardown.add(() => engine.stop())
    return engine
  }

  /** At the end: nodes of an older version that no machine has open make room for new ones. */
  async #renew(engine: Engine, nodes: KeptNodes): Promise<void> {
    await engine.askPresence()
    const guests = this.#options.targets.filter(isGuest)
    const idle = guests.filter(({ name }) => !this.#consumed.get(name)?.size)
    await nodes.letOutdatedEnd(idle.flatMap(({ name }) => guestNodeNames(name)))
  }

  #kindOf(target: string): { screen?: true } {
    const wish = this.#options.targets.find(({ name }) => name === target)
    return wish === undefined || isGuest(wish) ? {} : { screen: true }
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
  #tell({ events }: Engine, entering: Entering, machines: Machines): void {
    const { log, report } = this.#world
    events.on('switched', ({ target, previous, reason, latencyNs }) => {
      report({ kind: 'switched', target, previous, reason, latencyNs })
    })
    events.on('refused', ({ target }) => {
      report({ kind: 'refused', target, ...this.#kindOf(target) })
    })
    events.on('panic', () => report({ kind: 'panic' }))
    events.on('locked', ({ locked }) => report({ kind: 'locked', locked }))
    events.on('hook', ({ hook, target }) => report({ kind: 'hook', hook: String(hook), target }))
    events.on('resumed', () => report({ kind: 'resumed' }))
    // A machine that runs already keeps its nodes over a restart, and the person what they look at.
    events.on('consumer', (event) => entering.consumer(event, !this.#settling))
    events.on('consumer', (event) => machines.consumer(event))
    events.on('consumer', ({ target, sink, present }) => {
      const sinks = this.#consumed.get(target) ?? new Set()
      this.#consumed.set(target, sinks)
      const before = sinks.size > 0
      if (present) sinks.add(sink)
      else sinks.delete(sink)
      if (sinks.size > 0 === before) return
      report({ kind: 'consumer', target, present, ...this.#kindOf(target) })
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

function wishesOf(options: SessionOptions): SourceWishes {
  const { devices: names, pinned, pins, waits, mayBeNone = false } = options
  return { names, pinned, pins, waits, mayBeNone }
}

function notRunning(): EvswitchError {
  return new EvswitchError('not-running', 'the session does not run')
}
