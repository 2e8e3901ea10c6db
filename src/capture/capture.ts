import type { Device, SkippedNode } from '../devices/device.ts'
import { engineEar } from '../devices/engine-ear.ts'
import { listDevices } from '../devices/list.ts'
import { deviceChanges } from '../devices/watch.ts'
import type { HotkeyKeys } from '../engine/hotkey.ts'
import type { Description, Engine, Source, SourceErrorEvent, TapEvent } from '../engine/types.ts'
import { EvswitchError, messageOf } from '../errors.ts'
import { limits } from '../native/abi.ts'
import { type Frame, FrameAssembler } from './frames.ts'

/** What a capture tells. Frames carry keystrokes: they go to the person who asked, never to a log. */
export interface CaptureListener {
  frame(device: Device, frame: Frame): void
  /** A device is being watched; those that are there at the start come first. */
  arrived?(device: Device, description: Description): void
  departed?(device: Device): void
  /** A grab was asked for and cannot be had, with the errno: everybody else goes on to read the device. */
  notGrabbed?(device: Device, error: string): void
  /** Everything was given back, because a chord was pressed. */
  released?(): void
}

export interface CaptureOptions {
  /** A new engine, not started: it is the capture's from here on. */
  readonly engine: Engine
  readonly listener: CaptureListener
  /** Which devices to watch; asked about each one that is there and each one that comes. Default: all. */
  readonly wants?: (device: Device) => boolean
  /** Stands before /dev, /sys and /run. */
  readonly root?: string
}

export interface LeftDevice {
  readonly device: Device
  readonly error: EvswitchError
}

/** What a capture has found at its start. */
export interface CaptureStart {
  readonly watched: readonly Device[]
  /** Devices that are wanted and cannot be watched, with the reason. */
  readonly left: readonly LeftDevice[]
  /** Nodes of which nothing is known. */
  readonly skipped: readonly SkippedNode[]
}

/** The target that takes everything and passes nothing on. */
const swallowing = 'nobody'

/**
 * Watches devices without taking them, unless `grab` is called: an engine that has no target but the host never
 * grabs, and its tap gives copies of what every program can read.
 */
export class Capture {
  readonly #engine: Engine
  readonly #listener: CaptureListener
  readonly #wants: (device: Device) => boolean
  readonly #root: string
  readonly #watched = new Map<Source, { device: Device; frames: FrameAssembler }>()
  /** By /sys path, which belongs to one device for as long as the machine runs: watched, or refused. */
  readonly #known = new Set<string>()
  readonly #end = new AbortController()
  /** While devices are grabbed the engine presses on them again what is held; nobody did that. */
  #grabbing = false
  #grabbedNs = 0n
  #following: Promise<void> | undefined

  constructor({ engine, listener, wants = () => true, root = '/' }: CaptureOptions) {
    this.#engine = engine
    this.#listener = listener
    this.#wants = wants
    this.#root = root
  }

  /**
   * Begins. Throws 'no-permission' when not one device may be read, and 'not-configured' when there is none.
   * Whatever happened, `stop` is to be called.
   */
  async start(): Promise<CaptureStart> {
    const engine = this.#engine
    const ear = engineEar(engine)
    engine.events.on('tap', (events) => this.#tapped(events))
    engine.events.on('source-gone', (event) => this.#departed(event))
    engine.events.on('grab-failed', ({ source, error }) => {
      const watched = this.#watched.get(source)
      if (watched !== undefined) this.#listener.notGrabbed?.(watched.device, error)
    })
    engine.events.on('panic', () => this.#listener.released?.())
    engine.start()
    await engine.setTap(true)
    const list = listDevices(this.#root)
    const left: LeftDevice[] = []
    for (const device of likelyFirst(list.devices.filter(this.#wants))) {
      const error = await this.#watch(device)
      if (error !== undefined) left.push({ device, error })
    }
    const watched = [...this.#watched.values()].map(({ device }) => device)
    checkWorthwhile(watched, left)
    this.#following = this.#follow(ear)
    return { watched, left, skipped: list.skipped }
  }

  /**
   * Takes everything that is watched, and what comes, until `stop` or one of the chords, which the engine itself
   * looks for: nothing of it reaches any other program. Throws 'no-permission' for a device that may be read and
   * not written: a key that is held now would stay down for the others.
   */
  async grab(chords: readonly HotkeyKeys[]): Promise<void> {
    const engine = this.#engine
    for (const source of this.#watched.keys()) if (source.info.readOnly) throw readOnly(source)
    await engine.addTarget({ name: swallowing, swallows: true })
    await engine.setHotkeys(chords.map((keys) => ({ keys, action: { kind: 'panic' } })))
    this.#grabbing = true
    await engine.switchTo(swallowing)
    this.#grabbedNs = process.hrtime.bigint()
    this.#grabbing = false
  }

  /** Events that were lost, because this process was slower than the devices. */
  get lostEvents(): number {
    return this.#engine.stats().tapLost
  }

  /** Settles when nothing is watched any more. Idempotent. */
  async stop(): Promise<void> {
    this.#end.abort()
    await this.#following?.catch(() => {})
    await this.#engine.stop()
  }

  /** Watches a device; returns why it cannot be. */
  async #watch(device: Device): Promise<EvswitchError | undefined> {
    if (this.#watched.size >= limits.sources) return tooMany(device)
    this.#known.add(device.sysPath)
    let source: Source | undefined
    let description: Description
    try {
      source = this.#engine.openSource(device.node, { scancodes: true, everything: true })
      description = this.#engine.describe(source)
    } catch (error) {
      source?.close()
      return this.#notWatched(device, error)
    }
    this.#watched.set(source, { device, frames: new FrameAssembler() })
    // Before its first frame can come.
    this.#listener.arrived?.(device, description)
    try {
      await this.#engine.addSource(source)
      return undefined
    } catch (error) {
      if (this.#watched.delete(source)) this.#listener.departed?.(device)
      return this.#notWatched(device, error)
    }
  }

  /** It may be tried again when it arrives, as it does when its permissions have changed. */
  #notWatched({ sysPath }: Device, error: unknown): EvswitchError {
    this.#known.delete(sysPath)
    if (error instanceof EvswitchError) return error
    throw error
  }

  /** Watches devices that come, until the end. What cannot be watched then is left alone. */
  async #follow(ear: ReturnType<typeof engineEar>): Promise<void> {
    const { signal } = this.#end
    for await (const change of deviceChanges({ signal, ear, root: this.#root })) {
      if (change.kind === 'departure') this.#known.delete(change.device.sysPath)
      if (change.kind !== 'arrival') continue
      const { device } = change
      if (!this.#known.has(device.sysPath) && this.#wants(device)) await this.#watch(device)
    }
  }

  #tapped(events: readonly TapEvent[]): void {
    for (const event of events) {
      const watched = this.#watched.get(event.source)
      const frame = watched?.frames.push(event)
      if (watched === undefined || frame === undefined || this.#grabbing) continue
      if (frame.kernelNs > this.#grabbedNs) this.#listener.frame(watched.device, frame)
    }
  }

  #departed({ source }: SourceErrorEvent): void {
    const watched = this.#watched.get(source)
    if (watched === undefined) return
    this.#watched.delete(source)
    this.#known.delete(watched.device.sysPath)
    this.#listener.departed?.(watched.device)
  }
}

const sought = new Set(['keyboard', 'mouse', 'touchpad'])

/** Where there are more devices than can be watched, keyboards and mice are watched first. */
function likelyFirst(devices: readonly Device[]): Device[] {
  const rank = ({ kind, virtual }: Device) => (sought.has(kind) ? 0 : 2) + (virtual ? 1 : 0)
  return [...devices].sort((a, b) => rank(a) - rank(b))
}

function readOnly({ path }: Source): EvswitchError {
  return new EvswitchError('no-permission', `cannot take ${path}: it may only be read`, {
    remedy: 'run evswitch with sudo, or leave --grab out',
  })
}

function tooMany({ node }: Device): EvswitchError {
  return new EvswitchError(
    'unexpected',
    `${node} is not watched: ${limits.sources} devices are the most`,
    { remedy: 'name the devices that you want to see' },
  )
}

function checkWorthwhile(watched: readonly Device[], left: readonly LeftDevice[]): void {
  if (watched.length > 0) return
  const forbidden = left.find(({ error }) => error.code === 'no-permission')
  if (forbidden !== undefined) throw forbidden.error
  const [first] = left
  if (first !== undefined) throw first.error
  throw new EvswitchError('not-configured', 'there is no input device to watch', {
    remedy: 'plug a keyboard or mouse in; evswitch devices --all lists what there is',
  })
}

/** One line about a device that is not watched. */
export function leftText({ device, error }: LeftDevice): string {
  const [summary = ''] = messageOf(error).split('\n')
  return summary.includes(device.node) ? summary : `${device.node}: ${summary}`
}
