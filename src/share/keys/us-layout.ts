import { codes } from '../../engine/code-table.ts'
import { isCharacter, lockMask, modifiers } from './barrier-key.ts'
import { keyRows } from './key-table.ts'
import type { Layout, LayoutState } from './layout.ts'

/** The US keyboard of key-table.ts: what there is without libxkbcommon. */
export const usLayout: Layout = {
  label: 'us (built in)',
  newState: () => new UsLayoutState(),
  close: () => {},
}

const idsOfCodes: ReadonlyMap<number, readonly number[]> = new Map(
  keyRows.map(({ code, ids }) => [code, ids]),
)

const modifiersOfCodes: ReadonlyMap<number, number> = new Map([
  [codes.KEY_LEFTSHIFT, modifiers.shift],
  [codes.KEY_RIGHTSHIFT, modifiers.shift],
  [codes.KEY_LEFTCTRL, modifiers.control],
  [codes.KEY_RIGHTCTRL, modifiers.control],
  [codes.KEY_LEFTALT, modifiers.alt],
  [codes.KEY_RIGHTALT, modifiers.alt],
  [codes.KEY_LEFTMETA, modifiers.super],
  [codes.KEY_RIGHTMETA, modifiers.super],
])

const locksOfCodes: ReadonlyMap<number, number> = new Map([
  [codes.KEY_CAPSLOCK, modifiers.capsLock],
  [codes.KEY_NUMLOCK, modifiers.numLock],
  [codes.KEY_SCROLLLOCK, modifiers.scrollLock],
])

/** Keys whose second symbol comes with another modifier than Shift. */
const secondWith: ReadonlyMap<number, number> = new Map([
  [codes.KEY_SYSRQ, modifiers.alt],
  [codes.KEY_PAUSE, modifiers.control],
])

class UsLayoutState implements LayoutState {
  /** Codes of the modifiers that are down. */
  readonly #down = new Set<number>()
  #locks = 0

  get mask(): number {
    let mask = this.#locks
    for (const code of this.#down) mask |= modifiersOfCodes.get(code) ?? 0
    return mask
  }

  keyId(code: number): number | undefined {
    const [first, second] = idsOfCodes.get(code) ?? []
    if (first === undefined || second === undefined) return first
    return this.#isSecond(code, first) ? second : first
  }

  #isSecond(code: number, first: number): boolean {
    const { mask } = this
    const hasShift = (mask & modifiers.shift) !== 0
    if (isKeypad(first)) return hasShift === ((mask & modifiers.numLock) !== 0)
    if (code === codes.KEY_TAB) return hasShift
    if (!isCharacter(first)) return (mask & (secondWith.get(code) ?? 0)) !== 0
    return hasShift !== (isLetter(first) && (mask & modifiers.capsLock) !== 0)
  }

  repeats(code: number): boolean {
    return !modifiersOfCodes.has(code) && !locksOfCodes.has(code)
  }

  change(code: number, isPress: boolean): void {
    if (isPress) this.#locks ^= locksOfCodes.get(code) ?? 0
    if (!modifiersOfCodes.has(code)) return
    if (isPress) this.#down.add(code)
    else this.#down.delete(code)
  }

  setLocks(mask: number): void {
    this.#locks = mask & lockMask
  }

  close(): void {}
}

/** Digits and the separator, which are other keys without Num Lock; signs and Enter of the keypad have one symbol only. */
function isKeypad(id: number): boolean {
  return id >= 0xefac && id <= 0xefb9
}

function isLetter(id: number): boolean {
  return id >= 0x61 && id <= 0x7a
}
