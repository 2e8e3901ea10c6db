import type { KeyboardKind, MouseKind } from './devices.ts'
import { pluggable, ps2InputNames, USB_DISPLAY, VIRTIO_DISPLAY } from './devices.ts'
import { LabError } from './lab-error.ts'
import type { Qmp } from './qmp.ts'

export type MouseButton = 'left' | 'middle' | 'right' | 'side' | 'extra'
export type WheelDirection = 'up' | 'down' | 'left' | 'right'

type InputEvent =
  | { type: 'key'; data: { down: boolean; key: { type: 'qcode'; data: string } } }
  | { type: 'btn'; data: { down: boolean; button: string } }
  | { type: 'rel'; data: { axis: 'x' | 'y'; value: number } }

/** A keyboard of the machine and the fingers on it. Keys have QEMU's names (QKeyCode): a, ctrl, ctrl_r, ret. */
export class LabKeyboard {
  /** What the kernel inside calls it. */
  readonly inputName: string
  readonly #qmp: Qmp
  readonly #display: string | undefined
  readonly #pressed = new Set<string>()

  constructor(kind: KeyboardKind, qmp: Qmp) {
    this.#qmp = qmp
    this.#display = { ps2: undefined, usb: USB_DISPLAY, virtio: VIRTIO_DISPLAY }[kind]
    this.inputName =
      kind === 'ps2' ? ps2InputNames.keyboard : pluggable[`${kind}-keyboard`].inputName
  }

  get isPressing(): boolean {
    return this.#pressed.size > 0
  }

  /** Presses one key after the other. A key that is down already sends typematic on PS/2, nothing on USB. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.#send(key, true)
  }

  async release(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.#send(key, false)
  }

  /** Presses and releases one key after the other. */
  async tap(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await this.press(key)
      await this.release(key)
    }
  }

  /** Lifts every finger. */
  async releaseAll(): Promise<void> {
    await this.release(...this.#pressed)
  }

  async #send(key: string, down: boolean): Promise<void> {
    await sendInput(this.#qmp, this.#display, [
      { type: 'key', data: { down, key: { type: 'qcode', data: key } } },
    ])
    if (down) this.#pressed.add(key)
    else this.#pressed.delete(key)
  }
}

/** What query-mice calls the mice that are told apart by moving one to the front. */
const frontNames = { ps2: 'QEMU PS/2 Mouse', usb: 'QEMU HID Mouse' } as const

/** A mouse of the machine and the hand on it. */
export class LabMouse {
  /** What the kernel inside calls it. */
  readonly inputName: string
  readonly #qmp: Qmp
  readonly #kind: MouseKind
  readonly #pressed = new Set<MouseButton>()

  constructor(kind: MouseKind, qmp: Qmp) {
    this.#qmp = qmp
    this.#kind = kind
    this.inputName = kind === 'ps2' ? ps2InputNames.mouse : pluggable[`${kind}-mouse`].inputName
  }

  get isPressing(): boolean {
    return this.#pressed.size > 0
  }

  /** One movement, both axes in one frame; downwards is positive. */
  async move(dx: number, dy: number): Promise<void> {
    await this.#send([
      { type: 'rel', data: { axis: 'x', value: dx } },
      { type: 'rel', data: { axis: 'y', value: dy } },
    ])
  }

  async press(button: MouseButton): Promise<void> {
    await this.#send([{ type: 'btn', data: { down: true, button } }])
    this.#pressed.add(button)
  }

  async release(button: MouseButton): Promise<void> {
    await this.#send([{ type: 'btn', data: { down: false, button } }])
    this.#pressed.delete(button)
  }

  async click(button: MouseButton): Promise<void> {
    await this.press(button)
    await this.release(button)
  }

  /** Turns the wheel by some clicks. QEMU knows left and right, its PS/2 and USB mice do not. */
  async wheel(direction: WheelDirection, clicks = 1): Promise<void> {
    for (let click = 0; click < clicks; click++) {
      for (const down of [true, false]) {
        await this.#send([{ type: 'btn', data: { down, button: `wheel-${direction}` } }])
      }
    }
  }

  /** Lifts every finger. */
  async releaseAll(): Promise<void> {
    for (const button of this.#pressed) await this.release(button)
  }

  async #send(events: readonly InputEvent[]): Promise<void> {
    if (this.#kind !== 'virtio') await bringToFront(this.#qmp, frontNames[this.#kind])
    await sendInput(this.#qmp, this.#kind === 'virtio' ? VIRTIO_DISPLAY : undefined, events)
  }
}

async function sendInput(
  qmp: Qmp,
  display: string | undefined,
  events: readonly InputEvent[],
): Promise<void> {
  await qmp.execute('input-send-event', {
    ...(display === undefined ? {} : { device: display, head: 0 }),
    events,
  })
}

/**
 * Without a display, motion and buttons go to the first mouse in QEMU's list. A USB mouse puts itself there
 * when its driver polls it for the first time, a PS/2 mouse never does; mouse_set moves either.
 */
async function bringToFront(qmp: Qmp, name: string): Promise<void> {
  const mice = await qmp.execute<{ name: string; index: number; current: boolean }[]>('query-mice')
  const mouse = mice.find((mouse) => mouse.name === name)
  if (!mouse) {
    throw new LabError(`there is no ${name}; there: ${mice.map(({ name }) => name).join(', ')}`)
  }
  if (!mouse.current) await qmp.human(`mouse_set ${mouse.index}`)
}
