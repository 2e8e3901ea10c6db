import { type BarrierKey, keyIds, modifiers } from './barrier-key.ts'

/** In the order of the protocol's numbers: option value 1 is Shift. */
const kinds = [
  { option: 'MMFS', bit: modifiers.shift, left: keyIds.shiftLeft, right: keyIds.shiftRight },
  { option: 'MMFC', bit: modifiers.control, left: keyIds.controlLeft, right: keyIds.controlRight },
  { option: 'MMFA', bit: modifiers.alt, left: keyIds.altLeft, right: keyIds.altRight },
  { option: 'MMFM', bit: modifiers.meta, left: keyIds.metaLeft, right: keyIds.metaRight },
  { option: 'MMFR', bit: modifiers.super, left: keyIds.superLeft, right: keyIds.superRight },
  { option: 'MMFG', bit: modifiers.altGr, left: keyIds.altGr, right: keyIds.altGr },
] as const

type Kind = (typeof kinds)[number]

/** What a server's configuration makes of its modifiers on this screen (options MMFS, MMFC, ... of DSOP): the client's part. */
export class ModifierMap {
  /** For each KeyID that is another here: that one, 0 for none. */
  readonly #ids = new Map<number, number>()
  /** The same for the bits of masks. */
  readonly #bits = new Map<number, number>()

  /** Values beyond the known ones are let go. */
  constructor(options: ReadonlyMap<string, number>) {
    for (const from of kinds) {
      const value = options.get(from.option)
      const to = value === undefined ? from : kinds[value - 1]
      if (to !== from && (to !== undefined || value === 0)) this.#add(from, to)
    }
  }

  #add(from: Kind, to: Kind | undefined): void {
    // AltGr is one key, at the right: first, so that the right one of two equal ids stays.
    this.#ids.set(from.left, to?.left ?? 0)
    this.#ids.set(from.right, to?.right ?? 0)
    this.#bits.set(from.bit, to?.bit ?? 0)
  }

  /** The key as it is meant; undefined when it is to be none. */
  apply(key: BarrierKey): BarrierKey | undefined {
    if (this.#bits.size === 0) return key
    const id = this.#ids.get(key.id)
    if (id === 0) return undefined
    let mask = key.mask
    for (const from of this.#bits.keys()) mask &= ~from
    for (const [from, to] of this.#bits) if ((key.mask & from) !== 0) mask |= to
    return { id: id ?? key.id, mask, button: key.button }
  }
}
