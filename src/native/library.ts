import { existsSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import koffi, { type KoffiFunc, type TypeObject } from 'koffi'
import { EvswitchError, messageOf } from '../errors.ts'
import { packageRoot } from '../package-root.ts'
import { checkAbi, structs } from './abi.ts'
import { StatsPage, type StatsRecord, statsSize } from './stats.ts'

/** A pointer that belongs to the library. */
export type Pointer = bigint

/** Where a function writes a pointer: one element, null before the call. */
export type PointerOut = [Pointer | null]

/** struct evs_source_info. */
export interface SourceInfoStruct {
  name: Uint8Array
  flags: number
  device: number
  bustype: number
  vendor: number
  product: number
  version: number
}

/** struct evs_sink_config. */
export interface SinkConfigStruct {
  name: string
  phys: string
  kind: number
  profile: number
  product: number
  reserved: number
}

/** struct evs_sink_info. */
export interface SinkInfoStruct {
  node: string
  device: number
  flags: number
}

/** struct evs_stored_node. */
export interface StoredNodeStruct {
  name: string
  phys: string
  node: string
  device: number
  reserved: number
}

/** struct evs_engine_config. */
export interface EngineConfigStruct {
  abi_version: number
  host_mode: number
  rt_priority: number
  lock_memory: number
  pool_threads: number
  presence_ms: number
  watchdog_ms: number
  reserved: number
}

/** struct evs_target_config. */
export interface TargetConfigStruct {
  name: string
  profile: number
  repeat: number
  grab_toggle: number
  flags: number
  max_rate: number
}

/** struct evs_hotkey; `keys` has always four places, the unused ones 0. */
export interface HotkeyStruct {
  keys: number[]
  key_count: number
  action: number
  target: number
}

/**
 * The exported functions, as evswitch.h describes them: 0 or a positive result, or a negative errno. An object
 * given for an `info` is filled in.
 */
export interface NativeLibrary {
  readonly path: string
  sourceOpen(path: string, flags: number, info: Partial<SourceInfoStruct>, out: PointerOut): number
  sourceClose(source: Pointer): void
  sourceSetClass(source: Pointer, sourceClass: number): number
  /** `description` has room for a struct evs_description. */
  sourceDescribe(source: Pointer, description: Buffer): number
  /** On a thread of its own, because it waits for the node. */
  sinkCreate(
    config: SinkConfigStruct,
    timeoutMs: number,
    info: Partial<SinkInfoStruct>,
    out: PointerOut,
  ): Promise<number>
  /** As `sinkCreate`; `description` holds a struct evs_description. */
  sinkClone(
    description: Buffer,
    config: SinkConfigStruct,
    timeoutMs: number,
    info: Partial<SinkInfoStruct>,
    out: PointerOut,
  ): Promise<number>
  sinkDescriptor(sink: Pointer): number
  sinkLamps(sink: Pointer): number
  storedNode(descriptor: number, node: Partial<StoredNodeStruct>): number
  /** As `sinkCreate`; the descriptor is the sink's on success. */
  sinkAdopt(
    descriptor: number,
    config: SinkConfigStruct,
    timeoutMs: number,
    info: Partial<SinkInfoStruct>,
    out: PointerOut,
  ): Promise<number>
  /** As `sinkAdopt`; `description` holds a struct evs_description. */
  sinkAdoptClone(
    descriptor: number,
    description: Buffer,
    config: SinkConfigStruct,
    timeoutMs: number,
    info: Partial<SinkInfoStruct>,
    out: PointerOut,
  ): Promise<number>
  /** `events` holds `count` times a struct evs_sink_event. */
  sinkWrite(sink: Pointer, events: Buffer, count: number): number
  sinkClose(sink: Pointer): void
  engineCreate(config: EngineConfigStruct, out: PointerOut): number
  engineStart(engine: Pointer): number
  engineDestroy(engine: Pointer): void
  /** Calls `onWake` when there may be something to read; a negative errno when that cannot be had. */
  engineWatch(engine: Pointer, onWake: () => void): Watch | number
  /** The statistics page; not to be read after the engine's end. */
  engineStats(engine: Pointer): StatsReader
  /** `record` holds a struct evs_event. */
  engineNextEvent(engine: Pointer, record: Buffer): number
  /** `records` holds `capacity` times a struct evs_tap_record. */
  engineReadTap(engine: Pointer, records: Buffer, capacity: number): number
  engineAddSource(engine: Pointer, source: Pointer): number
  engineAddClonedSource(
    engine: Pointer,
    source: Pointer,
    clones: Uint32Array,
    count: number,
  ): number
  engineAddClone(engine: Pointer, target: number, sink: Pointer): number
  engineRemoveClone(engine: Pointer, clone: number): number
  engineRemoveSource(engine: Pointer, source: number): number
  engineAddTarget(
    engine: Pointer,
    config: TargetConfigStruct,
    keyboard: Pointer | null,
    mouse: Pointer | null,
  ): number
  engineLinkTarget(engine: Pointer, target: number, descriptor: number): number
  engineRemoveTarget(engine: Pointer, target: number): number
  engineUpdateTarget(engine: Pointer, target: number, config: TargetConfigStruct): number
  engineRepairTarget(engine: Pointer, target: number): number
  enginePinSource(engine: Pointer, source: number, target: number): number
  engineSwitchBy(engine: Pointer, isForward: number): number
  engineSetIndicator(engine: Pointer, on: number): number
  engineSetHotkeys(engine: Pointer, hotkeys: HotkeyStruct[], count: number): number
  /** Arrays of struct evs_map_rule, evs_map_axis, evs_map_step, and of table numbers. */
  engineSetMap(
    engine: Pointer,
    rules: Buffer,
    ruleCount: number,
    axes: Buffer,
    axisCount: number,
    steps: Buffer,
    stepCount: number,
    tables: Uint8Array,
    classCount: number,
    sourceClasses: Uint8Array,
  ): number
  engineSwitch(engine: Pointer, target: number): number
  enginePanic(engine: Pointer): number
  engineAskPresence(engine: Pointer): number
  engineSetTap(engine: Pointer, on: number): number
  engineStop(engine: Pointer): number
}

export interface Watch {
  close(): void
}

export interface StatsReader {
  read(): StatsRecord
}

export const libraryPath = join(packageRoot, 'native/build/libevswitch.so')

let loaded: NativeLibrary | undefined

/** The library, loaded once. Throws 'not-installed' when it is missing, unusable or built for another header. */
export function nativeLibrary(): NativeLibrary {
  loaded ??= loadLibrary(libraryPath)
  return loaded
}

/** Loads a library file and checks that it was built for src/native/abi.ts; see `nativeLibrary`. */
export function loadLibrary(path: string): NativeLibrary {
  const library = openLibrary(path)
  const handle = 'void *'
  const createSink = library.func('evs_sink_create', 'int32_t', [
    pointerTo(structs.sink_config),
    'uint32_t',
    koffi.out(pointerTo(structs.sink_info)),
    koffi.out('void **'),
  ])
  const cloneSink = library.func('evs_sink_clone', 'int32_t', [
    handle,
    pointerTo(structs.sink_config),
    'uint32_t',
    koffi.out(pointerTo(structs.sink_info)),
    koffi.out('void **'),
  ])
  const adoptSink = library.func('evs_sink_adopt', 'int32_t', [
    'int32_t',
    pointerTo(structs.sink_config),
    'uint32_t',
    koffi.out(pointerTo(structs.sink_info)),
    koffi.out('void **'),
  ])
  const adoptClone = library.func('evs_sink_adopt_clone', 'int32_t', [
    'int32_t',
    handle,
    pointerTo(structs.sink_config),
    'uint32_t',
    koffi.out(pointerTo(structs.sink_info)),
    koffi.out('void **'),
  ])
  const wakeFd = library.func('evs_engine_wake_fd', 'int32_t', [handle])
  const stats = library.func('evs_engine_stats', handle, [handle])
  return {
    path,
    sourceOpen: library.func('evs_source_open', 'int32_t', [
      'str',
      'uint32_t',
      koffi.out(pointerTo(structs.source_info)),
      koffi.out('void **'),
    ]),
    sourceClose: library.func('evs_source_close', 'void', [handle]),
    sourceSetClass: library.func('evs_source_set_class', 'int32_t', [handle, 'uint32_t']),
    sourceDescribe: library.func('evs_source_describe', 'int32_t', [handle, handle]),
    sinkCreate: async (...args) => await onThread(createSink, args),
    sinkClone: async (...args) => await onThread(cloneSink, args),
    sinkDescriptor: library.func('evs_sink_descriptor', 'int32_t', [handle]),
    sinkLamps: library.func('evs_sink_lamps', 'int32_t', [handle]),
    storedNode: library.func('evs_stored_node', 'int32_t', [
      'int32_t',
      koffi.out(pointerTo(structs.stored_node)),
    ]),
    sinkAdopt: async (...args) => await onThread(adoptSink, args),
    sinkAdoptClone: async (...args) => await onThread(adoptClone, args),
    sinkWrite: library.func('evs_sink_write', 'int32_t', [handle, handle, 'uint32_t']),
    sinkClose: library.func('evs_sink_close', 'void', [handle]),
    engineCreate: library.func('evs_engine_create', 'int32_t', [
      pointerTo(structs.engine_config),
      koffi.out('void **'),
    ]),
    engineStart: library.func('evs_engine_start', 'int32_t', [handle]),
    engineDestroy: library.func('evs_engine_destroy', 'void', [handle]),
    engineWatch: (engine, onWake) => {
      const fd: number = wakeFd(engine)
      return fd < 0 ? fd : watchSocket(fd, onWake)
    },
    engineStats: (engine) => new StatsPage(koffi.view(stats(engine), statsSize)),
    engineNextEvent: library.func('evs_engine_next_event', 'int32_t', [handle, handle]),
    engineReadTap: library.func('evs_engine_read_tap', 'int32_t', [handle, handle, 'uint32_t']),
    engineAddSource: library.func('evs_engine_add_source', 'int32_t', [handle, handle]),
    engineAddClonedSource: library.func('evs_engine_add_cloned_source', 'int32_t', [
      handle,
      handle,
      koffi.pointer('uint32_t'),
      'uint32_t',
    ]),
    engineAddClone: library.func('evs_engine_add_clone', 'int32_t', [handle, 'uint32_t', handle]),
    engineRemoveClone: library.func('evs_engine_remove_clone', 'int32_t', [handle, 'uint32_t']),
    engineRemoveSource: library.func('evs_engine_remove_source', 'int32_t', [handle, 'uint32_t']),
    engineAddTarget: library.func('evs_engine_add_target', 'int32_t', [
      handle,
      pointerTo(structs.target_config),
      handle,
      handle,
    ]),
    engineLinkTarget: library.func('evs_engine_link_target', 'int32_t', [
      ...[handle, 'uint32_t', 'int32_t'],
    ]),
    engineRemoveTarget: library.func('evs_engine_remove_target', 'int32_t', [handle, 'uint32_t']),
    engineUpdateTarget: library.func('evs_engine_update_target', 'int32_t', [
      handle,
      'uint32_t',
      pointerTo(structs.target_config),
    ]),
    engineRepairTarget: library.func('evs_engine_repair_target', 'int32_t', [handle, 'uint32_t']),
    enginePinSource: library.func('evs_engine_pin_source', 'int32_t', [
      handle,
      'uint32_t',
      'uint32_t',
    ]),
    engineSwitchBy: library.func('evs_engine_switch_by', 'int32_t', [handle, 'uint32_t']),
    engineSetIndicator: library.func('evs_engine_set_indicator', 'int32_t', [handle, 'uint32_t']),
    engineSetHotkeys: library.func('evs_engine_set_hotkeys', 'int32_t', [
      handle,
      pointerTo(structs.hotkey),
      'uint32_t',
    ]),
    engineSetMap: library.func('evs_engine_set_map', 'int32_t', [
      ...[handle, handle, 'uint32_t', handle, 'uint32_t', handle, 'uint32_t'],
      ...[handle, 'uint32_t', handle],
    ]),
    engineSwitch: library.func('evs_engine_switch', 'int32_t', [handle, 'uint32_t']),
    enginePanic: library.func('evs_engine_panic', 'int32_t', [handle]),
    engineAskPresence: library.func('evs_engine_ask_presence', 'int32_t', [handle]),
    engineSetTap: library.func('evs_engine_set_tap', 'int32_t', [handle, 'uint32_t']),
    engineStop: library.func('evs_engine_stop', 'int32_t', [handle]),
  }
}

/** Calls a function that waits, on a thread of its own. */
export async function onThread(
  call: KoffiFunc<(...args: unknown[]) => number>,
  args: readonly unknown[],
): Promise<number> {
  return await new Promise((resolve, reject) => {
    call.async(...args, (error: unknown, result: number) =>
      error ? reject(error) : resolve(result),
    )
  })
}

/** The bytes mean nothing but that there may be records to read. */
function watchSocket(fd: number, onWake: () => void): Watch {
  const socket = new Socket({ fd, readable: true, writable: false })
  socket.on('data', onWake)
  return { close: () => void socket.destroy() }
}

type Library = ReturnType<typeof koffi.load>

/** Opens a library file and checks that it was built for src/native/abi.ts. */
export function openLibrary(path: string): Library {
  const library = load(path)
  checkLibrary(library, path)
  return library
}

function load(path: string): Library {
  if (!existsSync(path)) {
    throw new EvswitchError('not-installed', `the native library is missing: ${path}`, {
      remedy: 'build it: npm run build',
    })
  }
  try {
    return koffi.load(path)
  } catch (error) {
    throw new EvswitchError(
      'not-installed',
      `cannot load the native library ${path}: ${messageOf(error)}`,
      { remedy: 'build it for this machine: npm run build', cause: error },
    )
  }
}

function checkLibrary(library: Library, path: string): void {
  try {
    const layout = library.func('evs_abi_layout', 'int32_t', ['void *', 'uint32_t'])
    const capacity = 64
    const table = new Uint32Array(capacity)
    const count: number = layout(table, capacity)
    const version: number = library.func('evs_abi_version', 'uint32_t', [])()
    checkAbi({ version, layout: [...table.subarray(0, Math.min(count, capacity))] }, path)
  } catch (error) {
    if (error instanceof EvswitchError) throw error
    throw new EvswitchError('not-installed', `${path} is not the library of evswitch`, {
      remedy: 'build it: npm run build',
      cause: error,
    })
  }
}

function pointerTo(type: TypeObject): TypeObject {
  return koffi.pointer(type)
}
