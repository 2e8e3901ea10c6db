/** A key as the protocol says it (DKDN, DKRP, DKUP). */
export interface BarrierKey {
  /** KeyID: the symbol that the server's layout made of the key. */
  readonly id: number
  /** Modifiers before the event; see `modifiers`. */
  readonly mask: number
  /** The physical key, numbered as the server's system does; 0 where it is not known. */
  readonly button: number
}

/** Bits of a mask. The last three are lock keys that are on. */
export const modifiers = {
  shift: 1,
  control: 2,
  alt: 4,
  meta: 8,
  super: 0x10,
  altGr: 0x20,
  level5: 0x40,
  capsLock: 0x1000,
  numLock: 0x2000,
  scrollLock: 0x4000,
} as const

/** The bits of `modifiers` that are lock keys: all that the mask of an enter (CINN) has. */
export const lockMask = modifiers.capsLock | modifiers.numLock | modifiers.scrollLock

export const keyIds = {
  scrollLock: 0xef14,
  altGr: 0xef7e,
  numLock: 0xef7f,
  shiftLeft: 0xefe1,
  shiftRight: 0xefe2,
  controlLeft: 0xefe3,
  controlRight: 0xefe4,
  capsLock: 0xefe5,
  metaLeft: 0xefe7,
  metaRight: 0xefe8,
  altLeft: 0xefe9,
  altRight: 0xefea,
  superLeft: 0xefeb,
  superRight: 0xefec,
  space: 0x20,
} as const

/** First KeyID that is no Unicode character: from here on they name keys. */
const firstNamedKey = 0xe000

/**
 * Whether a KeyID is a character whose key depends on a layout. The space is none: it is on the same key
 * everywhere.
 */
export function isCharacter(id: number): boolean {
  return id > keyIds.space && id < firstNamedKey
}
