import { codes } from '../../engine/code-table.ts'
import type { Xkb, XkbKeymap, XkbNames, XkbState } from '../../native/xkb.ts'
import { modifiers } from './barrier-key.ts'
import { keyIdOfKeysym, keysyms, modifiersOfKeysyms } from './keysyms.ts'
import type { Layout, LayoutState } from './layout.ts'

/** A layout of the system's, undefined where it has none of these names. */
export function openXkbLayout(xkb: Xkb, names: XkbNames): Layout | undefined {
  const keymap = xkb.compile(names)
  return keymap && new XkbLayout(xkb, keymap, layoutLabel(names))
}

/** 'de (nodeadkeys)', 'us,ru'. */
export function layoutLabel({ layout, variant }: XkbNames): string {
  return variant === '' ? layout : `${layout} (${variant})`
}

class XkbLayout implements Layout {
  readonly label: string
  readonly #xkb: Xkb
  readonly #keymap: XkbKeymap
  readonly #modifierBits: readonly number[]

  constructor(xkb: Xkb, keymap: XkbKeymap, label: string) {
    this.label = label
    this.#xkb = xkb
    this.#keymap = keymap
    this.#modifierBits = findModifiers(keymap)
  }

  newState(): LayoutState {
    return new XkbLayoutState(this.#xkb, this.#keymap, this.#modifierBits)
  }

  close(): void {
    this.#keymap.close()
  }
}

class XkbLayoutState implements LayoutState {
  readonly #xkb: Xkb
  readonly #keymap: XkbKeymap
  readonly #state: XkbState
  /** For each real modifier the bit of a mask, 0 for none. */
  readonly #modifierBits: readonly number[]
  /** No layout has a modifier for it. */
  #isScrollLocked = false

  constructor(xkb: Xkb, keymap: XkbKeymap, modifierBits: readonly number[]) {
    this.#xkb = xkb
    this.#keymap = keymap
    this.#state = keymap.newState()
    this.#modifierBits = modifierBits
  }

  get mask(): number {
    const real = this.#state.modifiers
    const scroll = this.#isScrollLocked ? modifiers.scrollLock : 0
    return this.#modifierBits.reduce(
      (mask, bit, index) => ((real >> index) & 1 ? mask | bit : mask),
      scroll,
    )
  }

  keyId(code: number): number | undefined {
    return keyIdOfKeysym(this.#state.symbol(code), (symbol) => this.#xkb.characterOf(symbol))
  }

  repeats(code: number): boolean {
    return this.#keymap.repeats(code)
  }

  change(code: number, isPress: boolean): void {
    if (isPress && this.#state.symbol(code) === keysyms.scrollLock) {
      this.#isScrollLocked = !this.#isScrollLocked
    }
    this.#state.change(code, isPress)
  }

  setLocks(mask: number): void {
    const isLocked = (bit: number) =>
      (bit & (modifiers.capsLock | modifiers.numLock) & mask) === 0 ? 0 : 1
    this.#state.lockModifiers(
      this.#modifierBits.reduce((real, bit, index) => real | (isLocked(bit) << index), 0),
    )
    this.#isScrollLocked = (mask & modifiers.scrollLock) !== 0
  }

  close(): void {
    this.#state.close()
  }
}

/**
 * Which real modifiers a layout uses for what: each key of a modifier is pressed once, to see. Their names alone do not
 * tell: Mod1 to Mod5 are what the layout makes of them. xkb-data gives every layout such keys, beside those that keyboards have.
 */
function findModifiers(keymap: XkbKeymap): readonly number[] {
  const found = new Map<number, number>()
  for (let code = codes.KEY_ESC; code < codes.BTN_0; code++) {
    const state = keymap.newState()
    try {
      const keysym = state.symbol(code)
      if (!modifiersOfKeysyms.has(keysym)) continue
      state.change(code, true)
      found.set(keysym, (found.get(keysym) ?? 0) | state.modifiers)
    } finally {
      state.close()
    }
  }
  const bits = Array<number>(8).fill(0)
  for (const [keysym, bit] of modifiersOfKeysyms) {
    const real = found.get(keysym) ?? 0
    bits.forEach((taken, index) => {
      if (taken === 0 && (real >> index) & 1) bits[index] = bit
    })
  }
  return bits
}
