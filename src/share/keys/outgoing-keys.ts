import { type BarrierKey, lockMask } from './barrier-key.ts'
import { buttonMax, buttonOfCode, namedKeyOfCode } from './buttons.ts'
import type { Layout, LayoutState } from './layout.ts'

export interface OutgoingKeysOptions {
  /** How the peer numbers keys: 'x11' is what Barrier's relatives expect, 'kbd' what QEMU's input-barrier does. Default: 'x11'. */
  readonly buttons?: 'x11' | 'kbd'
}

/** What was sent for a key that is down; nothing for one that the protocol has no name for. */
type Sent = Pick<BarrierKey, 'id' | 'button'> | undefined

/** Buttons below are no key's, X11 begins with 9: they are for keys whose own number would be too high. */
const spareButtons = [1, 2, 3, 4, 5, 6, 7, 8]

/**
 * The old driver of X11 has numbers up to 255. By one beyond them QEMU looks for the key by its KeyID, as it does for 0 (QEMU,
 * ui/input-barrier.c), which would be the same for every such key.
 */
const beyondKbd = 0x100

/** Keys of one of our keyboards as a peer is to be told of them: the symbols of a layout, by its true state. */
export class OutgoingKeys {
  readonly #state: LayoutState
  readonly #buttons: 'x11' | 'kbd'
  readonly #sent = new Map<number, Sent>()

  /** The layout stays the caller's and must outlive this. */
  constructor(layout: Layout, { buttons = 'x11' }: OutgoingKeysOptions = {}) {
    this.#state = layout.newState()
    this.#buttons = buttons
  }

  /** The lock keys that are on: the mask of an enter. */
  get locks(): number {
    return this.#state.mask & lockMask
  }

  /** Takes over lock keys as they are elsewhere. Ignored while a key is down: nobody can enter then. */
  setLocks(mask: number): void {
    if (this.#sent.size === 0) this.#state.setLocks(mask)
  }

  /** A key goes down. Undefined when there is nothing to send: it is down already, or its symbol has no KeyID. */
  press(code: number): BarrierKey | undefined {
    if (this.#sent.has(code)) return undefined
    const { mask } = this.#state
    const id = this.#state.keyId(code) ?? namedKeyOfCode(code)
    const sent = id === undefined ? undefined : { id, button: this.#freeButton(code) }
    this.#sent.set(code, sent)
    this.#state.change(code, true)
    return sent && { ...sent, mask }
  }

  /** The kernel repeats a key. Undefined for modifiers, and for keys that are not down at the peer. */
  repeat(code: number): BarrierKey | undefined {
    const sent = this.#sent.get(code)
    return sent !== undefined && this.#state.repeats(code)
      ? { ...sent, mask: this.#state.mask }
      : undefined
  }

  /** A key goes up, with the id of its press: peers without buttons have nothing else to know it by. */
  release(code: number): BarrierKey | undefined {
    if (!this.#sent.has(code)) return undefined
    const sent = this.#sent.get(code)
    const { mask } = this.#state
    this.#sent.delete(code)
    this.#state.change(code, false)
    return sent && { ...sent, mask }
  }

  /** Everything that is down goes up, the latest first: so modifiers outlive the keys that they were pressed for. */
  releaseAll(): BarrierKey[] {
    const down = [...this.#sent.keys()].toReversed()
    return down.map((code) => this.release(code)).filter((key) => key !== undefined)
  }

  close(): void {
    this.#state.close()
  }

  #freeButton(code: number): number {
    const button = buttonOfCode(this.#buttons, code) || beyondKbd + code
    if (button <= buttonMax) return button
    const taken = new Set([...this.#sent.values()].map((sent) => sent?.button))
    return spareButtons.find((spare) => !taken.has(spare)) ?? 0
  }
}
