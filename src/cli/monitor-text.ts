import type { RecordedDevice, RecordedFrame, RecordingEntry } from '../capture/recording.ts'
import { codes } from '../engine/code-table.ts'
import { codeName, keyName, typeName } from '../engine/codes.ts'

const usPerSecond = 1_000_000
const nameWidth = 8

/**
 * Puts what devices send into lines for people: time, node, time since the last frame of the same device, time
 * until it was read, events. Live and from a recording alike.
 */
export class MonitorText {
  readonly #devices = new Map<number, { node: string; lastUs: number | undefined }>()

  /** Lines for an entry of a recording, live or not; none for what people need not see. */
  lines(entry: RecordingEntry): string[] {
    switch (entry.kind) {
      case 'header':
        return []
      case 'device':
        this.#devices.set(entry.device.device, { node: entry.device.node, lastUs: undefined })
        return [`+ ${deviceText(entry.device)}`]
      case 'frame':
        return [this.#frame(entry.frame)]
      case 'departure':
        return [`- ${this.#devices.get(entry.device)?.node ?? ''}`]
      case 'end':
        return entry.lostEvents > 0 ? [lostText(entry.lostEvents)] : []
    }
  }

  #frame({ device, timeUs, latencyUs, events, dropped }: RecordedFrame): string {
    const known = this.#devices.get(device)
    const since = known?.lastUs === undefined ? '' : milliseconds(timeUs - known.lastUs, '+')
    if (known !== undefined) known.lastUs = timeUs
    const words = events.map(({ type, code, value }) => eventText(type, code, value))
    if (dropped) words.push('(events are missing here)')
    return [
      (timeUs / usPerSecond).toFixed(6).padStart(12),
      (known?.node ?? '').padEnd(nameWidth),
      since.padStart(12),
      milliseconds(latencyUs).padStart(9),
      ` ${words.join(', ')}`,
    ].join(' ')
  }
}

/** What the columns of the lines are. */
export const monitorHead = [
  'seconds'.padStart(12),
  'node'.padEnd(nameWidth),
  'since'.padStart(12),
  'latency'.padStart(9),
  ' events',
].join(' ')

/** 'KEY_A down', 'REL_X -3', 'MSC_SCAN 0x70004'. */
function eventText(type: number, code: number, value: number): string {
  const name = eventName(type, code)
  if (type === codes.EV_KEY) return `${name} ${keyWords[value] ?? value}`
  if (type === codes.EV_MSC && code === codes.MSC_SCAN)
    return `${name} 0x${(value >>> 0).toString(16)}`
  return `${name} ${value}`
}

const keyWords: Readonly<Record<number, string>> = { 0: 'up', 1: 'down', 2: 'repeat' }

/** The kernel's name of an event's code. */
export function eventName(type: number, code: number): string {
  return type === codes.EV_KEY ? keyName(code) : codeName(type, code)
}

/** The kernel's name of an event's type: 'EV_REL'. */
export const eventType = typeName

export function lostText(count: number): string {
  return `${count} events were lost: the devices sent more than could be shown`
}

function deviceText({ node, name, kind, id }: RecordedDevice): string {
  return `${node}: ${name} (${kind}, ${id.vendor}:${id.product})`
}

/** '0.087 ms'. */
function milliseconds(us: number, sign = ''): string {
  return `${us < 0 ? '-' : sign}${(Math.abs(us) / 1000).toFixed(3)} ms`
}
