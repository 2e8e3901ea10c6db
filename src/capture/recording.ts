import { bitmapText, parseBitmap } from '../devices/bitmap.ts'
import type { Capabilities, Device } from '../devices/device.ts'
import { hex4 } from '../devices/identity.ts'
import { printable } from '../devices/sanitize.ts'
import type { Description } from '../engine/types.ts'
import { EvswitchError } from '../errors.ts'
import type { Frame, FrameEvent } from './frames.ts'
import { mostEvents } from './frames.ts'

/** The format is told in docs/recordings.md; a change of it raises the version. */
export const recordingVersion = 1

/** Limits of what is written and of what is believed when it is read. */
export const recordingLimits = {
  lineBytes: 64 * 1024,
  devices: 1024,
  fileBytes: 1024 ** 3,
} as const

/** A device as a recording describes it. All texts are safe to print. */
export interface RecordedDevice {
  /** Its number in this recording, from 0 on. */
  readonly device: number
  /** 'event3': what it was then. */
  readonly node: string
  readonly name: string
  readonly kind: string
  readonly id: {
    readonly bus: string
    readonly vendor: string
    readonly product: string
    readonly version: string
  }
  readonly phys: string
  readonly uniq: string
  /** Words of 64 bits, the highest first, as /sys writes them. */
  readonly properties: string
  readonly capabilities: Readonly<Record<CapabilityName, string>>
  /** By ABS_*; older recordings have none. */
  readonly axes?: Readonly<Record<string, RecordedAxis>>
}

/** Minimum, maximum, fuzz, flat, resolution. */
export type RecordedAxis = readonly [number, number, number, number, number]

/** A frame as it is recorded: times in µs, from the start of the recording. */
export interface RecordedFrame {
  readonly device: number
  /** When the kernel made it. */
  readonly timeUs: number
  /** How long it took until it was read. */
  readonly latencyUs: number
  readonly events: readonly FrameEvent[]
  readonly dropped: boolean
}

/** One line of a recording. */
export type RecordingEntry =
  | { readonly kind: 'header'; readonly kernel: string }
  | { readonly kind: 'device'; readonly device: RecordedDevice }
  | { readonly kind: 'frame'; readonly frame: RecordedFrame }
  | { readonly kind: 'departure'; readonly device: number; readonly timeUs: number }
  | { readonly kind: 'end'; readonly frames: number; readonly lostEvents: number }

const capabilityNames = ['ev', 'key', 'rel', 'abs', 'msc', 'sw', 'led', 'snd', 'ff'] as const
type CapabilityName = (typeof capabilityNames)[number]

/** The description of a device for a recording. */
export function recordedDevice(
  number: number,
  device: Device,
  description?: Description,
): RecordedDevice {
  const { eventName, name, kind, phys, uniq, capabilities } = device
  const bits = (of: keyof Capabilities) => bitmapText(capabilities[of], 64)
  return {
    device: number,
    node: eventName,
    name,
    kind,
    id: {
      bus: hex4(device.bus),
      vendor: hex4(device.vendor),
      product: hex4(device.product),
      version: hex4(device.version),
    },
    phys,
    uniq,
    properties: bits('properties'),
    capabilities: Object.fromEntries(
      capabilityNames.map((of) => [of, bits(of)]),
    ) as RecordedDevice['capabilities'],
    ...recordedAxes(description),
  }
}

function recordedAxes(description: Description | undefined): Pick<RecordedDevice, 'axes'> {
  if (description === undefined || description.axes.size === 0) return {}
  const axes = [...description.axes].map(([code, axis]) => {
    const { minimum, maximum, fuzz, flat, resolution } = axis
    return [String(code), [minimum, maximum, fuzz, flat, resolution]] as const
  })
  return { axes: Object.fromEntries(axes) as Record<string, RecordedAxis> }
}

/** A frame for a recording that began at `startNs` of CLOCK_MONOTONIC. */
export function recordedFrame(device: number, frame: Frame, startNs: bigint): RecordedFrame {
  const { kernelNs, readNs, events, dropped, cut } = frame
  return {
    device,
    timeUs: Math.max(0, Number((kernelNs - startNs) / 1000n)),
    latencyUs: Math.max(0, Number((readNs - kernelNs) / 1000n)),
    events,
    dropped: dropped || cut > 0,
  }
}

/** The line of an entry, without its end. */
export function recordingLine(entry: RecordingEntry): string {
  switch (entry.kind) {
    case 'header':
      return JSON.stringify({
        evswitch: 'recording',
        version: recordingVersion,
        kernel: entry.kernel,
      })
    case 'device':
      return JSON.stringify(entry.device)
    case 'frame': {
      const { device, timeUs, latencyUs, events, dropped } = entry.frame
      const numbers = events.map(({ type, code, value }) => [type, code, value])
      const frame = [device, timeUs, latencyUs, numbers]
      return JSON.stringify(dropped ? { frame, dropped } : { frame })
    }
    case 'departure':
      return JSON.stringify({ departure: [entry.device, entry.timeUs] })
    case 'end':
      return JSON.stringify({ end: { frames: entry.frames, lostEvents: entry.lostEvents } })
  }
}

/**
 * Reads a recording line by line and believes nothing: each line is checked against the format, its limits,
 * and the lines before it. Errors are 'bad-recording' and name the line.
 */
export class RecordingReader {
  readonly #name: string
  readonly #devices = new Set<number>()
  #line = 0
  #frames = 0
  #hasHeader = false
  #hasEnd = false

  /** `name` is what errors call the recording. */
  constructor(name: string) {
    this.#name = printable(name)
  }

  /** Takes the next line, without its end. */
  line(text: string): RecordingEntry {
    this.#line++
    const value = this.#parse(text)
    const entry = this.#entry(value)
    this.#checkOrder(entry)
    return entry
  }

  /** Passes over a line that is not to be looked at. */
  skip(): void {
    this.#line++
  }

  /** To be called after the last line. `rest` is what stands behind the last newline. */
  finish(rest = ''): void {
    if (!this.#hasHeader && rest === '') throw this.error('it is empty')
    if (rest !== '') {
      this.#line++
      throw this.error('it is cut short within this line')
    }
    if (!this.#hasEnd) throw this.error('it is cut short after this line: the end is missing')
  }

  /** An error at the line that was read last. */
  error(reason: string): EvswitchError {
    const place = `${this.#name}:${Math.max(1, this.#line)}`
    return new EvswitchError('bad-recording', `${place}: bad recording: ${reason}`, {
      remedy:
        'evswitch monitor --record FILE writes one; docs/recordings.md tells what stands in it',
    })
  }

  #parse(text: string): Record<string, unknown> {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      throw this.error('the line is not JSON')
    }
    if (!isObject(value)) throw this.error('the line is not an object')
    return value
  }

  #entry(value: Record<string, unknown>): RecordingEntry {
    if (!this.#hasHeader) return this.#header(value)
    if (this.#hasEnd) throw this.error('there is more behind the end')
    if ('frame' in value) return { kind: 'frame', frame: this.#frame(value) }
    if ('departure' in value) return this.#departure(value['departure'])
    if ('end' in value) return this.#end(value['end'])
    if ('device' in value) return { kind: 'device', device: this.#device(value) }
    throw this.error('the line is neither a device, a frame, a departure nor the end')
  }

  #header(value: Record<string, unknown>): RecordingEntry {
    if (value['evswitch'] !== 'recording') throw this.error('the first line does not say it is one')
    if (value['version'] !== recordingVersion) {
      throw this.error(`its version is not ${recordingVersion}, the one that is understood here`)
    }
    this.#hasHeader = true
    return { kind: 'header', kernel: this.#text(value, 'kernel') }
  }

  #device(value: Record<string, unknown>): RecordedDevice {
    const id = this.#object(value, 'id')
    const capabilities = this.#object(value, 'capabilities')
    const node = this.#text(value, 'node')
    if (!/^event\d{1,6}$/.test(node)) throw this.error('"node" is not the name of an event node')
    return {
      device: this.#integer(value['device'], 'device', 0, recordingLimits.devices - 1),
      node,
      name: this.#text(value, 'name'),
      kind: this.#text(value, 'kind'),
      id: {
        bus: this.#hex(id, 'bus'),
        vendor: this.#hex(id, 'vendor'),
        product: this.#hex(id, 'product'),
        version: this.#hex(id, 'version'),
      },
      phys: this.#text(value, 'phys'),
      uniq: this.#text(value, 'uniq'),
      properties: this.#bitmap(value, 'properties'),
      capabilities: Object.fromEntries(
        capabilityNames.map((name) => [name, this.#bitmap(capabilities, name)]),
      ) as RecordedDevice['capabilities'],
      ...('axes' in value ? { axes: this.#axes(this.#object(value, 'axes')) } : {}),
    }
  }

  #axes(value: Record<string, unknown>): Record<string, RecordedAxis> {
    const axes = Object.entries(value).map(([code, range]) => {
      if (!/^([0-9]|[1-5][0-9]|6[0-3])$/.test(code)) throw this.error('an axis is none of 0 to 63')
      const numbers = this.#array(range, 'range of an axis', 5)
      return [code, numbers.map((number) => this.#int32(number, 'range of an axis'))] as const
    })
    return Object.fromEntries(axes) as unknown as Record<string, RecordedAxis>
  }

  #int32(value: unknown, what: string): number {
    return this.#integer(value, what, -(2 ** 31), 2 ** 31 - 1)
  }

  #frame(value: Record<string, unknown>): RecordedFrame {
    const [device, timeUs, latencyUs, events] = this.#array(value['frame'], 'frame', 4)
    if (!Array.isArray(events)) throw this.error('the events of the frame are not a list')
    if (events.length > mostEvents) throw this.error(`a frame has ${mostEvents} events at most`)
    return {
      device: this.#known(device),
      timeUs: this.#integer(timeUs, 'time', 0, Number.MAX_SAFE_INTEGER),
      latencyUs: this.#integer(latencyUs, 'latency', 0, Number.MAX_SAFE_INTEGER),
      events: events.map((event) => this.#event(event)),
      dropped: value['dropped'] === true,
    }
  }

  #event(value: unknown): FrameEvent {
    const [type, code, number] = this.#array(value, 'event', 3)
    return {
      type: this.#integer(type, 'type', 0, 0x1f),
      code: this.#integer(code, 'code', 0, 0x2ff),
      value: this.#int32(number, 'value'),
    }
  }

  #departure(value: unknown): RecordingEntry {
    const [device, timeUs] = this.#array(value, 'departure', 2)
    return {
      kind: 'departure',
      device: this.#known(device),
      timeUs: this.#integer(timeUs, 'time', 0, Number.MAX_SAFE_INTEGER),
    }
  }

  #end(value: unknown): RecordingEntry {
    if (!isObject(value)) throw this.error('the end is not an object')
    const count = (name: string) => this.#integer(value[name], name, 0, Number.MAX_SAFE_INTEGER)
    return { kind: 'end', frames: count('frames'), lostEvents: count('lostEvents') }
  }

  #checkOrder(entry: RecordingEntry): void {
    if (entry.kind === 'frame') this.#frames++
    if (entry.kind === 'departure') this.#devices.delete(entry.device)
    if (entry.kind === 'device') {
      const { device } = entry.device
      if (this.#devices.has(device)) throw this.error(`device ${device} is described twice`)
      this.#devices.add(device)
    }
    if (entry.kind === 'end') {
      this.#hasEnd = true
      if (entry.frames !== this.#frames) {
        throw this.error(`the end tells of ${entry.frames} frames, but there are ${this.#frames}`)
      }
    }
  }

  #known(value: unknown): number {
    const number = this.#integer(value, 'device', 0, recordingLimits.devices - 1)
    if (!this.#devices.has(number)) throw this.error(`device ${number} is not described before`)
    return number
  }

  #array(value: unknown, what: string, length: number): readonly unknown[] {
    if (Array.isArray(value) && value.length === length) return value
    throw this.error(`the ${what} is not a list of ${length}`)
  }

  #object(value: Record<string, unknown>, name: string): Record<string, unknown> {
    const found = value[name]
    if (isObject(found)) return found
    throw this.error(`"${name}" is not an object`)
  }

  #integer(value: unknown, what: string, least: number, most: number): number {
    if (Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most) {
      return Number(value)
    }
    throw this.error(`the ${what} is not a whole number from ${least} to ${most}`)
  }

  /** A text that was made printable when it was recorded; a forged one is made so now. */
  #text(value: Record<string, unknown>, name: string): string {
    const text = value[name]
    if (typeof text !== 'string') throw this.error(`"${name}" is not a text`)
    return text.split('\\').map(printable).join('\\')
  }

  #hex(value: Record<string, unknown>, name: string): string {
    const text = value[name]
    if (typeof text === 'string' && /^[0-9a-f]{4}$/.test(text)) return text
    throw this.error(`"${name}" is not a number of four hexadecimal digits`)
  }

  #bitmap(value: Record<string, unknown>, name: string): string {
    const text = value[name]
    if (typeof text === 'string' && parseBitmap(text, 64) !== undefined) return text
    throw this.error(`"${name}" is not a row of hexadecimal words`)
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
