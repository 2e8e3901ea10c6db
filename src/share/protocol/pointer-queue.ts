import type { Message } from '../messages/table.ts'

export interface WheelHabits {
  /** Parts of a notch go out as they come; otherwise whole notches, which every client understands. */
  readonly isHiRes: boolean
  /** Whether the client has an axis for it. QEMU takes a step to the side for one downwards. */
  readonly isSideways: boolean
  /** Deskflow's client on X11 has left and right the other way round. */
  readonly isSidewaysInverted: boolean
}

const notch = 120
/** More than a hand can turn before it is taken; the rest is dropped. */
const notchesMax = 32
const shortMin = -0x8000
const shortMax = 0x7fff

/**
 * Motion and wheel on their way to one client. While they wait they become one: the last place, the sum of steps. So there is
 * never more to send than one hand has done.
 */
export class PointerQueue {
  /** Moves that went out as a part of a later one. */
  merged = 0
  readonly #wheel: WheelHabits
  #place: { x: number; y: number } | undefined
  #step = { dx: 0, dy: 0 }
  #turn = { dx: 0, dy: 0 }

  constructor(wheel: WheelHabits) {
    this.#wheel = wheel
  }

  move(x: number, y: number): void {
    if (this.#place !== undefined || this.#isStepping) this.merged++
    this.#place = { x, y }
    // Where it goes now does not depend on where it was.
    this.#step = { dx: 0, dy: 0 }
  }

  moveBy(dx: number, dy: number): void {
    if (this.#isStepping) this.merged++
    this.#step = { dx: clamp(this.#step.dx + dx), dy: clamp(this.#step.dy + dy) }
  }

  turn(dx: number, dy: number): void {
    const { isSideways, isSidewaysInverted } = this.#wheel
    const side = isSidewaysInverted ? -dx : dx
    this.#turn = { dx: isSideways ? clamp(this.#turn.dx + side) : 0, dy: clamp(this.#turn.dy + dy) }
  }

  /** Takes all that can be sent, in its order. */
  take(): Message[] {
    const messages: Message[] = []
    if (this.#place !== undefined) messages.push({ code: 'DMMV', ...this.#place })
    if (this.#isStepping) messages.push({ code: 'DMRM', ...this.#step })
    this.#place = undefined
    this.#step = { dx: 0, dy: 0 }
    // One axis in each message: Barrier's clients on X11 drop those with two.
    const dx = this.#takeTurn('dx')
    const dy = this.#takeTurn('dy')
    for (const value of dx) messages.push({ code: 'DMWM', dx: value, dy: 0 })
    for (const value of dy) messages.push({ code: 'DMWM', dx: 0, dy: value })
    return messages
  }

  clear(): void {
    this.#place = undefined
    this.#step = { dx: 0, dy: 0 }
    this.#turn = { dx: 0, dy: 0 }
  }

  get #isStepping(): boolean {
    return this.#step.dx !== 0 || this.#step.dy !== 0
  }

  #takeTurn(axis: 'dx' | 'dy'): number[] {
    const value = this.#turn[axis]
    if (this.#wheel.isHiRes) {
      this.#turn[axis] = 0
      return value === 0 ? [] : [value]
    }
    const notches = Math.trunc(value / notch)
    this.#turn[axis] = value - notches * notch
    const count = Math.min(Math.abs(notches), notchesMax)
    return Array.from({ length: count }, () => Math.sign(notches) * notch)
  }
}

function clamp(value: number): number {
  return Math.min(Math.max(value, shortMin), shortMax)
}
