import { setTimeout as sleep } from 'node:timers/promises'
import { codes } from '../engine/code-table.ts'
import { codesOf } from '../engine/description.ts'
import type { Axis, CloneSink, Description, Engine } from '../engine/types.ts'
import { EvswitchError } from '../errors.ts'
import type { RecordedDevice, RecordingEntry } from './recording.ts'
import { readRecording } from './recording-file.ts'

/** More devices than that are no bug report. */
const mostDevices = 64

/** One timer is not set for longer: Node has none for years. */
const longestSleepMs = 60_000

/** What comes from programs, not from the device: nobody plays it. */
const output = new Set<number>([codes.EV_LED, codes.EV_SND, codes.EV_REP, codes.EV_FF])

/** A device that was made for a recording. */
export interface PlayedClone {
  readonly name: string
  /** '/dev/input/event12'. */
  readonly node: string
}

/** Makes the devices of a recording by uinput and plays what they sent, with its pauses. */
export class RecordingPlayer implements AsyncDisposable {
  readonly #engine: Engine
  /** In the order of their lines. */
  readonly #sinks: CloneSink[] = []

  /** @param engine a new one, not started: it is the player's from here on */
  constructor(engine: Engine) {
    this.#engine = engine
  }

  /**
   * Makes all devices, after a look at the whole file. Throws what `readRecording` and `Engine.createClone` throw,
   * and 'bad-recording' for a device that is not described well enough.
   */
  async create(path: string): Promise<readonly PlayedClone[]> {
    const devices: RecordedDevice[] = []
    for (const entry of readRecording(path)) {
      if (entry.kind === 'device') devices.push(entry.device)
      if (devices.length > mostDevices) throw unplayable(`it has more than ${mostDevices} devices`)
    }
    const made: PlayedClone[] = []
    for (const [index, device] of devices.entries()) {
      const phys = `evswitch-replay/${index + 1}`
      const sink = await this.#engine.createClone(descriptionOf(device), {
        phys,
        profile: 'everything',
      })
      this.#sinks.push(sink)
      made.push({ name: device.name, node: sink.node })
    }
    return made
  }

  /** Plays to the end or until the signal, whose reason it throws then. Each entry is shown when it is played. */
  async play(
    path: string,
    show: (entry: RecordingEntry) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const startMs = performance.now()
    const sinks = new Map<number, CloneSink>()
    let next = 0
    for (const entry of readRecording(path)) {
      if (entry.kind === 'frame') await until(startMs + entry.frame.timeUs / 1000, signal)
      if (entry.kind === 'departure') await until(startMs + entry.timeUs / 1000, signal)
      if (entry.kind === 'device') {
        const sink = this.#sinks[next++]
        if (sink !== undefined) sinks.set(entry.device.device, sink)
      } else if (entry.kind === 'frame') {
        const { device, events } = entry.frame
        sinks.get(device)?.write(events.filter(({ type }) => !output.has(type)))
      } else if (entry.kind === 'departure') {
        sinks.get(entry.device)?.close()
        sinks.delete(entry.device)
      }
      show(entry)
    }
  }

  /** All devices go. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const sink of this.#sinks) sink.close()
    await this.#engine.stop()
  }
}

async function until(timeMs: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted()
    const restMs = timeMs - performance.now()
    if (restMs <= 0) return
    await sleep(Math.min(restMs, longestSleepMs), undefined, { signal })
  }
}

/** Throws 'bad-recording' for a device whose axes have no ranges, or that has codes beyond all there are. */
function descriptionOf(device: RecordedDevice): Description {
  const { id, capabilities, axes = {} } = device
  const number = (text: string) => Number.parseInt(text, 16)
  const set = (text: string, bits: number) => {
    const codesSet = text
      .trim()
      .split(/\s+/)
      .reduce((value, word) => (value << 64n) | BigInt(`0x${word}`), 0n)
    if (codesSet >> BigInt(bits) !== 0n)
      throw unplayable(`"${device.name}" has codes that do not exist`)
    return codesSet
  }
  const absolute = set(capabilities.abs, 64)
  return {
    name: Buffer.from(device.name).subarray(0, 79),
    bus: number(id.bus),
    vendor: number(id.vendor),
    product: number(id.product),
    version: number(id.version),
    properties: set(device.properties, 32),
    types: set(capabilities.ev, 32),
    keys: set(capabilities.key, 768),
    relative: set(capabilities.rel, 16),
    absolute,
    misc: set(capabilities.msc, 8),
    switches: set(capabilities.sw, 17),
    leds: set(capabilities.led, 16),
    sounds: set(capabilities.snd, 8),
    forces: set(capabilities.ff, 128),
    axes: new Map(codesOf(absolute).map((code) => [code, axisOf(device, axes[code])])),
  }
}

function axisOf(device: RecordedDevice, range: readonly number[] | undefined): Axis {
  const [minimum, maximum, fuzz, flat, resolution] = range ?? []
  if (
    minimum === undefined ||
    maximum === undefined ||
    fuzz === undefined ||
    flat === undefined ||
    resolution === undefined
  ) {
    throw unplayable(
      `the axes of "${device.name}" have no ranges: it was recorded by an older evswitch`,
    )
  }
  return {
    value: Math.min(maximum, Math.max(minimum, 0)),
    minimum,
    maximum,
    fuzz,
    flat,
    resolution,
  }
}

function unplayable(reason: string): EvswitchError {
  return new EvswitchError('bad-recording', `the recording cannot be played: ${reason}`)
}
