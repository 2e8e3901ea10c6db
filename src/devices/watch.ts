import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { accessTo } from './describe.ts'
import { DescriptionMemory } from './description-memory.ts'
import type { Device } from './device.ts'
import { type DeviceList, listDevices } from './list.ts'
import { sysLink } from './sys-link.ts'
import { recordStamp, udevIsBehind, udevRuns } from './udev-database.ts'

export type DeviceChange =
  /**
   * A device is there and may be opened, among all that are there. Devices present at the start arrive like any
   * other. One that had to arrive without udev's word arrives once more when that has come and says something else.
   */
  | { readonly kind: 'arrival'; readonly device: Device; readonly among: readonly Device[] }
  /** A device that had arrived is gone; the object is the one of its arrival. */
  | { readonly kind: 'departure'; readonly device: Device }
  /** A node is there but cannot be used yet; said once for each reason, an arrival follows when it can. */
  | { readonly kind: 'waiting'; readonly node: string; readonly reason: string }
  /** Everything that was there at the start has been said; comes once. */
  | { readonly kind: 'listed' }

export interface WatchOptions {
  /** Ends the watch; the generator then returns, it does not throw. */
  readonly signal: AbortSignal
  /** Stands before /dev, /sys and /run. */
  readonly root?: string
  /**
   * How long udev may take for its record of a node before the device arrives without. Default: 3,000. While
   * udev says that it is behind with its work, ten times as long: a busy machine, or one that boots.
   */
  readonly udevTimeoutMs?: number
  /** How often to look although nothing was heard, as a net below the watch. Default: 10,000. */
  readonly rescanMs?: number
  /** Shared with others that list devices. */
  readonly memory?: DescriptionMemory
  /** Who says when to look. Default: a watch on the directory, which everybody who reads devices pays for. */
  readonly ear?: Ear
}

/** Hears that devices may have come, gone or changed. */
export interface Ear {
  /** Called before each look: `ring` is to be called at every sound. Returns whether it can hear now. */
  listen(ring: () => void): boolean
  close(): void
}

const inputDirectory = '/dev/input'
/** Pauses between looks at one waiting node: soon at first, because udev is done within milliseconds; then slower. */
const firstRetryMs = 4
const slowestRetryMs = 1000
/** A node that cannot be used for longer is mentioned. */
const mentionAfterMs = 100
/** A burst (a hub, an attached dock) is looked at together. */
const gatherMs = 4
/** Without a watch on the directory (inotify's limits) it is read as often as this. */
const blindRescanMs = 500
/** More nodes than the kernel has minor numbers for. */
const mostNodes = 1024

/**
 * Says which devices come and go, from now until the signal: what is there, then every change, without end.
 *
 * A device arrives when its node may be opened for reading and udev (where it runs) has said what it is; the
 * permission that udev or a person gives later is seen as it changes. A node that has to wait delays no other.
 * Between two looks at the generator, changes are joined: a device that came and went is not mentioned, and
 * one that was unplugged and plugged in again departs and arrives.
 */
export async function* deviceChanges(options: WatchOptions): AsyncGenerator<DeviceChange, void> {
  const { signal, root = '/', rescanMs = 10_000, udevTimeoutMs = 3000 } = options
  const bell = new Bell(signal)
  const ear = options.ear ?? new DirectoryEar(root)
  const { memory = new DescriptionMemory(root) } = options
  const tracker = new DeviceTracker(root, memory, udevTimeoutMs)
  let heard = true
  let listed = false
  try {
    while (!signal.aborted) {
      const hears = ear.listen(() => bell.ring())
      for (const change of tracker.look(heard)) {
        yield change
        if (signal.aborted) return
      }
      if (!listed) yield { kind: 'listed' }
      listed = true
      const patienceMs = Math.min(hears ? rescanMs : blindRescanMs, tracker.nextLookInMs())
      heard = await bell.wait(patienceMs)
      await bell.pause(gatherMs)
    }
  } finally {
    ear.close()
    bell.close()
  }
}

/** A node seen in the directory; `inputName` tells a new device under an old event number. */
interface Seen {
  readonly inputName: string
  readonly sinceMs: number
  readonly told: Set<string>
  retryMs: number
  nextLookMs: number
  device: Device | undefined
  /** What udev had said when it arrived. */
  record: string | undefined
}

/** Compares what is there with what was there at the last look. */
class DeviceTracker {
  readonly #root: string
  readonly #memory: DescriptionMemory
  readonly #udevTimeoutMs: number
  readonly #nodes = new Map<string, Seen>()
  /** udev's record of the device that had an event number before: it says nothing about the next one. */
  readonly #oldRecords = new Map<string, string>()

  constructor(root: string, memory: DescriptionMemory, udevTimeoutMs: number) {
    this.#root = root
    this.#memory = memory
    this.#udevTimeoutMs = udevTimeoutMs
  }

  /** What has changed. Waiting nodes are looked at when their time has come, or all when `heard`. */
  look(heard: boolean): DeviceChange[] {
    const now = performance.now()
    const present = presentNodes(this.#root)
    const departures = this.#forgetAbsent(present)
    for (const [eventName, inputName] of present) {
      if (this.#nodes.has(eventName)) continue
      const seen = { inputName, sinceMs: now, retryMs: firstRetryMs, nextLookMs: now }
      const unknown = { device: undefined, record: undefined }
      this.#nodes.set(eventName, { ...seen, told: new Set(), ...unknown })
    }
    const due = this.#waiting().filter(([, seen]) => heard || seen.nextLookMs <= now)
    return [...departures, ...this.#corrections(now), ...this.#examine(due, now)]
  }

  /** Milliseconds until the next waiting node wants to be looked at; infinite when none waits. */
  nextLookInMs(): number {
    const looked = [...this.#waiting(), ...this.#unrecorded()]
    return Math.min(...looked.map(([, seen]) => seen.nextLookMs)) - performance.now()
  }

  #waiting(): [string, Seen][] {
    return [...this.#nodes].filter(([, seen]) => seen.device === undefined)
  }

  /** Devices that arrived although udev, which runs, had said nothing of them. */
  #unrecorded(): [string, Seen][] {
    return [...this.#nodes].filter(
      ([, { device, record }]) =>
        device !== undefined && record === undefined && udevRuns(this.#root),
    )
  }

  /** Devices of which udev has said something else since they arrived: by that they are known under another name. */
  #corrections(now: number): DeviceChange[] {
    for (const [, seen] of this.#unrecorded()) seen.nextLookMs = now + slowestRetryMs
    const changed = [...this.#nodes.values()].filter((seen) => {
      if (seen.device === undefined) return false
      const record = recordStamp(seen.device.deviceNumber, this.#root)
      return record !== undefined && record !== seen.record
    })
    if (changed.length === 0) return []
    const { devices } = listOrNothing(this.#root, this.#memory)
    return changed.flatMap((seen): DeviceChange[] => {
      const device = devices.find(({ sysPath }) => sysPath === seen.device?.sysPath)
      if (device === undefined) return []
      seen.record = this.#memory.recordOf(device.eventName)
      if (device.identity === seen.device?.identity) return []
      seen.device = device
      return [{ kind: 'arrival', device, among: devices }]
    })
  }

  #forgetAbsent(present: ReadonlyMap<string, string>): DeviceChange[] {
    const departures: DeviceChange[] = []
    for (const [eventName, { inputName, device }] of this.#nodes) {
      if (present.get(eventName) === inputName) continue
      this.#nodes.delete(eventName)
      if (device === undefined) continue
      departures.push({ kind: 'departure', device })
      const record = recordStamp(device.deviceNumber, this.#root)
      if (record !== undefined) this.#oldRecords.set(eventName, record)
    }
    return departures
  }

  #examine(due: readonly [string, Seen][], now: number): DeviceChange[] {
    const readable = due.filter(([name]) => isReadable(`${inputDirectory}/${name}`, this.#root))
    const list = readable.length > 0 ? listOrNothing(this.#root, this.#memory) : nothing
    const udev = readable.length > 0 && udevRuns(this.#root)
    const udevTimeoutMs = this.#udevTimeoutMs * (udev && udevIsBehind(this.#root) ? 10 : 1)
    const changes: DeviceChange[] = []
    for (const [eventName, seen] of due) {
      const node = `${inputDirectory}/${eventName}`
      const device = list.devices.find((candidate) => candidate.node === node)
      const reason = !isReadable(node, this.#root)
        ? 'no permission'
        : device?.inputName !== seen.inputName
          ? (list.skipped.find((skip) => skip.node === node)?.reason ?? 'not described yet')
          : undefined
      const udevIsBusy = udev && now - seen.sinceMs < udevTimeoutMs
      if (
        device !== undefined &&
        reason === undefined &&
        !(udevIsBusy && this.#recordOf(eventName) === undefined)
      ) {
        seen.device = device
        seen.record = this.#recordOf(eventName)
        this.#oldRecords.delete(eventName)
        changes.push({ kind: 'arrival', device, among: list.devices })
        continue
      }
      seen.nextLookMs = now + seen.retryMs
      seen.retryMs = Math.min(seen.retryMs * 1.5, slowestRetryMs)
      // For an instant every new node is without permission and description; what lasts is worth saying.
      const lasts = now - seen.sinceMs > mentionAfterMs
      if (reason === undefined || !lasts || seen.told.has(reason)) continue
      seen.told.add(reason)
      changes.push({ kind: 'waiting', node, reason })
    }
    return changes
  }

  /** udev's record that the device was described by, unless it is of the device before it. */
  #recordOf(eventName: string): string | undefined {
    const stamp = this.#memory.recordOf(eventName)
    return stamp === this.#oldRecords.get(eventName) ? undefined : stamp
  }
}

const nothing: DeviceList = { devices: [], skipped: [] }

function listOrNothing(root: string, memory: DescriptionMemory): DeviceList {
  try {
    return listDevices(root, memory)
  } catch {
    return nothing
  }
}

function isReadable(node: string, root: string): boolean {
  return accessTo(node, root) !== 'none'
}

/** The evdev nodes in /dev/input and the input device behind each: 'event3' → 'input7'. */
function presentNodes(root: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const name of directoryNames(join(root, inputDirectory))) {
    if (found.size >= mostNodes) break
    if (/^event\d{1,6}$/.test(name)) found.set(name, inputBehind(name, root))
  }
  return found
}

function directoryNames(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

/** The kernel counts input devices up and never back, so the number is a device's own while it lives. */
function inputBehind(eventName: string, root: string): string {
  return basename(dirname(sysLink(eventName, root) ?? ''))
}

/**
 * Listens to /dev/input, or to /dev while there is none; both are re-created at will by the kernel. While it
 * does, the kernel takes longer for every read of every node there (native/io/hotplug.h).
 */
class DirectoryEar implements Ear {
  readonly #root: string
  #watcher: FSWatcher | undefined
  #watched = ''

  constructor(root: string) {
    this.#root = root
  }

  /** Makes sure that the right directory is listened to; false when that is impossible. */
  listen(ring: () => void): boolean {
    const wanted = [inputDirectory, '/dev'].map((path) => join(this.#root, path)).find(isDirectory)
    const mark = wanted === undefined ? '' : `${wanted} ${inode(wanted)}`
    if (this.#watcher !== undefined && mark === this.#watched) return true
    this.close()
    if (wanted === undefined) return false
    try {
      this.#watcher = watch(wanted, { persistent: true }, ring)
      this.#watcher.on('error', () => {
        this.close()
        ring()
      })
      this.#watched = mark
      return true
    } catch {
      this.#watcher = undefined
      return false
    }
  }

  close(): void {
    this.#watcher?.close()
    this.#watcher = undefined
    this.#watched = ''
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

function inode(path: string): number {
  try {
    return statSync(path).ino
  } catch {
    return 0
  }
}

/** One waiting place: rung by the watch, by time, or by the end. A ring that nobody waits for is kept. */
class Bell {
  readonly #signal: AbortSignal
  readonly #onAbort = () => this.ring()
  #rung = false
  #wake: (() => void) | undefined

  constructor(signal: AbortSignal) {
    this.#signal = signal
    signal.addEventListener('abort', this.#onAbort)
  }

  ring(): void {
    this.#rung = true
    this.#wake?.()
  }

  /** Waits until rung, but no longer than `ms`; returns whether it rang. */
  async wait(ms: number): Promise<boolean> {
    if (!this.#rung && !this.#signal.aborted) await this.#sleep(ms)
    return this.#rung
  }

  /** Lets a burst end: waits `ms` and forgets the rings until then. */
  async pause(ms: number): Promise<void> {
    if (!this.#signal.aborted) await new Promise((resolve) => setTimeout(resolve, ms))
    this.#rung = false
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort)
  }

  async #sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, ms))
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = undefined
  }
}
