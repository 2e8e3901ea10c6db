import { codes } from '../../engine/code-table.ts'
import type { SinkEvent } from '../../engine/types.ts'
import { type BarrierKey, modifiers } from '../keys/barrier-key.ts'
import type { IncomingKeys } from '../keys/incoming-keys.ts'
import { pointerMax } from '../nodes/frame-check.ts'
import type { ClientEvents, ScreenSize } from '../protocol/client-session.ts'

const { EV_KEY, EV_REL, EV_ABS, EV_MSC, EV_LED } = codes

/** By the protocol's number: left, middle, right, side, extra. */
const buttons: readonly (number | undefined)[] = [
  undefined,
  codes.BTN_LEFT,
  codes.BTN_MIDDLE,
  codes.BTN_RIGHT,
  codes.BTN_SIDE,
  codes.BTN_EXTRA,
]

const lockBits = new Map<number, number>([
  [codes.LED_CAPSL, modifiers.capsLock],
  [codes.LED_NUML, modifiers.numLock],
  [codes.LED_SCROLLL, modifiers.scrollLock],
])

/** A notch of the wheel, in the units of the protocol and of REL_WHEEL_HI_RES. */
const notch = 120

export type KeyTranslation = Pick<
  IncomingKeys,
  'press' | 'repeat' | 'release' | 'releaseAll' | 'enter' | 'setLamps' | 'setOptions'
>

export type ScreenEvents = Omit<ClientEvents, 'ready' | 'stalled' | 'keyboardBlocked' | 'closed'>

/** What a server does to this screen, as frames of a keyboard and a mouse. */
export class ScreenInput implements ScreenEvents {
  readonly #keys: KeyTranslation
  readonly #screen: ScreenSize
  readonly #send: (frame: readonly SinkEvent[]) => void
  readonly #pressed = new Set<number>()
  /** What is less than a notch, horizontally and vertically. */
  readonly #wheel = { x: 0, y: 0 }
  /** Less than a pixel, and another one at each entry. */
  #nudge = 0
  /** Which locks are on at the server, until it is known which are on here. */
  #mask: number | undefined

  constructor(
    keys: KeyTranslation,
    screen: ScreenSize,
    send: (frame: readonly SinkEvent[]) => void,
  ) {
    this.#keys = keys
    this.#screen = screen
    this.#send = send
  }

  options(options: ReadonlyMap<string, number>): void {
    this.#keys.setOptions(options)
  }

  entered({ x, y, mask }: { x: number; y: number; mask: number }): void {
    // The kernel passes no place that the pointer's node has been told last, though another mouse has moved since.
    this.#nudge = 1 - this.#nudge
    this.mouseMove(x, y)
    this.#mask = mask
    this.#send([{ type: EV_MSC, code: codes.MSC_RAW, value: 1 }])
  }

  /** What is lit on this machine's keyboard: the answer to what `entered` has asked. */
  lamps(frame: readonly SinkEvent[]): void {
    let lit = 0
    for (const { type, code, value } of frame) {
      if (type === EV_LED && value !== 0) lit |= lockBits.get(code) ?? 0
    }
    this.#keys.setLamps(lit)
    const mask = this.#mask
    this.#mask = undefined
    if (mask !== undefined) this.#type(this.#keys.enter(mask))
  }

  left(): void {
    this.#mask = undefined
    this.#type(this.#keys.releaseAll())
    for (const button of this.#pressed) this.#button(button, 0)
    this.#pressed.clear()
    this.#wheel.x = this.#wheel.y = 0
  }

  keyDown(key: BarrierKey): void {
    this.#type(this.#keys.press(key))
  }

  keyRepeat(key: BarrierKey): void {
    this.#type(this.#keys.repeat(key))
  }

  keyUp(key: BarrierKey): void {
    this.#type(this.#keys.release(key))
  }

  mouseDown(number: number): void {
    const button = buttons[number]
    if (button === undefined) return
    this.#pressed.add(button)
    this.#button(button, 1)
  }

  mouseUp(number: number): void {
    const button = buttons[number]
    if (button === undefined || !this.#pressed.delete(button)) return
    this.#button(button, 0)
  }

  mouseMove(x: number, y: number): void {
    const { width, height } = this.#screen
    this.#send([
      { type: EV_ABS, code: codes.ABS_X, value: spread(x, width) + this.#nudge },
      { type: EV_ABS, code: codes.ABS_Y, value: spread(y, height) + this.#nudge },
    ])
  }

  mouseRelative(dx: number, dy: number): void {
    const frame = [
      { type: EV_REL, code: codes.REL_X, value: dx },
      { type: EV_REL, code: codes.REL_Y, value: dy },
    ]
    this.#send(frame.filter(({ value }) => value !== 0))
  }

  wheel(dx: number, dy: number): void {
    this.#send([
      ...this.#turn('y', dy, codes.REL_WHEEL, codes.REL_WHEEL_HI_RES),
      ...this.#turn('x', dx, codes.REL_HWHEEL, codes.REL_HWHEEL_HI_RES),
    ])
  }

  /** Whole notches for who knows no finer ones; what a turn back leaves of one is forgotten, as the kernel's own drivers do. */
  #turn(axis: 'x' | 'y', value: number, code: number, hiResCode: number): SinkEvent[] {
    if (value === 0) return []
    const before = this.#wheel[axis]
    const sum = (Math.sign(before) === -Math.sign(value) ? 0 : before) + value
    const notches = Math.trunc(sum / notch)
    this.#wheel[axis] = sum - notches * notch
    const fine = { type: EV_REL, code: hiResCode, value }
    return notches === 0 ? [fine] : [{ type: EV_REL, code, value: notches }, fine]
  }

  /** Each change is a frame, so that no reader takes two keys for one chord in another order. */
  #type(changes: readonly { code: number; value: number }[]): void {
    for (const { code, value } of changes) this.#send([{ type: EV_KEY, code, value }])
  }

  #button(code: number, value: number): void {
    this.#send([{ type: EV_KEY, code, value }])
  }
}

/** The middle of a pixel, in the units of the pointer's node: whoever spreads them over the screen again finds the pixel. */
function spread(at: number, size: number): number {
  const value = Math.floor(((at + 0.5) * (pointerMax + 1)) / size)
  return Math.max(0, Math.min(pointerMax - 1, value))
}
