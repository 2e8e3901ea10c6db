import { type EventEmitter, once } from 'node:events'
import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { EvswitchError } from '../errors.ts'
import { eventKinds, limits, none } from '../native/abi.ts'
import {
  type NativeLibrary,
  nativeLibrary,
  type Pointer,
  type PointerOut,
  type StatsReader,
  type Watch,
} from '../native/library.ts'
import { decodeEvent, decodeTap, type EventRecord, eventSize, tapSize } from '../native/records.ts'
import type { StatsRecord } from '../native/stats.ts'
import { commandError, errnoText, lifeError, stoppedError } from './engine-error.ts'
import { engineStats } from './engine-stats.ts'
import { EventRouter } from './event-router.ts'
import {
  adoptNativeClone,
  adoptNativeSink,
  createNativeClone,
  createNativeSink,
  describeSource,
  NativeCloneSink,
  NativeSink,
  NativeSource,
  openNativeSource,
  ownHandle,
} from './handles.ts'
import type { KeyMap } from './key-map.ts'
import { type MapArguments, mapArguments } from './map-structs.ts'
import { engineConfig, hotkeyStruct, targetConfig } from './native-structs.ts'
import { TargetTable } from './target-table.ts'
import type {
  AddSourceOptions,
  Clone,
  CloneOptions,
  CloneSink,
  Description,
  Engine,
  EngineEvents,
  EngineOptions,
  EngineStats,
  Hotkey,
  RepairOutcome,
  Sink,
  SinkOptions,
  Source,
  SourceOptions,
  SwitchOutcome,
  TargetChanges,
  TargetOptions,
} from './types.ts'

/** What the engine has room for. */
const rooms = {
  devices: limits.sources,
  targets: limits.targets,
  clones: limits.clones,
} as const

/** Slower than any guest reads a key's four bytes, one that is starved of its processor too. */
const repairPaceMs = 100
/** A repair waits while somebody holds a key in the guest, and as long as a person would. */
const mostRepairSteps = 200

const tapBatch = 256
const tapBatchesPerTurn = 16

/**
 * Makes the data plane: memory and descriptors, no thread yet. Throws 'not-installed' when the native library
 * is missing or does not fit.
 */
export function createEngine(
  options: EngineOptions = {},
  library: NativeLibrary = nativeLibrary(),
): Engine {
  const out: PointerOut = [null]
  const result = library.engineCreate(engineConfig(options), out)
  if (result < 0 || out[0] === null) throw lifeError('create', result)
  return new NativeEngine(library, out[0])
}

/** A command that waits for its answer, or for room to be given to the engine. */
interface Command {
  /** Gives it to the engine: a request number or a negative errno. */
  readonly post: () => number
  /** Runs at the answer, before any later event. */
  readonly answered: ((record: EventRecord) => void) | undefined
  resolve(record: EventRecord): void
  reject(error: unknown): void
}

class NativeEngine implements Engine {
  readonly #library: NativeLibrary
  readonly #targets = new TargetTable()
  /** Those under way, by target. */
  readonly #repairs = new Map<number, Promise<RepairOutcome>>()
  readonly #router = new EventRouter(this.#targets)
  /** Sink ids of the targets' clones. */
  readonly #clones = new Map<Clone, number>()
  /** Settles when the last map that was set is the engine's; never rejects. */
  #settingMap: Promise<void> = Promise.resolve()
  /** Under way, by request number. */
  readonly #pending = new Map<number, Command>()
  readonly #waiting: Command[] = []
  readonly #record = Buffer.alloc(eventSize)
  readonly #tapRecords = Buffer.alloc(tapBatch * tapSize)
  /** Undefined once the engine is no more: the pointer must not be used again. */
  #engine: Pointer | undefined
  /** Lies in the engine's memory: not to be read after its end. */
  readonly #page: StatsReader
  #lastStats: StatsRecord
  /** Undefined before the start. */
  #watch: Watch | undefined
  #stopping: Promise<void> | undefined
  /** The next turn at a tap that was not read to its end. */
  #turn: NodeJS.Immediate | undefined

  constructor(library: NativeLibrary, engine: Pointer) {
    this.#library = library
    this.#engine = engine
    this.#page = library.engineStats(engine)
    this.#lastStats = this.#page.read()
  }

  get events(): EventEmitter<EngineEvents> {
    return this.#router.events
  }

  start(): void {
    const engine = this.#alive()
    const watch = this.#library.engineWatch(engine, () => this.#drain())
    if (typeof watch === 'number') throw lifeError('start', watch)
    const result = this.#library.engineStart(engine)
    if (result < 0) {
      watch.close()
      throw lifeError('start', result)
    }
    this.#watch = watch
  }

  openSource(path: string, options: SourceOptions = {}): Source {
    return openNativeSource(this.#library, path, options)
  }

  async createSink(options: SinkOptions): Promise<Sink> {
    return await createNativeSink(this.#library, options)
  }

  async adoptSink(descriptor: number, options: SinkOptions): Promise<Sink> {
    return await adoptNativeSink(this.#library, descriptor, options)
  }

  async adoptClone(
    descriptor: number,
    description: Description,
    options: CloneOptions,
  ): Promise<CloneSink> {
    return await adoptNativeClone(this.#library, descriptor, description, options)
  }

  describe(source: Source): Description {
    return describeSource(this.#library, ownHandle(source, NativeSource))
  }

  async createClone(description: Description, options: CloneOptions): Promise<CloneSink> {
    return await createNativeClone(this.#library, description, options)
  }

  async addClone(target: string, sink: CloneSink): Promise<Clone> {
    const own = ownHandle(sink, NativeCloneSink)
    try {
      const id = this.#targets.id(target)
      const clone = { target, node: sink.node }
      const { result } = await this.#command(
        (engine) => this.#library.engineAddClone(engine, id, own.handOver()),
        (done) => {
          if (done.result === 0) this.#clones.set(clone, done.sink)
        },
      )
      if (result !== 0) throw this.#roomError(`add a clone to ${target}`, result, 'clones')
      return clone
    } finally {
      own.close()
    }
  }

  async removeClone(clone: Clone): Promise<void> {
    const id = this.#cloneId(clone)
    const { result } = await this.#command((engine) => this.#library.engineRemoveClone(engine, id))
    if (result !== 0) throw commandError(`remove the clone ${clone.node}`, result)
    this.#clones.delete(clone)
  }

  async addSource(
    source: Source,
    options: readonly Clone[] | AddSourceOptions = {},
  ): Promise<void> {
    const own = ownHandle(source, NativeSource)
    const { clones, pin }: AddSourceOptions = 'length' in options ? { clones: options } : options
    try {
      if (pin !== undefined) this.#targets.id(pin)
      const ids = clones && Uint32Array.from(clones, (clone) => this.#cloneId(clone))
      const { result } = await this.#command(
        (engine) =>
          ids === undefined
            ? this.#library.engineAddSource(engine, own.handOver())
            : this.#library.engineAddClonedSource(engine, own.handOver(), ids, ids.length),
        (done) => {
          if (done.result === 0) this.#router.addSource(done.source, source)
        },
      )
      if (result !== 0) throw this.#roomError(`read ${source.path}`, result, 'devices')
    } finally {
      own.close()
    }
    if (pin !== undefined) await this.pinSource(source, pin)
  }

  async pinSource(source: Source, target: string | undefined): Promise<void> {
    const targetId = target === undefined ? none : this.#targets.id(target)
    const id = this.#router.sourceId(source)
    if (id === undefined) return
    // Whatever the result: only a device that has gone meanwhile cannot be pinned.
    await this.#command((engine) => this.#library.enginePinSource(engine, id, targetId))
  }

  async removeSource(source: Source): Promise<void> {
    const id = this.#router.sourceId(source)
    if (id === undefined) return
    await this.#command(
      (engine) => this.#library.engineRemoveSource(engine, id),
      () => this.#router.endSource(id),
    )
  }

  async addTarget(options: TargetOptions): Promise<void> {
    const { name, keyboard, mouse } = options
    const sinks = [keyboard, mouse].map((sink) => sink && ownHandle(sink, NativeSink))
    try {
      this.#targets.checkNew(options)
      const { result } = await this.#command(
        (engine) => {
          const [keyboardPointer = null, mousePointer = null] = sinks.map((sink) =>
            sink?.handOver(),
          )
          const config = targetConfig(options)
          return this.#library.engineAddTarget(engine, config, keyboardPointer, mousePointer)
        },
        (done) => {
          if (done.result === 0) this.#targets.add(done.target, name)
        },
      )
      if (result !== 0) throw this.#roomError(`add the target ${name}`, result, 'targets')
    } finally {
      for (const sink of sinks) sink?.close()
    }
  }

  async linkTarget(name: string, descriptor: number): Promise<void> {
    const id = this.#targets.id(name)
    const { result } = await this.#command((engine) =>
      this.#library.engineLinkTarget(engine, id, descriptor),
    )
    if (result !== 0) throw commandError(`link the target ${name}`, result)
  }

  async removeTarget(name: string): Promise<void> {
    const id = this.#targets.id(name)
    const { result } = await this.#command(
      (engine) => this.#library.engineRemoveTarget(engine, id),
      (done) => {
        if (done.result !== 0) return
        this.#targets.remove(id)
        for (const clone of [...this.#clones.keys()]) {
          if (clone.target === name) this.#clones.delete(clone)
        }
      },
    )
    if (result === -constants.errno.EBUSY) {
      throw new EvswitchError('usage', `cannot remove ${name}: a device is pinned to it`)
    }
    if (result !== 0) throw commandError(`remove the target ${name}`, result)
  }

  async updateTarget(name: string, changes: TargetChanges): Promise<void> {
    const id = this.#targets.id(name)
    const config = targetConfig({ name, ...changes })
    const { result } = await this.#command((engine) =>
      this.#library.engineUpdateTarget(engine, id, config),
    )
    if (result !== 0) throw commandError(`change the target ${name}`, result)
  }

  /** Takes up to two seconds when nobody types: a guest's own queue holds a few keys only, and what overflows it would be stuck in turn. */
  async repairTarget(name: string): Promise<RepairOutcome> {
    const id = this.#targets.id(name)
    const running = this.#repairs.get(id)
    if (running !== undefined) return await running
    const repair = this.#repair(name, id).finally(() => this.#repairs.delete(id))
    this.#repairs.set(id, repair)
    return await repair
  }

  async #repair(name: string, id: number): Promise<RepairOutcome> {
    for (let step = 0; step < mostRepairSteps; step++) {
      if (step > 0) await sleep(repairPaceMs)
      const { result, value: left } = await this.#command((engine) =>
        this.#library.engineRepairTarget(engine, id),
      )
      if (result === -constants.errno.ENOTCONN) return 'not-consumed'
      if (result !== 0) throw commandError(`repair the target ${name}`, result)
      if (left === 0n) return 'repaired'
    }
    throw new EvswitchError('device-busy', `cannot repair ${name}: keys of it are held down`, {
      remedy: 'let go of every key, then try again',
    })
  }

  async setIndicator(on: boolean): Promise<void> {
    await this.#command((engine) => this.#library.engineSetIndicator(engine, on ? 1 : 0))
  }

  async setHotkeys(hotkeys: readonly Hotkey[]): Promise<void> {
    if (hotkeys.length > limits.hotkeys) {
      throw new EvswitchError('bad-hotkey', `there can be ${limits.hotkeys} hotkeys at most`)
    }
    const structs = hotkeys.map((hotkey) =>
      hotkeyStruct(
        hotkey,
        (name) => this.#targets.id(name),
        (hook) => this.#router.hookId(hook),
      ),
    )
    const { result } = await this.#command((engine) =>
      this.#library.engineSetHotkeys(engine, structs, structs.length),
    )
    if (result !== 0) {
      throw new EvswitchError('bad-hotkey', `the engine refuses the hotkeys: ${errnoText(result)}`)
    }
  }

  async setMap(map: KeyMap, classOf: (source: Source) => number): Promise<void> {
    const args = mapArguments(
      map,
      (name) => this.#targets.id(name),
      (hook) => this.#router.hookId(hook),
    )
    // The engine has room for one map beside the one it uses.
    const before = this.#settingMap
    const setting = this.#setMap(before, args, classOf)
    this.#settingMap = setting.catch(() => {})
    await setting
  }

  async #setMap(
    before: Promise<void>,
    args: MapArguments,
    classOf: (source: Source) => number,
  ): Promise<void> {
    await before
    // Those that are still on their way to the engine have theirs from their opening.
    const classes = new Uint8Array(limits.sources).fill(limits.mapClasses)
    for (const [id, source] of this.#router.reading) classes[id] = classOf(source)
    const { result } = await this.#command((engine) =>
      this.#library.engineSetMap(engine, ...args, classes),
    )
    if (result !== 0) throw commandError('set the map', result)
  }

  async switchTo(target: string): Promise<SwitchOutcome> {
    const id = this.#targets.id(target)
    const { result } = await this.#command((engine) => this.#library.engineSwitch(engine, id))
    if (result === -constants.errno.ENOTCONN) return 'not-consumed'
    if (result !== 0) throw commandError(`switch to ${target}`, result)
    return 'switched'
  }

  async switchBy(direction: 'next' | 'previous'): Promise<SwitchOutcome> {
    const isForward = direction === 'next' ? 1 : 0
    const { result } = await this.#command((engine) =>
      this.#library.engineSwitchBy(engine, isForward),
    )
    if (result === -constants.errno.ENOTCONN) return 'not-consumed'
    if (result !== 0) throw commandError(`switch to the ${direction} target`, result)
    return 'switched'
  }

  async panic(): Promise<void> {
    await this.#command((engine) => this.#library.enginePanic(engine))
  }

  async askPresence(): Promise<void> {
    await this.#command((engine) => this.#library.engineAskPresence(engine))
  }

  async setTap(on: boolean): Promise<void> {
    await this.#command((engine) => this.#library.engineSetTap(engine, on ? 1 : 0))
  }

  stats(): EngineStats {
    if (this.#engine !== undefined) this.#lastStats = this.#page.read()
    return engineStats(this.#lastStats, (id) => this.#targets.name(id))
  }

  async stop(): Promise<void> {
    this.#stopping ??= this.#end()
    await this.#stopping
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #end(): Promise<void> {
    const engine = this.#alive()
    if (this.#watch !== undefined) {
      const stopped = once(this.events, 'stopped')
      // Refused while too many commands are under way; then the end below stops it and waits.
      if (this.#library.engineStop(engine) > 0) await stopped
    }
    this.#lastStats = this.#page.read()
    this.#engine = undefined
    this.#watch?.close()
    this.#library.engineDestroy(engine)
    for (const command of [...this.#pending.values(), ...this.#waiting]) {
      command.reject(stoppedError())
    }
    this.#pending.clear()
    this.#waiting.length = 0
  }

  /** Gives a command to the engine, now or when there is room, and waits for its answer. */
  async #command(
    post: (engine: Pointer) => number,
    answered?: (record: EventRecord) => void,
  ): Promise<EventRecord> {
    this.#alive()
    return await new Promise((resolve, reject) => {
      this.#waiting.push({ post: () => post(this.#alive()), answered, resolve, reject })
      this.#postWaiting()
    })
  }

  #postWaiting(): void {
    while (this.#pending.size < limits.commands) {
      const command = this.#waiting.shift()
      if (command === undefined) return
      try {
        const request = command.post()
        if (request > 0) this.#pending.set(request, command)
        else command.reject(commandError('give a command to the engine', request))
      } catch (error) {
        command.reject(error)
      }
    }
  }

  /** Reads what the engine has told: events, then the tap. */
  #drain(): void {
    for (;;) {
      const engine = this.#engine
      if (engine === undefined) return
      if (this.#library.engineNextEvent(engine, this.#record) === 0) break
      this.#handle(decodeEvent(this.#record))
    }
    this.#drainTap()
    this.#postWaiting()
  }

  /** Reads the tap, but no more than the ring holds: a device that floods must leave time for the rest. */
  #drainTap(): void {
    for (let batch = 0; batch < tapBatchesPerTurn; batch++) {
      const engine = this.#engine
      if (engine === undefined) return
      const count = this.#library.engineReadTap(engine, this.#tapRecords, tapBatch)
      if (count === 0) return
      notLosingRest(() => this.#router.routeTap(decodeTap(this.#tapRecords, count)))
    }
    // The engine sends no byte before the ring was seen empty.
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined
      this.#drain()
    })
  }

  #handle(record: EventRecord): void {
    if (record.kind !== eventKinds.DONE) {
      notLosingRest(() => this.#router.route(record))
      return
    }
    const command = this.#pending.get(record.request)
    this.#pending.delete(record.request)
    notLosingRest(() => command?.answered?.(record))
    command?.resolve(record)
  }

  #cloneId(clone: Clone): number {
    const id = this.#clones.get(clone)
    if (id === undefined) throw new TypeError('the target has no such clone')
    return id
  }

  #alive(): Pointer {
    if (this.#engine === undefined) throw stoppedError()
    return this.#engine
  }

  #roomError(what: string, result: number, of: keyof typeof rooms): EvswitchError {
    if (result !== -constants.errno.ENOSPC) return commandError(what, result)
    return new EvswitchError('unexpected', `cannot ${what}: ${rooms[of]} ${of} are the most`)
  }
}

/**
 * An error in somebody's listener must not leave records unread, because the engine would then not wake us
 * again. It is thrown again where it ends the process, as it would have.
 */
function notLosingRest(deliver: () => void): void {
  try {
    deliver()
  } catch (error) {
    process.nextTick(() => {
      throw error
    })
  }
}
