import koffi from 'koffi'
import { structs } from './abi.ts'
import {
  type HotkeyStruct,
  libraryPath,
  openLibrary,
  type Pointer,
  type PointerOut,
  type TargetConfigStruct,
} from './library.ts'
import { StatsPage, type StatsRecord, statsSize } from './stats.ts'

/** What a reader of a node saw. */
export interface SimRecord {
  readonly type: number
  readonly code: number
  readonly value: number
}

export const simDrivers = { USB: 0, PS2: 1 } as const

const recordStruct = koffi.struct({ type: 'uint16_t', code: 'uint16_t', value: 'int32_t' })
const recordsMax = 256

/**
 * native/sim/sim.h: the switching core on a model of the kernel, for tests only. Functions return what the
 * header says: 0 or a positive result, or a negative errno.
 */
export interface SimApi {
  create(hostMode: number, out: PointerOut): number
  destroy(sim: Pointer): void
  addTarget(sim: Pointer, config: TargetConfigStruct, keyboard: number, mouse: number): number
  setHotkeys(sim: Pointer, hotkeys: HotkeyStruct[], count: number): number
  setMap(
    sim: Pointer,
    rules: Buffer,
    ruleCount: number,
    axes: Buffer,
    axisCount: number,
    steps: Buffer,
    stepCount: number,
    tables: Uint8Array,
    classCount: number,
  ): number
  classify(sim: Pointer, source: number, sourceClass: number): number
  wait(sim: Pointer, us: number): void
  removeTarget(sim: Pointer, target: number): number
  updateTarget(sim: Pointer, target: number, config: TargetConfigStruct): number
  repairTarget(sim: Pointer, target: number): number
  pin(sim: Pointer, source: number, target: number): number
  switchBy(sim: Pointer, isForward: number): number
  setIndicator(sim: Pointer, on: number): void
  /** The machine sleeps and resumes. */
  sleep(sim: Pointer): void
  /** The engine is killed, and the next one adopts the nodes. */
  restart(sim: Pointer): void
  switchTo(sim: Pointer, target: number): number
  panic(sim: Pointer): void
  stop(sim: Pointer): void
  askPresence(sim: Pointer): void
  /** `record` holds a struct evs_event. */
  nextEvent(sim: Pointer, record: Buffer): number
  counters(sim: Pointer): StatsRecord
  plug(sim: Pointer, flags: number, driver: number): number
  addClone(sim: Pointer, target: number): number
  removeClone(sim: Pointer, clone: number): number
  /** `description` holds a struct evs_description. */
  plugCloned(
    sim: Pointer,
    flags: number,
    driver: number,
    description: Buffer,
    clones: Uint32Array,
    count: number,
  ): number
  /** Codes of ABS_* and their values, in turn. */
  place(sim: Pointer, source: number, pairs: readonly number[]): void
  consumeClone(sim: Pointer, clone: number, on: number): void
  unplug(sim: Pointer, source: number): void
  remove(sim: Pointer, source: number): number
  finger(sim: Pointer, source: number, code: number, down: number): void
  tick(sim: Pointer, source: number): void
  move(sim: Pointer, source: number, code: number, value: number): void
  overrun(sim: Pointer, source: number): void
  arm(sim: Pointer, calls: number, source: number, code: number, down: number): void
  read(sim: Pointer, source: number, events: number): void
  step(sim: Pointer): void
  ungrabTakesEffect(sim: Pointer): number
  ungrabReturns(sim: Pointer): number
  consume(sim: Pointer, target: number, stream: number, on: number): void
  consumerLed(sim: Pointer, target: number, code: number, value: number): void
  hostLed(sim: Pointer, source: number, code: number, value: number): void
  /** Bit = LED_*. */
  lamps(sim: Pointer, source: number): number
  active(sim: Pointer): number
  /** What was seen since the last call. */
  readNode(sim: Pointer, target: number, stream: number): SimRecord[]
  readHost(sim: Pointer, source: number): SimRecord[]
  readClone(sim: Pointer, clone: number): SimRecord[]
  isGrabbed(sim: Pointer, source: number): number
  /** The rule that was broken, as a sentence; undefined when every one holds. */
  brokenRule(sim: Pointer): string | undefined
  /** Plays a script of bytes. */
  play(script: Uint8Array): PlayResult
}

export interface PlayResult {
  /** How many steps were played, up to the one that broke the rule. */
  readonly steps: number
  /** The rule that was broken, as a sentence; undefined when every one holds. */
  readonly brokenRule: string | undefined
}

/** The simulation of a library file; throws what `nativeLibrary` throws. */
export function simApi(path: string = libraryPath): SimApi {
  const library = openLibrary(path)
  const sim = 'void *'
  const bind = (name: string, result: string, ...parameters: string[]) =>
    library.func(`evs_sim_${name}`, result, parameters)
  const nodeRecords = bind('read_node', 'int32_t', sim, 'uint32_t', 'uint32_t', sim, 'uint32_t')
  const hostRecords = bind('read_host', 'int32_t', sim, 'uint32_t', sim, 'uint32_t')
  const cloneRecords = bind('read_clone', 'int32_t', sim, 'uint32_t', sim, 'uint32_t')
  const place = bind('place', 'void', sim, 'uint32_t', sim, 'uint32_t')
  const writeCounters = bind('counters', 'void', sim, sim)
  const check = bind('check', 'int32_t', sim)
  const ruleText = bind('rule_text', 'str', 'int32_t')
  const play = bind('play', 'int32_t', sim, 'uint32_t', sim)
  const steps = new Uint32Array(1)
  return {
    create: library.func('evs_sim_create', 'int32_t', ['uint32_t', koffi.out('void **')]),
    destroy: bind('destroy', 'void', sim),
    addTarget: library.func('evs_sim_add_target', 'int32_t', [
      sim,
      koffi.pointer(structs.target_config),
      'uint32_t',
      'uint32_t',
    ]),
    setHotkeys: library.func('evs_sim_set_hotkeys', 'int32_t', [
      sim,
      koffi.pointer(structs.hotkey),
      'uint32_t',
    ]),
    setMap: bind(
      ...(['set_map', 'int32_t', sim, sim, 'uint32_t', sim, 'uint32_t', sim, 'uint32_t'] as const),
      ...([sim, 'uint32_t'] as const),
    ),
    classify: bind('classify', 'int32_t', sim, 'uint32_t', 'uint32_t'),
    wait: bind('wait', 'void', sim, 'uint32_t'),
    removeTarget: bind('remove_target', 'int32_t', sim, 'uint32_t'),
    updateTarget: library.func('evs_sim_update_target', 'int32_t', [
      sim,
      'uint32_t',
      koffi.pointer(structs.target_config),
    ]),
    repairTarget: bind('repair_target', 'int32_t', sim, 'uint32_t'),
    pin: bind('pin', 'int32_t', sim, 'uint32_t', 'uint32_t'),
    switchBy: bind('switch_by', 'int32_t', sim, 'uint32_t'),
    setIndicator: bind('set_indicator', 'void', sim, 'uint32_t'),
    sleep: bind('sleep', 'void', sim),
    restart: bind('restart', 'void', sim),
    switchTo: bind('switch', 'int32_t', sim, 'uint32_t'),
    panic: bind('panic', 'void', sim),
    stop: bind('stop', 'void', sim),
    askPresence: bind('ask_presence', 'void', sim),
    nextEvent: bind('next_event', 'int32_t', sim, sim),
    counters: (pointer) => {
      const page = new ArrayBuffer(statsSize)
      writeCounters(pointer, new Uint8Array(page))
      return new StatsPage(page).read()
    },
    plug: bind('plug', 'int32_t', sim, 'uint32_t', 'uint32_t'),
    addClone: bind('add_clone', 'int32_t', sim, 'uint32_t'),
    removeClone: bind('remove_clone', 'int32_t', sim, 'uint32_t'),
    plugCloned: library.func('evs_sim_plug_cloned', 'int32_t', [
      sim,
      'uint32_t',
      'uint32_t',
      sim,
      koffi.pointer('uint32_t'),
      'uint32_t',
    ]),
    place: (pointer, source, pairs) =>
      place(pointer, source, Int32Array.from(pairs), Math.floor(pairs.length / 2)),
    consumeClone: bind('consume_clone', 'void', sim, 'uint32_t', 'uint32_t'),
    unplug: bind('unplug', 'void', sim, 'uint32_t'),
    remove: bind('remove', 'int32_t', sim, 'uint32_t'),
    finger: bind('finger', 'void', sim, 'uint32_t', 'uint32_t', 'uint32_t'),
    tick: bind('tick', 'void', sim, 'uint32_t'),
    move: bind('move', 'void', sim, 'uint32_t', 'uint32_t', 'int32_t'),
    overrun: bind('overrun', 'void', sim, 'uint32_t'),
    arm: bind('arm', 'void', sim, 'uint32_t', 'uint32_t', 'uint32_t', 'uint32_t'),
    read: bind('read', 'void', sim, 'uint32_t', 'uint32_t'),
    step: bind('step', 'void', sim),
    ungrabTakesEffect: bind('ungrab_takes_effect', 'int32_t', sim),
    ungrabReturns: bind('ungrab_returns', 'int32_t', sim),
    consume: bind('consume', 'void', sim, 'uint32_t', 'uint32_t', 'uint32_t'),
    consumerLed: bind('consumer_led', 'void', sim, 'uint32_t', 'uint32_t', 'int32_t'),
    hostLed: bind('host_led', 'void', sim, 'uint32_t', 'uint32_t', 'int32_t'),
    lamps: bind('lamps', 'uint32_t', sim, 'uint32_t'),
    active: bind('active', 'uint32_t', sim),
    readNode: (pointer, target, stream) =>
      records((buffer, capacity) => nodeRecords(pointer, target, stream, buffer, capacity)),
    readHost: (pointer, source) =>
      records((buffer, capacity) => hostRecords(pointer, source, buffer, capacity)),
    readClone: (pointer, clone) =>
      records((buffer, capacity) => cloneRecords(pointer, clone, buffer, capacity)),
    isGrabbed: bind('is_grabbed', 'int32_t', sim, 'uint32_t'),
    brokenRule: (pointer) => {
      const rule: number = check(pointer)
      return rule === 0 ? undefined : ruleText(rule)
    },
    play: (script) => {
      const rule: number = play(script, script.length, steps)
      return { steps: steps[0] ?? 0, brokenRule: rule === 0 ? undefined : ruleText(rule) }
    },
  }
}

function records(read: (buffer: Buffer, capacity: number) => number): SimRecord[] {
  const buffer = Buffer.alloc(recordsMax * koffi.sizeof(recordStruct))
  const found: SimRecord[] = []
  for (;;) {
    const count = Math.max(0, read(buffer, recordsMax))
    found.push(...(koffi.decode(buffer, recordStruct, count) as SimRecord[]))
    if (count < recordsMax) return found
  }
}
