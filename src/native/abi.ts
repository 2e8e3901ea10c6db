import koffi from 'koffi'
import { EvswitchError } from '../errors.ts'

/**
 * native/include/evswitch.h in TypeScript: its limits, enumerators and structs under their own names, without
 * the prefix. Whoever changes the header changes this file and both ABI versions;
 * test/native/abi.test.ts compares the two, `checkAbi` compares this file with the library that was loaded.
 */
export const abiVersion = 8

export const limits = {
  sources: 128,
  targets: 8,
  sinks: 48,
  clones: 16,
  hotkeys: 16,
  hotkeyKeys: 4,
  /** Bytes with the final NUL. */
  nameSize: 64,
  pathSize: 64,
  deviceNameSize: 80,
  commands: 64,
  messageSize: 4096,
  mapRules: 2048,
  mapAxes: 256,
  mapSteps: 4096,
  mapTables: 32,
  mapClasses: 16,
  mapKeys: 4,
  macroKeys: 8,
  macroWaitMs: 10_000,
  rate: 8000,
} as const

/** EVS_HOST: id of the host target. */
export const hostId = 0
/** EVS_NONE: no source, target or sink. */
export const none = 0xffff_ffff

export const sourceFlags = {
  KEYS: 1 << 0,
  BUTTONS: 1 << 1,
  MOTION: 1 << 2,
  REPEATS: 1 << 3,
  LEDS: 1 << 4,
  HI_RES: 1 << 5,
  READ_ONLY: 1 << 6,
} as const

export const openFlags = { SCANCODES: 1 << 0, EVERYTHING: 1 << 1 } as const
export const sinkKinds = { KEYBOARD: 0, MOUSE: 1, CLONE: 2 } as const
export const sinkFlags = { OUTDATED: 1 << 0 } as const
export const messageKinds = { DATAGRAM: 0, STREAM: 1, SEQPACKET: 2 } as const
export const profiles = { INPUT_LINUX: 0, HOST: 1, VIRTIO_INPUT: 2, WINDOWS_VIRTIO: 3 } as const
export const hostModes = { RELEASE: 0, PROXY: 1 } as const
export const repeats = { OFF: 0, ON: 1 } as const
export const toggles = {
  CTRL_CTRL: 0,
  ALT_ALT: 1,
  SHIFT_SHIFT: 2,
  META_META: 3,
  SCROLLLOCK: 4,
  CTRL_SCROLLLOCK: 5,
  NONE: 6,
} as const
export const targetFlags = { SWALLOWS: 1 << 0, LINK: 1 << 1 } as const
export const actions = { NEXT: 0, PREVIOUS: 1, TARGET: 2, PANIC: 3, LOCK: 4, HOOK: 5 } as const

export const mapKinds = { KEYS: 0, BLOCK: 1, MACRO: 2, ACTION: 3, SCROLL: 4 } as const

export const eventKinds = {
  DONE: 1,
  SWITCHED: 2,
  REFUSED: 3,
  SOURCE_GONE: 4,
  GRABBED: 5,
  UNGRABBED: 6,
  GRAB_FAILED: 7,
  CONSUMER: 8,
  RESYNC: 9,
  PANIC: 10,
  LOST: 11,
  NO_REALTIME: 12,
  NO_MEMORY_LOCK: 13,
  STOPPED: 14,
  DEVICES: 15,
  NO_HOTPLUG: 16,
  LOCKED: 17,
  HOOK: 18,
  RESUMED: 19,
  UNLINKED: 20,
} as const

export const reasons = {
  COMMAND: 0,
  HOTKEY: 1,
  PANIC: 2,
  CONSUMER_GONE: 3,
  REMOVED: 4,
  STOP: 5,
  RESUMED: 6,
} as const

export const histogramKinds = { MOUSE: 0, KEY: 1, SWITCH: 2, UNGRAB: 3 } as const
export const histogramSlots = 1024

/** The counters at the head of the statistics page, in their order; `reserved` ones follow. */
export const counters = [
  'frames_in',
  'events_in',
  'frames_out',
  'events_out',
  'writes',
  'write_errors',
  'wakeups',
  'drops',
  'resyncs',
  'switches',
  'refusals',
  'panics',
  'muted',
  'unconsumed',
  'grab_races',
  'events_lost',
  'tap_lost',
  'active_target',
  'sources',
  'grabbed',
  'engine_tid',
  'realtime',
] as const
export const reservedCounters = 10

const text = (size: number) => koffi.array('char', size, 'String')

const axis = koffi.struct({
  value: 'int32_t',
  minimum: 'int32_t',
  maximum: 'int32_t',
  fuzz: 'int32_t',
  flat: 'int32_t',
  resolution: 'int32_t',
})

const hotkey = koffi.struct({
  keys: koffi.array('uint16_t', limits.hotkeyKeys),
  key_count: 'uint32_t',
  action: 'uint32_t',
  target: 'uint32_t',
})

/** struct evs_*; `name` of a source comes from the device and may hold any bytes. */
export const structs = {
  source_info: koffi.struct({
    name: koffi.array('uint8_t', limits.deviceNameSize, 'Typed'),
    flags: 'uint32_t',
    device: 'uint32_t',
    bustype: 'uint16_t',
    vendor: 'uint16_t',
    product: 'uint16_t',
    version: 'uint16_t',
  }),
  axis,
  description: koffi.struct({
    name: koffi.array('uint8_t', limits.deviceNameSize, 'Typed'),
    bustype: 'uint16_t',
    vendor: 'uint16_t',
    product: 'uint16_t',
    version: 'uint16_t',
    properties: 'uint64_t',
    types: 'uint64_t',
    relative: 'uint64_t',
    absolute: 'uint64_t',
    misc: 'uint64_t',
    switches: 'uint64_t',
    leds: 'uint64_t',
    sounds: 'uint64_t',
    keys: koffi.array('uint64_t', 12),
    forces: koffi.array('uint64_t', 2),
    axes: koffi.array(axis, 64),
  }),
  sink_event: koffi.struct({ type: 'uint16_t', code: 'uint16_t', value: 'int32_t' }),
  sink_config: koffi.struct({
    name: text(limits.deviceNameSize),
    phys: text(limits.deviceNameSize),
    kind: 'uint32_t',
    profile: 'uint32_t',
    product: 'uint32_t',
    reserved: 'uint32_t',
  }),
  sink_info: koffi.struct({
    node: text(limits.pathSize),
    device: 'uint32_t',
    flags: 'uint32_t',
  }),
  stored_node: koffi.struct({
    name: text(limits.deviceNameSize),
    phys: text(limits.deviceNameSize),
    node: text(limits.pathSize),
    device: 'uint32_t',
    reserved: 'uint32_t',
  }),
  engine_config: koffi.struct({
    abi_version: 'uint32_t',
    host_mode: 'uint32_t',
    rt_priority: 'int32_t',
    lock_memory: 'uint32_t',
    pool_threads: 'uint32_t',
    presence_ms: 'uint32_t',
    watchdog_ms: 'uint32_t',
    reserved: 'uint32_t',
  }),
  target_config: koffi.struct({
    name: text(limits.nameSize),
    profile: 'uint32_t',
    repeat: 'uint32_t',
    grab_toggle: 'uint32_t',
    flags: 'uint32_t',
    max_rate: 'uint32_t',
  }),
  hotkey,
  map_rule: koffi.struct({
    table: 'uint32_t',
    kind: 'uint32_t',
    when: hotkey,
    target: 'uint32_t',
    key_count: 'uint32_t',
    keys: koffi.array('uint16_t', limits.mapKeys),
    first_step: 'uint32_t',
    step_count: 'uint32_t',
    counts: 'uint32_t',
  }),
  map_step: koffi.struct({ code: 'uint16_t', is_press: 'uint16_t', wait_ms: 'uint32_t' }),
  map_axis: koffi.struct({
    table: 'uint32_t',
    code: 'uint16_t',
    to: 'uint16_t',
    factor: 'int32_t',
  }),
  event: koffi.struct({
    kind: 'uint32_t',
    request: 'uint32_t',
    result: 'int32_t',
    source: 'uint32_t',
    target: 'uint32_t',
    previous: 'uint32_t',
    reason: 'uint32_t',
    sink: 'uint32_t',
    value: 'uint64_t',
    time_ns: 'uint64_t',
  }),
  tap_record: koffi.struct({
    kernel_ns: 'uint64_t',
    read_ns: 'uint64_t',
    source: 'uint32_t',
    type: 'uint16_t',
    code: 'uint16_t',
    value: 'int32_t',
    reserved: 'uint32_t',
  }),
  histogram: koffi.struct({
    count: 'uint64_t',
    sum_ns: 'uint64_t',
    max_ns: 'uint64_t',
    reserved: 'uint64_t',
    slots: koffi.array('uint64_t', histogramSlots),
  }),
} as const

const histogramCount = Object.keys(histogramKinds).length

/** struct evs_stats, of which nothing but sizes and offsets is used: it is read word by word. */
export const statsStruct = koffi.struct({
  ...Object.fromEntries(counters.map((name) => [name, 'uint64_t'])),
  reserved: koffi.array('uint64_t', reservedCounters),
  histograms: koffi.array(structs.histogram, histogramCount),
})

/** What `evs_abi_layout` is expected to write: the order is that of its table in native/api.c. */
export function expectedLayout(): number[] {
  const { sizeof, offsetof } = koffi
  return [
    sizeof(structs.source_info),
    offsetof(structs.source_info, 'flags'),
    offsetof(structs.source_info, 'bustype'),
    sizeof(structs.description),
    offsetof(structs.description, 'keys'),
    offsetof(structs.description, 'axes'),
    sizeof(structs.sink_event),
    sizeof(structs.sink_config),
    offsetof(structs.sink_config, 'kind'),
    sizeof(structs.sink_info),
    offsetof(structs.sink_info, 'device'),
    sizeof(structs.stored_node),
    offsetof(structs.stored_node, 'device'),
    sizeof(structs.engine_config),
    offsetof(structs.engine_config, 'watchdog_ms'),
    sizeof(structs.target_config),
    offsetof(structs.target_config, 'profile'),
    offsetof(structs.target_config, 'max_rate'),
    sizeof(structs.map_rule),
    offsetof(structs.map_rule, 'when'),
    offsetof(structs.map_rule, 'counts'),
    sizeof(structs.map_step),
    sizeof(structs.map_axis),
    offsetof(structs.map_axis, 'factor'),
    sizeof(structs.hotkey),
    offsetof(structs.hotkey, 'action'),
    sizeof(structs.event),
    offsetof(structs.event, 'value'),
    sizeof(structs.tap_record),
    offsetof(structs.tap_record, 'value'),
    sizeof(structs.histogram),
    offsetof(structs.histogram, 'slots'),
    sizeof(statsStruct),
    offsetof(statsStruct, 'engine_tid'),
    offsetof(statsStruct, 'histograms'),
  ]
}

/** What a library says about itself. */
export interface AbiFacts {
  readonly version: number
  /** As `evs_abi_layout` wrote it, with the number of entries it has. */
  readonly layout: readonly number[]
}

/** Throws 'not-installed' unless the library was built for this file's structs. */
export function checkAbi(facts: AbiFacts, path: string): void {
  const expected = expectedLayout()
  const same =
    facts.version === abiVersion &&
    facts.layout.length === expected.length &&
    facts.layout.every((value, index) => value === expected[index])
  if (same) return
  const difference =
    facts.version === abiVersion
      ? 'its structs are laid out differently'
      : `it is version ${facts.version}, version ${abiVersion} is needed`
  throw new EvswitchError('not-installed', `${path} does not fit this evswitch: ${difference}`, {
    remedy: 'build both together: npm run build',
  })
}
