import { openFlags, sinkFlags, structs } from '../native/abi.ts'
import { littleEndian } from '../native/byte-order.ts'
import type {
  NativeLibrary,
  Pointer,
  PointerOut,
  SinkInfoStruct,
  SourceInfoStruct,
} from '../native/library.ts'
import { descriptionSize, sinkEventSize as eventSize, offsets, viewOf } from '../native/records.ts'
import { decodeDescription, encodeDescription } from './description.ts'
import { adoptError, cloneError, commandError, sinkError, sourceError } from './engine-error.ts'
import { cloneConfig, sinkConfig, sourceInfo } from './native-structs.ts'
import type {
  CloneOptions,
  CloneSink,
  Description,
  Role,
  Sink,
  SinkEvent,
  SinkOptions,
  Source,
  SourceInfo,
  SourceOptions,
} from './types.ts'

const sinkTimeoutMs = 5000

/** A pointer that is ours until it is handed over or closed; afterwards nobody uses it again. */
class Handle {
  #pointer: Pointer | undefined
  readonly #free: (pointer: Pointer) => void

  constructor(pointer: Pointer, free: (pointer: Pointer) => void) {
    this.#pointer = pointer
    this.#free = free
  }

  handOver(): Pointer {
    const { pointer } = this
    this.#pointer = undefined
    return pointer
  }

  /** To be used at once, while it is still ours. */
  get pointer(): Pointer {
    if (this.#pointer === undefined) throw new TypeError('it was handed over or closed before')
    return this.#pointer
  }

  close(): void {
    if (this.#pointer !== undefined) this.#free(this.handOver())
  }
}

export class NativeSource extends Handle implements Source {
  readonly path: string
  readonly info: SourceInfo

  constructor(pointer: Pointer, free: (pointer: Pointer) => void, path: string, info: SourceInfo) {
    super(pointer, free)
    this.path = path
    this.info = info
  }
}

const eventAt = offsets(structs.sink_event)

/** A uinput device of ours that no engine was given yet. */
abstract class SinkHandle extends Handle {
  readonly node: string
  readonly minor: number
  readonly isCurrent: boolean
  readonly #library: NativeLibrary

  constructor(pointer: Pointer, library: NativeLibrary, { node, device, flags }: SinkInfoStruct) {
    super(pointer, (mine) => library.sinkClose(mine))
    this.#library = library
    this.node = node
    this.minor = device
    this.isCurrent = (flags & sinkFlags.OUTDATED) === 0
  }

  get descriptor(): number {
    return this.#library.sinkDescriptor(this.pointer)
  }

  write(events: readonly SinkEvent[]): void {
    const buffer = Buffer.alloc(events.length * eventSize)
    const view = viewOf(buffer)
    for (const [index, { type, code, value }] of events.entries()) {
      view.setUint16(index * eventSize + eventAt('type'), type, littleEndian)
      view.setUint16(index * eventSize + eventAt('code'), code, littleEndian)
      view.setInt32(index * eventSize + eventAt('value'), value, littleEndian)
    }
    const result = this.#library.sinkWrite(this.pointer, buffer, events.length)
    if (result < 0) throw commandError(`write to ${this.node}`, result)
  }

  lamps(): number {
    const result = this.#library.sinkLamps(this.pointer)
    if (result < 0) throw commandError(`read the lamps of ${this.node}`, result)
    return result
  }
}

export class NativeSink extends SinkHandle implements Sink {
  readonly role: Role

  constructor(pointer: Pointer, library: NativeLibrary, info: SinkInfoStruct, role: Role) {
    super(pointer, library, info)
    this.role = role
  }
}

export class NativeCloneSink extends SinkHandle implements CloneSink {}

/** See `Engine.describe`. */
export function describeSource(library: NativeLibrary, source: NativeSource): Description {
  const buffer = Buffer.alloc(descriptionSize)
  const result = library.sourceDescribe(source.pointer, buffer)
  if (result < 0) throw sourceError(source.path, result)
  return decodeDescription(buffer)
}

/** See `Engine.createClone`. */
export async function createNativeClone(
  library: NativeLibrary,
  description: Description,
  options: CloneOptions,
): Promise<NativeCloneSink> {
  const { phys, timeoutMs = sinkTimeoutMs } = options
  const out: PointerOut = [null]
  const info: Partial<SinkInfoStruct> = {}
  const bytes = encodeDescription(description)
  const result = await library.sinkClone(bytes, cloneConfig(options), timeoutMs, info, out)
  if (result < 0 || out[0] === null) throw cloneError(phys, result)
  return new NativeCloneSink(out[0], library, info as SinkInfoStruct)
}

/** See `Engine.adoptClone`. */
export async function adoptNativeClone(
  library: NativeLibrary,
  descriptor: number,
  description: Description,
  options: CloneOptions,
): Promise<NativeCloneSink> {
  const { phys, timeoutMs = sinkTimeoutMs } = options
  const out: PointerOut = [null]
  const info: Partial<SinkInfoStruct> = {}
  const bytes = encodeDescription(description)
  const config = cloneConfig(options)
  const result = await library.sinkAdoptClone(descriptor, bytes, config, timeoutMs, info, out)
  if (result < 0 || out[0] === null) throw adoptError(phys, result)
  return new NativeCloneSink(out[0], library, info as SinkInfoStruct)
}

/** See `Engine.openSource`. */
export function openNativeSource(
  library: NativeLibrary,
  path: string,
  { scancodes = false, everything = false, mapClass = 0 }: SourceOptions,
): NativeSource {
  const out: PointerOut = [null]
  const info: Partial<SourceInfoStruct> = {}
  const flags = (scancodes ? openFlags.SCANCODES : 0) | (everything ? openFlags.EVERYTHING : 0)
  const result = library.sourceOpen(path, flags, info, out)
  if (result < 0 || out[0] === null) throw sourceError(path, result)
  library.sourceSetClass(out[0], mapClass)
  const free = (pointer: Pointer) => library.sourceClose(pointer)
  return new NativeSource(out[0], free, path, sourceInfo(info as SourceInfoStruct))
}

/** See `Engine.createSink`. */
export async function createNativeSink(
  library: NativeLibrary,
  options: SinkOptions,
): Promise<NativeSink> {
  const { name, role, timeoutMs = sinkTimeoutMs } = options
  const out: PointerOut = [null]
  const info: Partial<SinkInfoStruct> = {}
  const result = await library.sinkCreate(sinkConfig(options), timeoutMs, info, out)
  if (result < 0 || out[0] === null) throw sinkError(name, result)
  return new NativeSink(out[0], library, info as SinkInfoStruct, role)
}

/** See `Engine.adoptSink`. */
export async function adoptNativeSink(
  library: NativeLibrary,
  descriptor: number,
  options: SinkOptions,
): Promise<NativeSink> {
  const { phys, role, timeoutMs = sinkTimeoutMs } = options
  const out: PointerOut = [null]
  const info: Partial<SinkInfoStruct> = {}
  const result = await library.sinkAdopt(descriptor, sinkConfig(options), timeoutMs, info, out)
  if (result < 0 || out[0] === null) throw adoptError(phys, result)
  return new NativeSink(out[0], library, info as SinkInfoStruct, role)
}

/** Sources and sinks are made by the engine that is given them. */
export function ownHandle<Kind extends Handle>(
  given: object,
  kind: abstract new (...args: never[]) => Kind,
): Kind {
  if (given instanceof kind) return given
  throw new TypeError('it was made by another engine')
}
