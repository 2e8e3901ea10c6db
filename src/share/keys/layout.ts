/** What symbols keys make. One layout may have any number of states; it is closed after all of them. */
export interface Layout {
  /** For people: 'de (nodeadkeys)'. */
  readonly label: string
  newState(): LayoutState
  close(): void
}

/** A keyboard with that layout: which modifiers are down, latched and locked, and which group is on. */
export interface LayoutState {
  /** Modifiers and lock keys that are in effect, as bits of `modifiers`. */
  readonly mask: number
  /** The symbol that a key of this evdev code would make now, as a KeyID; undefined where it makes none. */
  keyId(code: number): number | undefined
  /** Whether a key repeats while it is held: modifiers do not. */
  repeats(code: number): boolean
  /** A key goes down or up; each one must go up again. */
  change(code: number, isPress: boolean): void
  /** Puts lock keys on and off, as bits of `modifiers`. Only while no key is down. */
  setLocks(mask: number): void
  close(): void
}
