import { codes } from '../../../src/engine/code-table.ts'
import type { MousePacket } from '../nested-guest.ts'
import type { ScannedKey } from '../scan-codes.ts'
import type { SeenEvent } from '../tools.ts'

/** Where an event is seen: at the keyboard and mouse themselves, or by one of the two machines. */
export const places = ['hands', 'host', 'guest'] as const
export type Place = (typeof places)[number]
/** Who can have the input. */
export type Side = Exclude<Place, 'hands'>

/** What hands do, or what a machine sees of it; keys and buttons by their Linux codes. */
export type InputEvent =
  | { readonly kind: 'press' | 'release' | 'repeat'; readonly code: number }
  | { readonly kind: 'motion'; readonly x: number; readonly y: number }
  /** Up is positive. */
  | { readonly kind: 'wheel'; readonly clicks: number }
  /** What is done to the machines instead: the keyboard's plug, the guest's crash, evswitch's end. */
  | { readonly kind: 'unplug' | 'plug' | 'crash' | 'end' }

const keyValues = ['release', 'press', 'repeat'] as const

/** An event of an evdev node; undefined for what the demo does not tell about. */
export function fromEvdev({ type, code, value }: SeenEvent): InputEvent | undefined {
  if (type === codes.EV_KEY) {
    const kind = keyValues[value]
    return kind && { kind, code }
  }
  if (type !== codes.EV_REL) return undefined
  if (code === codes.REL_X) return { kind: 'motion', x: value, y: 0 }
  if (code === codes.REL_Y) return { kind: 'motion', x: 0, y: value }
  if (code === codes.REL_WHEEL) return { kind: 'wheel', clicks: value }
  return undefined
}

/** A scan code of the guest's keyboard. What goes down again while it is down is a repeat. */
export function fromScanCode(
  { key: code, down }: ScannedKey,
  pressed: ReadonlySet<number>,
): InputEvent {
  if (!down) return { kind: 'release', code }
  return { kind: pressed.has(code) ? 'repeat' : 'press', code }
}

/** A packet of the guest's mouse, given the buttons that were down before it. */
export function fromPacket(packet: MousePacket, pressed: ReadonlySet<number>): InputEvent[] {
  const events: InputEvent[] = []
  // PS/2 counts upwards, evdev downwards; the wheel is the other way round.
  if (packet.dx !== 0 || packet.dy !== 0) {
    events.push({ kind: 'motion', x: packet.dx, y: 0 - packet.dy })
  }
  if (packet.wheel !== 0) events.push({ kind: 'wheel', clicks: -packet.wheel })
  const buttons = [
    [codes.BTN_LEFT, packet.left],
    [codes.BTN_RIGHT, packet.right],
    [codes.BTN_MIDDLE, packet.middle],
  ] as const
  for (const [code, isDown] of buttons) {
    if (isDown !== pressed.has(code)) events.push({ kind: isDown ? 'press' : 'release', code })
  }
  return events
}
