import { constants } from 'node:os'
import type { MapArguments } from '../../src/engine/map-structs.ts'
import { eventKinds, none } from '../../src/native/abi.ts'
import type {
  EngineConfigStruct,
  HotkeyStruct,
  NativeLibrary,
  Pointer,
  PointerOut,
  SinkConfigStruct,
  SinkInfoStruct,
  SourceInfoStruct,
  StatsReader,
  StoredNodeStruct,
  TargetConfigStruct,
  Watch,
} from '../../src/native/library.ts'
import { descriptionSize, eventSize, sinkEventSize, tapSize } from '../../src/native/records.ts'
import { type SimApi, simApi, simDrivers } from '../../src/native/sim.ts'

const { errno } = constants

/** A device of the model, plugged or not, read by the engine or not. */
export interface SimDevice {
  readonly path: string
  readonly flags: number
  /** A struct evs_description; zeros where there is none. */
  description?: Buffer
  isPlugged: boolean
  /** While the engine reads it. */
  source: number | undefined
  /** Of the map. */
  sourceClass?: number
}

interface SimSink {
  readonly kind: number
  readonly phys: string
  readonly number: number
}

interface Engine {
  readonly sim: Pointer
  readonly records: Buffer[]
  readonly taps: Buffer[]
  readonly targets: Map<string, number>
  request: number
  onWake: (() => void) | undefined
  tapOn: boolean
}

/**
 * The native library with its sources, sinks and time replaced: the same switching core on a model of the
 * kernel (native/sim). Commands are answered as the engine's thread would, a moment later.
 */
export class SimLibrary implements NativeLibrary {
  readonly path = 'sim'
  readonly api: SimApi = simApi()
  readonly devices: SimDevice[] = []
  /** What was written to sinks, a frame each: type:code:value. */
  readonly written: string[][] = []
  readonly #sources = new Map<Pointer, SimDevice>()
  readonly #sinks = new Map<Pointer, SimSink>()
  #engine: Engine | undefined
  /** Nodes that somebody may keep, by the descriptor that was asked for. */
  readonly #kept = new Map<number, SimSink>()
  #lastDescriptor = 1000
  #lastPointer = 0n
  #lastNode = 100
  #timeNs = 0n

  /** How many sources and sinks are open and not handed over. */
  get openHandles(): number {
    return this.#sources.size + this.#sinks.size
  }

  get sim(): Pointer {
    return this.#running().sim
  }

  targetId(name: string): number {
    return this.#running().targets.get(name) ?? 0
  }

  /** Everything that was done to the model takes its effect, and the service is woken. */
  pump(): void {
    const { sim, records, onWake } = this.#running()
    const { api } = this
    do api.step(sim)
    while (api.ungrabTakesEffect(sim) + api.ungrabReturns(sim) > 0)
    for (;;) {
      const record = Buffer.alloc(eventSize)
      if (api.nextEvent(sim, record) === 0) break
      this.#stamp(record)
      records.push(record)
    }
    if (onWake !== undefined) setImmediate(onWake)
  }

  /** Time is what the records say: a switch is stamped after the press that asked for it. */
  #stamp(record: Buffer): void {
    const isSwitch = record.readUInt32LE(0) === eventKinds.SWITCHED
    const pressNs = isSwitch ? record.readBigUInt64LE(32) : 0n
    this.#timeNs = (pressNs > this.#timeNs ? pressNs : this.#timeNs) + 1000n
    record.writeBigUInt64LE(this.#timeNs, 40)
  }

  tap(device: SimDevice, type: number, code: number, value: number): void {
    const engine = this.#running()
    if (!engine.tapOn || device.source === undefined) return
    const record = Buffer.alloc(tapSize)
    record.writeUInt32LE(device.source, 16)
    record.writeUInt16LE(type, 20)
    record.writeUInt16LE(code, 22)
    record.writeInt32LE(value, 24)
    engine.taps.push(record)
  }

  // ---- NativeLibrary

  sourceOpen(path: string, _flags: number, info: Partial<SourceInfoStruct>, out: PointerOut) {
    const device = this.devices.find(({ path: own, isPlugged }) => own === path && isPlugged)
    if (device === undefined) return -errno.ENOENT
    const name = new Uint8Array(80)
    name.set(Buffer.from('model'))
    Object.assign(info, { name, flags: device.flags, device: 1, bustype: 3 })
    Object.assign(info, { vendor: 1, product: 2, version: 3 })
    out[0] = this.#newPointer()
    this.#sources.set(out[0], device)
    return 0
  }

  sourceClose(source: Pointer): void {
    this.#take(this.#sources, source)
  }

  sourceSetClass(source: Pointer, sourceClass: number): number {
    const device = this.#sources.get(source)
    if (device !== undefined) device.sourceClass = sourceClass
    return 0
  }

  sourceDescribe(source: Pointer, description: Buffer): number {
    const device = this.#sources.get(source)
    device?.description?.copy(description)
    return device === undefined ? -errno.ENODEV : 0
  }

  async sinkClone(
    _description: Buffer,
    config: SinkConfigStruct,
    timeoutMs: number,
    info: Partial<SinkInfoStruct>,
    out: PointerOut,
  ): Promise<number> {
    return await this.sinkCreate({ ...config, name: 'clone' }, timeoutMs, info, out)
  }

  sinkWrite(_sink: Pointer, events: Buffer, count: number): number {
    const texts = Array.from({ length: count }, (_, index) => {
      const at = index * sinkEventSize
      const [type, code] = [events.readUInt16LE(at), events.readUInt16LE(at + 2)]
      return `${type}:${code}:${events.readInt32LE(at + 4)}`
    })
    this.written.push(texts)
    return 0
  }

  async sinkCreate(
    config: SinkConfigStruct,
    _timeoutMs: number,
    info: Partial<SinkInfoStruct>,
    out: PointerOut,
  ): Promise<number> {
    await new Promise((resolve) => setImmediate(resolve))
    if (config.name === '') return -errno.EINVAL
    const { kind, phys } = config
    this.#openSink({ kind, phys, number: this.#lastNode++ }, info, out)
    return 0
  }

  #openSink(sink: SimSink, info: Partial<SinkInfoStruct>, out: PointerOut): void {
    const { number } = sink
    Object.assign(info, { node: `/dev/input/event${number}`, device: 64 + number, flags: 0 })
    out[0] = this.#newPointer()
    this.#sinks.set(out[0], sink)
  }

  sinkDescriptor(sink: Pointer): number {
    const kept = this.#sinks.get(sink)
    if (kept === undefined) throw new Error('a pointer was used after its end')
    this.#kept.set(this.#lastDescriptor, kept)
    return this.#lastDescriptor++
  }

  sinkLamps(): number {
    return 0
  }

  storedNode(descriptor: number, node: Partial<StoredNodeStruct>): number {
    const kept = this.#kept.get(descriptor)
    if (kept === undefined) return -errno.ENOTTY
    const { phys, number } = kept
    const path = `/dev/input/event${number}`
    Object.assign(node, { name: phys, phys, node: path, device: 64 + number })
    return 0
  }

  async sinkAdopt(
    descriptor: number,
    config: SinkConfigStruct,
    _timeoutMs: number,
    info: Partial<SinkInfoStruct>,
    out: PointerOut,
  ): Promise<number> {
    await new Promise((resolve) => setImmediate(resolve))
    const kept = this.#kept.get(descriptor)
    if (kept === undefined) return -errno.ENOTTY
    if (kept.phys !== config.phys) return -errno.EXDEV
    this.#openSink(kept, info, out)
    return 0
  }

  async sinkAdoptClone(
    descriptor: number,
    _description: Buffer,
    config: SinkConfigStruct,
    timeoutMs: number,
    info: Partial<SinkInfoStruct>,
    out: PointerOut,
  ): Promise<number> {
    return await this.sinkAdopt(descriptor, { ...config, name: 'clone' }, timeoutMs, info, out)
  }

  sinkClose(sink: Pointer): void {
    this.#take(this.#sinks, sink)
  }

  engineCreate(config: EngineConfigStruct, out: PointerOut): number {
    const sim: PointerOut = [null]
    const result = this.api.create(config.host_mode, sim)
    if (result < 0 || sim[0] === null) return result
    out[0] = this.#newPointer()
    this.#engine = {
      sim: sim[0],
      records: [],
      taps: [],
      targets: new Map([['host', 0]]),
      request: 0,
      onWake: undefined,
      tapOn: false,
    }
    return 0
  }

  engineStart(): number {
    return 0
  }

  engineDestroy(): void {
    this.api.destroy(this.#running().sim)
    this.#engine = undefined
  }

  engineWatch(_engine: Pointer, onWake: () => void): Watch {
    const engine = this.#running()
    engine.onWake = onWake
    return {
      close: () => {
        engine.onWake = undefined
      },
    }
  }

  engineStats(): StatsReader {
    return { read: () => this.api.counters(this.#running().sim) }
  }

  engineNextEvent(_engine: Pointer, record: Buffer): number {
    return this.#running().records.shift()?.copy(record) === undefined ? 0 : 1
  }

  engineReadTap(_engine: Pointer, records: Buffer, capacity: number): number {
    const taken = this.#running().taps.splice(0, capacity)
    Buffer.concat(taken).copy(records)
    return taken.length
  }

  engineAddSource(_engine: Pointer, source: Pointer): number {
    const device = this.#take(this.#sources, source)
    if (!device.isPlugged) return this.#answer({ result: -errno.ENODEV })
    const id = this.api.plug(this.sim, device.flags, simDrivers.USB)
    if (id < 0) return this.#answer({ result: id })
    device.source = id
    this.api.classify(this.sim, id, device.sourceClass ?? 0)
    return this.#answer({ source: id })
  }

  engineAddClonedSource(_engine: Pointer, source: Pointer, clones: Uint32Array, count: number) {
    const device = this.#take(this.#sources, source)
    if (!device.isPlugged) return this.#answer({ result: -errno.ENODEV })
    const description = device.description ?? Buffer.alloc(descriptionSize)
    const { flags } = device
    const id = this.api.plugCloned(this.sim, flags, simDrivers.USB, description, clones, count)
    if (id < 0) return this.#answer({ result: id })
    device.source = id
    return this.#answer({ source: id })
  }

  engineAddClone(_engine: Pointer, target: number, sink: Pointer): number {
    this.#take(this.#sinks, sink)
    const id = this.api.addClone(this.sim, target)
    return this.#answer(id < 0 ? { result: id } : { sink: id })
  }

  engineRemoveClone(_engine: Pointer, clone: number): number {
    return this.#answer({ result: this.api.removeClone(this.sim, clone) })
  }

  engineRemoveSource(_engine: Pointer, source: number): number {
    return this.#answer({ result: this.api.remove(this.sim, source), source })
  }

  engineAddTarget(
    _engine: Pointer,
    config: TargetConfigStruct,
    keyboard: Pointer | null,
    mouse: Pointer | null,
  ): number {
    const has = [keyboard, mouse].map((sink) => {
      if (sink !== null) this.#take(this.#sinks, sink)
      return sink === null ? 0 : 1
    })
    const id = this.api.addTarget(this.sim, config, has[0] ?? 0, has[1] ?? 0)
    if (id < 0) return this.#answer({ result: id })
    this.#running().targets.set(config.name, id)
    return this.#answer({ target: id })
  }

  /** The model has no sockets. */
  engineLinkTarget(): number {
    return -errno.ENOSYS
  }

  engineRemoveTarget(_engine: Pointer, target: number): number {
    return this.#answer({ result: this.api.removeTarget(this.sim, target) })
  }

  engineUpdateTarget(_engine: Pointer, target: number, config: TargetConfigStruct): number {
    return this.#answer({ result: this.api.updateTarget(this.sim, target, config) })
  }

  engineRepairTarget(_engine: Pointer, target: number): number {
    const left = this.api.repairTarget(this.sim, target)
    return this.#answer(left < 0 ? { result: left } : { value: BigInt(left) })
  }

  enginePinSource(_engine: Pointer, source: number, target: number): number {
    return this.#answer({ result: this.api.pin(this.sim, source, target) })
  }

  engineSwitchBy(_engine: Pointer, isForward: number): number {
    return this.#answer({ result: this.api.switchBy(this.sim, isForward) })
  }

  engineSetIndicator(_engine: Pointer, on: number): number {
    this.api.setIndicator(this.sim, on)
    return this.#answer({})
  }

  engineSetHotkeys(_engine: Pointer, hotkeys: HotkeyStruct[], count: number): number {
    return this.#answer({ result: this.api.setHotkeys(this.sim, hotkeys, count) })
  }

  engineSetMap(
    _engine: Pointer,
    ...[rules, ruleCount, axes, axisCount, steps, stepCount, tables, classCount, classes]: [
      ...map: MapArguments,
      sourceClasses: Uint8Array,
    ]
  ): number {
    const { api, sim } = this
    const table = [tables, classCount] as const
    const result = api.setMap(sim, rules, ruleCount, axes, axisCount, steps, stepCount, ...table)
    for (const [source, sourceClass] of classes.entries()) {
      if (result === 0) this.api.classify(this.sim, source, sourceClass)
    }
    return this.#answer({ result })
  }

  engineSwitch(_engine: Pointer, target: number): number {
    return this.#answer({ result: this.api.switchTo(this.sim, target), target })
  }

  enginePanic(): number {
    this.api.panic(this.sim)
    return this.#answer({})
  }

  engineAskPresence(): number {
    this.api.askPresence(this.sim)
    return this.#answer({})
  }

  engineSetTap(_engine: Pointer, on: number): number {
    this.#running().tapOn = on !== 0
    return this.#answer({})
  }

  engineStop(): number {
    this.api.stop(this.sim)
    const request = this.#answer({})
    for (const device of this.devices) {
      if (device.source !== undefined) this.api.remove(this.sim, device.source)
    }
    this.pump()
    this.#running().records.push(eventRecord({ kind: eventKinds.STOPPED }))
    return request
  }

  /** Puts what the command caused before its answer, as the engine does. */
  #answer(done: Partial<EventFields>): number {
    const engine = this.#running()
    this.pump()
    engine.request++
    engine.records.push(eventRecord({ ...done, kind: eventKinds.DONE, request: engine.request }))
    return engine.request
  }

  #newPointer(): Pointer {
    this.#lastPointer += 16n
    return this.#lastPointer
  }

  /** A pointer that is used after it was closed or handed over would be a crash in the real library. */
  #take<Value>(handles: Map<Pointer, Value>, pointer: Pointer): Value {
    const value = handles.get(pointer)
    if (value === undefined) throw new Error('a pointer was used after its end')
    handles.delete(pointer)
    return value
  }

  #running(): Engine {
    if (this.#engine === undefined) throw new Error('the engine was used after its end')
    return this.#engine
  }
}

interface EventFields {
  readonly kind: number
  readonly request: number
  readonly result: number
  readonly source: number
  readonly target: number
  readonly sink: number
  readonly value: bigint
}

/** A struct evs_event, as native/include/evswitch.h orders it. */
function eventRecord(fields: Partial<EventFields>): Buffer {
  const { kind = 0, request = 0, result = 0, value = 0n } = fields
  const { source = none, target = none, sink = none } = fields
  const record = Buffer.alloc(eventSize)
  record.writeUInt32LE(kind, 0)
  record.writeUInt32LE(request, 4)
  record.writeInt32LE(result, 8)
  record.writeUInt32LE(source, 12)
  record.writeUInt32LE(target, 16)
  record.writeUInt32LE(none, 20)
  record.writeUInt32LE(sink, 28)
  record.writeBigUInt64LE(value, 32)
  return record
}
