import type { EventEmitter } from 'node:events'
import type { HotkeyKeys } from './hotkey.ts'
import type { KeyMap } from './key-map.ts'

export type Role = 'keyboard' | 'mouse'

/** What a consumer of nodes can take: native/core/profile.h. */
export type Profile = 'input-linux' | 'windows-virtio' | 'host'

/**
 * Who reads the devices while the host is active: the host itself (`release`), or we for nodes of ours that
 * the host reads (`proxy`).
 */
export type HostMode = 'release' | 'proxy'

/** The keys a consumer toggles its own grab by, in QEMU's words (GrabToggleKeys), or `none`. */
export type GrabToggle =
  | 'ctrl-ctrl'
  | 'alt-alt'
  | 'shift-shift'
  | 'meta-meta'
  | 'scrolllock'
  | 'ctrl-scrolllock'
  | 'none'

export interface EngineOptions {
  /** Default: 'release'. */
  readonly hostMode?: HostMode
  /** SCHED_FIFO priority of the engine's thread, 1 to 98, or 0 for ordinary scheduling. Default: 0. */
  readonly realtimePriority?: number
  /** Keep the engine's own memory in RAM. Default: true. */
  readonly lockMemory?: boolean
  /** How often an active guest is asked whether it still consumes its nodes. Default: 500. */
  readonly presenceMs?: number
  /** An engine thread that is silent for so long ends the process. Default: 5,000. */
  readonly watchdogMs?: number
}

/** What an evdev node says about itself (EVIOCGNAME, EVIOCGID, EVIOCGBIT). */
export interface SourceInfo {
  /** As the device gives it: not safe to print, see src/devices/sanitize.ts. */
  readonly name: string
  /** Minor number of the node. */
  readonly minor: number
  readonly bus: number
  readonly vendor: number
  readonly product: number
  readonly version: number
  readonly keys: boolean
  readonly buttons: boolean
  readonly motion: boolean
  /** The kernel repeats held keys. */
  readonly repeats: boolean
  readonly leds: boolean
  readonly hiResWheel: boolean
  /** Could not be opened for writing: keys cannot be released on it, LEDs not set. */
  readonly readOnly: boolean
}

/** A device that was opened to be read. Events name it by this object. */
export interface Source {
  readonly path: string
  readonly info: SourceInfo
  /** Closes it, unless it was handed over to the engine. */
  close(): void
}

export interface SourceOptions {
  /** Keep scancodes (EV_MSC); the kernel filters them otherwise. Default: false. */
  readonly scancodes?: boolean
  /** Keep all events, also those that no target is sent, for the tap. Default: false. */
  readonly everything?: boolean
  /** Which rules of the map are for it: an index of `KeyMap.classes`. Default: 0. */
  readonly mapClass?: number
}

/** An absolute axis: struct input_absinfo. */
export interface Axis {
  /** Where it is now. */
  readonly value: number
  readonly minimum: number
  readonly maximum: number
  readonly fuzz: number
  readonly flat: number
  readonly resolution: number
}

/** What a device says about itself, untrusted. A set of codes has bit 2^code for each. */
export interface Description {
  /** Bytes as the device gives them, at most 79: not safe to print. */
  readonly name: Uint8Array
  readonly bus: number
  readonly vendor: number
  readonly product: number
  readonly version: number
  /** INPUT_PROP_*. */
  readonly properties: bigint
  /** EV_*. */
  readonly types: bigint
  readonly keys: bigint
  readonly relative: bigint
  readonly absolute: bigint
  readonly misc: bigint
  readonly switches: bigint
  readonly leds: bigint
  readonly sounds: bigint
  /** FF_*. */
  readonly forces: bigint
  /** By ABS_*: those of `absolute`. */
  readonly axes: ReadonlyMap<number, Axis>
}

export interface CloneOptions {
  /** What udev knows it by: see `cloneLinkName`. */
  readonly phys: string
  /**
   * `everything` for a reader of this machine. `virtio-input` for QEMU's virtio-input-host: no EV_MSC, which a
   * Linux guest would send back, and get again, for ever.
   */
  readonly profile: 'everything' | 'virtio-input'
  /** How long the node may take to become readable for us. Default: 5,000. */
  readonly timeoutMs?: number
}

/** Type, code and value of one event. */
export interface SinkEvent {
  readonly type: number
  readonly code: number
  readonly value: number
}

/** A uinput device of ours. Its node ends with the last duplicate of its descriptor. */
export interface OwnNode {
  /** '/dev/input/event12'. */
  readonly node: string
  /** Minor number of the node. */
  readonly minor: number
  /** False for an adopted one that is not what would be made now; it serves its consumers as before. */
  readonly isCurrent: boolean
  /**
   * The uinput descriptor: who keeps a duplicate of it keeps the node, whatever ends this process. Not to be
   * read any more once the node was handed over or closed.
   */
  readonly descriptor: number
  /** Writes a frame, without its SYN_REPORT, unless it was handed over. Throws 'unexpected'. */
  write(events: readonly SinkEvent[]): void
  /** What is lit on it, bit = LED_*, unless it was handed over. Throws 'unexpected'. */
  lamps(): number
  /** Closes it, unless it was handed over to the engine. */
  close(): void
}

/** A node like another device. */
export type CloneSink = OwnNode

/** A clone that a target has. */
export interface Clone {
  readonly target: string
  readonly node: string
}

export interface SinkOptions {
  /** What the node calls itself, at most 79 bytes. */
  readonly name: string
  /** What udev knows it by: see `nodeLinkName`. */
  readonly phys: string
  readonly role: Role
  /** Default: 'input-linux'. */
  readonly profile?: Profile
  /** How long the node may take to become readable for us. Default: 5,000. */
  readonly timeoutMs?: number
}

/** A keyboard's or mouse's node. */
export interface Sink extends OwnNode {
  readonly role: Role
}

/** What a target is told anew: both, as `TargetOptions` has them. */
export interface TargetChanges {
  readonly repeat: boolean
  readonly grabToggle: GrabToggle
}

export interface AddSourceOptions {
  readonly clones?: readonly Clone[] | undefined
  /**
   * The target that gets its frames whatever is active; it is grabbed while somebody consumes that. The host: it is
   * never grabbed. Its keys count for hotkeys; rules of a map and motion rates do not hold for it.
   */
  readonly pin?: string | undefined
}

export interface TargetOptions {
  /** `host` gives the host its nodes for the proxy mode. */
  readonly name: string
  readonly keyboard?: Sink
  readonly mouse?: Sink
  /** Default: 'input-linux', and 'host' for the host. */
  readonly profile?: Profile
  /** Whether the sources' own repeats are passed on. Default: true for guests, false for the host. */
  readonly repeat?: boolean
  /** Default: 'ctrl-ctrl', and 'none' for the host. */
  readonly grabToggle?: GrabToggle
  /** Frames of motion a second at most; what comes more often is added up. Default: 0, all frames pass. */
  readonly maxRate?: number
  /** Whether it can be active while nobody consumes it; what nobody reads ends there. Default: false. */
  readonly swallows?: boolean
  /** Whether its frames go to another process, by `Engine.linkTarget`, and not to nodes. Default: false. */
  readonly isLinked?: boolean
}

export type HotkeyAction =
  | { readonly kind: 'next' }
  | { readonly kind: 'previous' }
  /** To the target, or back to the host when it is active already. */
  | { readonly kind: 'target'; readonly target: string }
  | { readonly kind: 'panic' }
  /**
   * Hotkeys do not switch any more, until it is pressed again; a panic, a command, and a consumer that goes end
   * that too.
   */
  | { readonly kind: 'lock' }
  /** The event `hook`, and nothing else. */
  | { readonly kind: 'hook'; readonly hook: Hook }

/** How the service knows what to do at a hotkey. */
export type Hook = number | string

export interface Hotkey {
  readonly keys: HotkeyKeys
  readonly action: HotkeyAction
}

/** Why the active target changed. */
export type SwitchReason =
  | 'command'
  | 'hotkey'
  | 'panic'
  /** Nobody consumes the guest's nodes any more. */
  | 'consumer-gone'
  | 'removed'
  | 'stop'
  /** The machine slept. */
  | 'resumed'

/** Every event carries its time: CLOCK_MONOTONIC in ns. Errors are errno names ('EBUSY'). */
interface At {
  readonly timeNs: bigint
}

export interface SwitchedEvent extends At {
  readonly target: string
  readonly previous: string
  readonly reason: SwitchReason
  /** From the kernel's stamp of the press that asked for it; undefined when no press did. */
  readonly latencyNs: number | undefined
}

/** A switch that could not be made; `active` stays. */
export interface RefusedEvent extends At {
  readonly target: string
  readonly active: string
  readonly reason: SwitchReason
  /** 'ENOTCONN': nobody consumes the target's nodes. */
  readonly error: string
}

export interface SourceEvent extends At {
  readonly source: Source
}

export interface SourceErrorEvent extends SourceEvent {
  readonly error: string
}

export interface UngrabbedEvent extends SourceEvent {
  /** Since routing changed. */
  readonly durationNs: number
}

export interface ConsumerEvent extends At {
  readonly target: string
  readonly role: Role | 'clone'
  /** Tells the nodes of a target apart. */
  readonly sink: number
  /** It came, or it went. */
  readonly present: boolean
}

export interface TargetEvent extends At {
  readonly target: string
}

export interface LockedEvent extends At {
  /** Hotkeys do not switch. */
  readonly locked: boolean
}

export interface HookEvent extends At {
  readonly hook: Hook
  /** The active one. */
  readonly target: string
}

export interface LostEvent extends At {
  /** How many events did not fit into the ring: what they told is not known. */
  readonly count: number
}

export interface ErrorEvent extends At {
  readonly error: string
}

/** A copy of one input event, for identify and monitor. Never to be logged. */
export interface TapEvent {
  readonly source: Source
  readonly kernelNs: bigint
  readonly readNs: bigint
  readonly type: number
  readonly code: number
  readonly value: number
}

export interface EngineEvents {
  switched: [SwitchedEvent]
  refused: [RefusedEvent]
  /** The device was unplugged; the source is closed. */
  'source-gone': [SourceErrorEvent]
  grabbed: [SourceEvent]
  ungrabbed: [UngrabbedEvent]
  'grab-failed': [SourceErrorEvent]
  consumer: [ConsumerEvent]
  /** The device's buffer overran and its keys were read anew. */
  resync: [SourceEvent]
  panic: [At]
  locked: [LockedEvent]
  hook: [HookEvent]
  /** The machine slept: the host is active, nothing is pressed anywhere, and every device was read anew. */
  resumed: [At]
  /** Nobody is at the other end of the target's link any more. */
  unlinked: [TargetEvent]
  lost: [LostEvent]
  'no-realtime': [ErrorEvent]
  'no-memory-lock': [ErrorEvent]
  /** Input devices of the machine came, went or changed: look at /sys. */
  devices: [At]
  /** `devices` never comes, because uevents cannot be had. */
  'no-hotplug': [ErrorEvent]
  /** All grabs are gone. */
  stopped: [At]
  tap: [readonly TapEvent[]]
}

export type SwitchOutcome = 'switched' | 'not-consumed'

export type RepairOutcome = 'repaired' | 'not-consumed'

/** Durations in ns, known within 1/32; undefined where nothing was recorded. */
export interface Latency {
  readonly count: number
  readonly meanNs: number | undefined
  readonly p50Ns: number | undefined
  readonly p99Ns: number | undefined
  readonly p999Ns: number | undefined
  readonly maxNs: number | undefined
}

/** Counters since the start; what each counts is said at struct evs_stats in evswitch.h. */
export interface EngineStats {
  readonly framesIn: number
  readonly eventsIn: number
  readonly framesOut: number
  readonly eventsOut: number
  readonly writes: number
  readonly writeErrors: number
  readonly wakeups: number
  readonly drops: number
  readonly resyncs: number
  readonly switches: number
  readonly refusals: number
  readonly panics: number
  readonly muted: number
  readonly unconsumed: number
  readonly grabRaces: number
  readonly eventsLost: number
  readonly tapLost: number
  readonly activeTarget: string
  readonly sources: number
  readonly grabbed: number
  readonly engineTid: number
  /** SCHED_FIFO priority in force, 0 = none. */
  readonly realtimePriority: number
  readonly latency: {
    /** Kernel stamp of a frame to its write done. */
    readonly mouse: Latency
    readonly key: Latency
    /** Kernel stamp of the completing press to routing changed. */
    readonly switch: Latency
    /** Routing changed to the last device given back. */
    readonly ungrab: Latency
  }
}

/**
 * The data plane, as the service sees it: create, `start`, commands, `stop`. Commands keep their order; each
 * promise settles when the engine's thread has done it. An event comes before the promise of the command that
 * caused it settles. All failures are EvswitchErrors that name the object and the remedy.
 */
export interface Engine extends AsyncDisposable {
  readonly events: EventEmitter<EngineEvents>

  /** Begins to run. Throws 'unexpected' where threads cannot be made. */
  start(): void

  /**
   * Opens an evdev node and grabs nothing. Throws 'no-permission', 'device-gone' (no such node, or it went
   * away meanwhile), 'unsuitable-device' (not an evdev node).
   */
  openSource(path: string, options?: SourceOptions): Source

  /**
   * Makes a uinput device and waits until its node is there. Rejects with 'not-installed' (no uinput),
   * 'no-permission', 'unexpected'.
   */
  createSink(options: SinkOptions): Promise<Sink>

  /**
   * Takes over a node that an earlier process made with these options, by a duplicate of its descriptor: what it had
   * pressed goes up first. The descriptor is the sink's on success and stays the caller's otherwise. Rejects
   * with 'unsuitable-device' (no node, or another one), 'device-gone' (destroyed), and as `createSink`.
   */
  adoptSink(descriptor: number, options: SinkOptions): Promise<Sink>
  /** The same for a clone. */
  adoptClone(
    descriptor: number,
    description: Description,
    options: CloneOptions,
  ): Promise<CloneSink>

  /** What the device says about itself now. Throws 'device-gone'. The source must not be handed over yet. */
  describe(source: Source): Description

  /**
   * Makes a uinput device like the described one; what it cannot carry stands at evs_sink_clone in evswitch.h.
   * Rejects as `createSink`, and with 'unsuitable-device' where the kernel refuses to make such a device.
   */
  createClone(description: Description, options: CloneOptions): Promise<CloneSink>

  /** Gives a guest a clone; hands the sink over, whatever the result. Rejects with 'unknown-target'. */
  addClone(target: string, sink: CloneSink): Promise<Clone>

  /** Takes a clone that no source feeds any more away, and its node with it. */
  removeClone(clone: Clone): Promise<void>

  /**
   * Hands a source over, whatever the result. Its grab follows the active target at once. With `clones`, at most
   * one a target, its frames go to these and nowhere else, and on other targets it stays with the host.
   */
  addSource(source: Source, options?: readonly Clone[] | AddSourceOptions): Promise<void>

  /**
   * Pins a source to a target, or not any more: see `AddSourceOptions`. Rejects with 'unknown-target'. One that is
   * not read is left alone.
   */
  pinSource(source: Source, target: string | undefined): Promise<void>

  /** Releases what it holds, gives it back and closes it; settles when that is under way. */
  removeSource(source: Source): Promise<void>

  /** Hands the sinks over, whatever the result. */
  addTarget(options: TargetOptions): Promise<void>

  /**
   * Gives a target that is linked (`TargetOptions.isLinked`) a connected Unix stream socket: its frames go there from
   * now on. What goes over it is said in native/io/link.h. The descriptor stays the caller's, and may be closed at once.
   * `unlinked` tells when the other side has gone. Rejects with 'unknown-target' and 'unexpected'.
   */
  linkTarget(name: string, descriptor: number): Promise<void>

  /**
   * Takes a guest away with its nodes and clones; while it is active the host becomes so. Hotkeys that lead to it
   * are no more. Rejects with 'unknown-target', and with 'usage' while a source is pinned to it.
   */
  removeTarget(name: string): Promise<void>

  /** Changes what can be changed under a consumer. Rejects with 'unknown-target'. */
  updateTarget(name: string, changes: TargetChanges): Promise<void>

  /**
   * For a consumer that lost the release of a key: everything on the target's nodes goes up, then modifiers and the
   * last eight keys are pressed and released, ten of them a second, while nobody holds a key there. Rejects with
   * 'unknown-target', and with 'device-busy' when somebody does for 20 s.
   */
  repairTarget(name: string): Promise<RepairOutcome>

  /** Lights Scroll Lock on grabbed keyboards while a guest is active. */
  setIndicator(on: boolean): Promise<void>

  /** Replaces all hotkeys. Rejects with 'bad-hotkey' and 'unknown-target'. */
  setHotkeys(hotkeys: readonly Hotkey[]): Promise<void>

  /**
   * Replaces the map, between two frames: keys that are held are released as they were pressed, macros end.
   * `classOf` tells the class of each source that is read. Rejects with 'unknown-target', and with 'bad-config' for a
   * map that the engine has no room for.
   */
  setMap(map: KeyMap, classOf: (source: Source) => number): Promise<void>

  /** Makes a target active; rejects with 'unknown-target'. A target that nobody consumes is an outcome. */
  switchTo(target: string): Promise<SwitchOutcome>

  /** Makes the next target active that can be, or the one before. */
  switchBy(direction: 'next' | 'previous'): Promise<SwitchOutcome>

  /** What the panic chord does. */
  panic(): Promise<void>

  /** Asks for the consumers now; changes come as events. */
  askPresence(): Promise<void>

  /** Copies of all input events, as the event `tap`. */
  setTap(on: boolean): Promise<void>

  stats(): EngineStats

  /**
   * Host active, everything released and ungrabbed, all nodes gone. Idempotent; settles when the engine is
   * no more. Commands under way are rejected with 'not-running'.
   */
  stop(): Promise<void>
}
