import { codes } from '../../engine/code-table.ts'
import type { SinkEvent } from '../../engine/types.ts'
import type { OutgoingKeys } from '../keys/outgoing-keys.ts'
import type { Screen, ServerSession } from '../protocol/server-session.ts'
import { Pointer, type PointerHabits } from './pointer.ts'

const { EV_KEY, EV_REL, EV_MSC } = codes

/** By the kernel's code: left, middle, right, side, extra; what mice call back and forward goes with the last two. */
const buttons = new Map<number, number>([
  [codes.BTN_LEFT, 1],
  [codes.BTN_MIDDLE, 2],
  [codes.BTN_RIGHT, 3],
  [codes.BTN_SIDE, 4],
  [codes.BTN_BACK, 4],
  [codes.BTN_EXTRA, 5],
  [codes.BTN_FORWARD, 5],
])

const notch = 120

export type SessionInput = Pick<
  ServerSession,
  | ('enter' | 'leave' | 'keyDown' | 'keyRepeat' | 'keyUp')
  | ('mouseDown' | 'mouseUp' | 'mouseMove' | 'mouseRelative' | 'wheel')
>

export interface ServedScreenOptions {
  readonly keys: Pick<OutgoingKeys, 'press' | 'repeat' | 'release' | 'releaseAll' | 'locks'>
  readonly pointer: PointerHabits
  /** Sends a frame to the engine: native/io/link.h. */
  readonly answer: (frame: readonly SinkEvent[]) => void
}

/** One target of the engine: what comes over its link goes to the screen of that name, while it is connected. */
export class ServedScreen {
  readonly #options: ServedScreenOptions
  readonly #pointer: Pointer
  #session: SessionInput | undefined
  #isActive = false

  constructor(options: ServedScreenOptions) {
    this.#options = options
    this.#pointer = new Pointer(options.pointer)
  }

  get isActive(): boolean {
    return this.#isActive
  }

  /** The engine is there: it is told whether the screen is. */
  begin(): void {
    this.#leave()
    this.#tellPresence()
  }

  /** The screen is connected. */
  attach(session: SessionInput, screen: Pick<Screen, 'width' | 'height'>): void {
    this.#session = session
    this.#pointer.resize(screen)
    this.#tellPresence()
    if (this.#isActive) this.#enter()
  }

  resize(screen: Pick<Screen, 'width' | 'height'>): void {
    this.#pointer.resize(screen)
  }

  /** It is not any more: the engine gives the input back at once. */
  detach(): void {
    this.#session = undefined
    this.#options.keys.releaseAll()
    this.#tellPresence()
  }

  /** The engine is gone: everything goes up. */
  end(): void {
    this.#leave()
  }

  frame(events: readonly SinkEvent[]): void {
    const wheel = new Map<number, number>()
    let dx = 0
    let dy = 0
    for (const { type, code, value } of events) {
      if (type === EV_MSC) this.#told(code, value)
      else if (type === EV_KEY) this.#key(code, value)
      else if (type !== EV_REL) continue
      else if (code === codes.REL_X) dx += value
      else if (code === codes.REL_Y) dy += value
      else wheel.set(code, (wheel.get(code) ?? 0) + value)
    }
    if (dx !== 0 || dy !== 0) this.#moved(dx, dy)
    if (wheel.size > 0) this.#turned(wheel)
  }

  #told(code: number, value: number): void {
    if (code === codes.MSC_RAW && value === 1) this.#tellPresence()
    if (code !== codes.MSC_SERIAL) return
    if (value === 0) {
      this.#leave()
    } else if (!this.#isActive) {
      this.#isActive = true
      this.#enter()
    }
  }

  #enter(): void {
    const { x, y } = this.#pointer.place
    this.#session?.enter(x, y, this.#options.keys.locks)
  }

  #leave(): void {
    if (!this.#isActive) return
    this.#isActive = false
    for (const key of this.#options.keys.releaseAll()) this.#session?.keyUp(key)
    this.#session?.leave()
  }

  #key(code: number, value: number): void {
    const button = buttons.get(code)
    if (button !== undefined) {
      if (value === 1) this.#session?.mouseDown(button)
      else if (value === 0) this.#session?.mouseUp(button)
      return
    }
    const { keys } = this.#options
    if (value === 1) {
      const key = keys.press(code)
      if (key !== undefined) this.#session?.keyDown(key)
    } else if (value === 2) {
      const key = keys.repeat(code)
      if (key !== undefined) this.#session?.keyRepeat(key)
    } else {
      const key = keys.release(code)
      if (key !== undefined) this.#session?.keyUp(key)
    }
  }

  #moved(dx: number, dy: number): void {
    const step = this.#pointer.move(dx, dy)
    if (step === undefined) return
    if (this.#pointer.isRelative) this.#session?.mouseRelative(step.dx, step.dy)
    else this.#session?.mouseMove(this.#pointer.place.x, this.#pointer.place.y)
  }

  /** Mice with a finer wheel report each turn in both units. */
  #turned(wheel: ReadonlyMap<number, number>): void {
    const turn = (fine: number, coarse: number) =>
      wheel.get(fine) ?? notch * (wheel.get(coarse) ?? 0)
    const dx = turn(codes.REL_HWHEEL_HI_RES, codes.REL_HWHEEL)
    const dy = turn(codes.REL_WHEEL_HI_RES, codes.REL_WHEEL)
    if (dx !== 0 || dy !== 0) this.#session?.wheel(dx, dy)
  }

  #tellPresence(): void {
    const value = this.#session === undefined ? 0 : 1
    this.#options.answer([{ type: EV_MSC, code: codes.MSC_RAW, value }])
  }
}
