import { codes } from '../../engine/code-table.ts'
import { type BarrierKey, isCharacter, keyIds, lockMask, modifiers } from './barrier-key.ts'
import { codeOfNamedKey, type ServerType, ServerTypeVote } from './buttons.ts'
import { findWay, type Way } from './find-way.ts'
import { type CharacterKey, HostKeys } from './host-keys.ts'
import { ModifierMap } from './modifier-map.ts'
import { usLayout } from './us-layout.ts'

/** A key of our keyboard goes down (1) or up (0). Each change is a frame of its own. */
export interface KeyChange {
  readonly code: number
  readonly value: 0 | 1
}

export interface IncomingKeysOptions {
  /** The layout of the host that the keys are for. Default: US. */
  readonly host?: HostKeys
  /**
   * How the server numbers its keys: 'auto' finds it out; 'keyid' never looks at the numbers and presses what makes
   * the server's characters in the layout of the host. Default: 'auto'.
   */
  readonly server?: ServerType | 'auto' | 'keyid'
  /** Windows sends left Ctrl and right Alt for AltGr: whether the two are one key. Default: where the host has AltGr. */
  readonly altGrPair?: boolean
}

/** What did not go as the server meant it. */
export interface IncomingKeysStatistics {
  /** Keys that this keyboard cannot press: nothing was pressed for them. */
  readonly untyped: number
  /** Releases of keys that were not down, as one that was held while the screen was entered. */
  readonly unknownReleases: number
  /** Presses beyond the most that can be held at once. */
  readonly refused: number
  /** Modifiers whose release never came, let go because the server says that they are up. */
  readonly repaired: number
}

/** More than all fingers of some people; what a server can make us remember. */
const heldMax = 64

/** Of a key that goes up at once: no button, and no key without one. */
const tapSlot = 0

/** A key that is down at the server, and what is down here for it: 0 for nothing. */
interface Held {
  code: number
}

/** Modifiers that are other than the server's as long as one key needs it. */
interface Exception {
  readonly slot: number
  readonly pressed: readonly number[]
  readonly lifted: readonly number[]
}

/** Modifiers of which one is to be down, or none. */
interface Need {
  readonly isDown: boolean
  readonly codes: readonly number[]
}

const shiftCodes: readonly number[] = [codes.KEY_LEFTSHIFT, codes.KEY_RIGHTSHIFT]
const controlCodes: readonly number[] = [codes.KEY_LEFTCTRL, codes.KEY_RIGHTCTRL]
const altCodes: readonly number[] = [codes.KEY_LEFTALT, codes.KEY_RIGHTALT]

/** Modifiers, and the bits of a mask of which one at least is set while such a key is down. */
const modifierKinds = [
  { codes: shiftCodes, bits: modifiers.shift },
  { codes: controlCodes, bits: modifiers.control | modifiers.altGr },
  { codes: altCodes, bits: modifiers.alt | modifiers.meta | modifiers.altGr },
  {
    codes: [codes.KEY_LEFTMETA, codes.KEY_RIGHTMETA],
    bits: modifiers.super | modifiers.meta,
  },
] as const

const modifierCodes: ReadonlySet<number> = new Set(modifierKinds.flatMap((kind) => kind.codes))

const locks = [
  { option: 'HDCL', code: codes.KEY_CAPSLOCK, bit: modifiers.capsLock, id: keyIds.capsLock },
  { option: 'HDNL', code: codes.KEY_NUMLOCK, bit: modifiers.numLock, id: keyIds.numLock },
  { option: 'HDSL', code: codes.KEY_SCROLLLOCK, bit: modifiers.scrollLock, id: keyIds.scrollLock },
] as const

/**
 * The keys that a server sends, as changes of our own keyboard, for one connection. A key is found by its name
 * where it has the same place in every layout, by the server's button otherwise, so that the host's layout makes the
 * character; as long as it is not known how the server numbers its buttons, by the character itself.
 *
 * What is down here follows from what the server holds, and every change is the difference to what was down: so
 * nothing is pressed twice, and nothing stays down.
 */
export class IncomingKeys {
  readonly #host: HostKeys
  readonly #server: ServerType | 'auto' | 'keyid'
  readonly #altGrPair: boolean
  readonly #vote = new ServerTypeVote()
  readonly #held = new Map<number, Held>()
  /** Codes that are down on our keyboard. */
  #down: ReadonlySet<number> = new Set()
  #exception: Exception | undefined
  #modifierMap = new ModifierMap(new Map())
  /** Bits that the server has ever told of: only their absence means something. */
  #toldBits: number = modifiers.shift
  /** Slot of a left Ctrl whose press was the last that came. */
  #lastControl: number | undefined
  #lamps: number | undefined
  /** Lock keys that the options call half-duplex: they go down for on and up for off, so that a tap is nothing. */
  #untapped = 0
  readonly #statistics = { untyped: 0, unknownReleases: 0, refused: 0, repaired: 0 }

  constructor(options: IncomingKeysOptions = {}) {
    this.#host = options.host ?? new HostKeys(usLayout)
    this.#server = options.server ?? 'auto'
    this.#altGrPair = options.altGrPair ?? this.#host.altGrCode === codes.KEY_RIGHTALT
  }

  get statistics(): IncomingKeysStatistics {
    return { ...this.#statistics }
  }

  /** How the server's buttons are read; undefined as long as it is not known, and for 'keyid'. */
  get serverType(): ServerType | undefined {
    if (this.#server === 'keyid') return undefined
    return this.#server === 'auto' ? this.#vote.type : this.#server
  }

  /** The screen's options (DSOP), by their four letters; those that are left out are back at their default. */
  setOptions(options: ReadonlyMap<string, number>): void {
    this.#modifierMap = new ModifierMap(options)
    this.#untapped = locks
      .filter(({ option }) => (options.get(option) ?? 0) !== 0)
      .reduce((mask, { bit }) => mask | bit, 0)
  }

  /** What the lamps of our keyboard show, as bits of a mask: the host's true lock keys. */
  setLamps(mask: number): void {
    this.#lamps = mask & lockMask
  }

  /** The server comes to this screen: taps the lock keys that are other than the server's. None before lamps are known. */
  enter(mask: number): KeyChange[] {
    const differs = this.#lamps === undefined ? 0 : (this.#lamps ^ mask) & ~this.#untapped
    return locks
      .filter(({ code, bit, id }) => (differs & bit) !== 0 && this.#host.makes(code, id))
      .flatMap(({ code }) => [press(code), release(code)])
  }

  /** A press; one of a key that is down already is a repeat. */
  press(key: BarrierKey): KeyChange[] {
    const slot = slotOf(key)
    if (this.#held.has(slot)) return []
    if (this.#held.size >= heldMax) {
      this.#statistics.refused++
      return []
    }
    this.#vote.count(key)
    const meant = this.#modifierMap.apply(key)
    const way = meant === undefined ? undefined : this.#find(meant)
    if (meant !== undefined && way === undefined) this.#statistics.untyped++
    this.#toldBits |= meant?.mask ?? 0
    const dead = way?.dead === undefined ? [] : this.#tap(way.dead, key.mask)
    const before = this.#lastControl
    this.#lastControl = undefined
    this.#exception = undefined
    this.#held.set(slot, { code: way?.code ?? 0 })
    if (meant !== undefined && way !== undefined) {
      if (!modifierCodes.has(way.code)) this.#adapt(slot, way.needs, meant.mask)
      else if (way.code === codes.KEY_LEFTCTRL) this.#lastControl = slot
      else if (way.code === codes.KEY_RIGHTALT) this.#joinAltGr(before)
    }
    const changes = [...dead, ...this.#settle()]
    return isTapped(key) ? [...changes, ...this.#letGo(slot)] : changes
  }

  /** An automatic repeat. The host repeats by itself what is down here; one of a key that never came down here is none of ours. */
  repeat(key: BarrierKey): KeyChange[] {
    return isTapped(key) ? this.press(key) : []
  }

  /** A release, by its button: the symbol may be another one by now. */
  release(key: BarrierKey): KeyChange[] {
    if (isTapped(key)) return []
    const slot = slotOf(key)
    this.#toldBits |= this.#modifierMap.apply(key)?.mask ?? 0
    if (!this.#held.has(slot)) {
      this.#statistics.unknownReleases++
      return []
    }
    this.#lastControl = undefined
    return this.#letGo(slot)
  }

  /** The server leaves, or is lost: everything goes up. */
  releaseAll(): KeyChange[] {
    this.#held.clear()
    this.#exception = undefined
    this.#lastControl = undefined
    return this.#settle()
  }

  #find(meant: BarrierKey): Way | undefined {
    const isCapsLocked = ((this.#lamps ?? meant.mask) & modifiers.capsLock) !== 0
    return findWay(meant, { host: this.#host, type: this.serverType, isCapsLocked })
  }

  #adapt(slot: number, needed: Way['needs'], mask: number): void {
    this.#repair(mask)
    const held = new Set([...this.#held.values()].map(({ code }) => code))
    const needs = needed === undefined ? needsOfPlace(held, mask) : this.#needsOf(needed, mask)
    const missing = needs.filter((need) => need.isDown && !hasAny(held, need.codes))
    const pressed = missing.flatMap((need) => need.codes.slice(0, 1))
    const lifted = needs.filter((need) => !need.isDown).flatMap((need) => need.codes)
    this.#exception = { slot, pressed, lifted }
  }

  #needsOf({ shift, altGr }: NonNullable<Way['needs']>, mask: number): Need[] {
    const { altGrCode } = this.#host
    // What makes AltGr at the server has done its work; as Ctrl or Alt it would make a shortcut here.
    const isSpent = (mask & modifiers.altGr) !== 0
    const spent = [
      ...(isSpent && (mask & modifiers.control) === 0 ? controlCodes : []),
      ...(isSpent && (mask & modifiers.alt) === 0 ? altCodes : []),
    ].filter((code) => code !== altGrCode)
    return [
      { isDown: shift, codes: shiftCodes },
      { isDown: altGr, codes: altGrCode === undefined ? [] : [altGrCode] },
      { isDown: false, codes: spent },
    ]
  }

  /** A modifier that the server does not have down any more, though it used to tell of such. */
  #repair(mask: number): void {
    for (const kind of modifierKinds) {
      const isTold = (kind.bits & this.#toldBits) !== 0
      if (!isTold || (kind.bits & mask) !== 0) continue
      for (const held of this.#held.values()) {
        if (!kind.codes.some((code) => code === held.code)) continue
        held.code = 0
        this.#statistics.repaired++
      }
    }
  }

  /** The right Alt that came directly after a left Ctrl is AltGr, and the Ctrl is no key at all. */
  #joinAltGr(controlSlot: number | undefined): void {
    if (!this.#altGrPair || this.serverType !== 'windows') return
    const control = controlSlot === undefined ? undefined : this.#held.get(controlSlot)
    if (control !== undefined) control.code = 0
  }

  #tap(key: CharacterKey, mask: number): KeyChange[] {
    this.#held.set(tapSlot, { code: key.code })
    this.#adapt(tapSlot, key, mask)
    return [...this.#settle(), ...this.#letGo(tapSlot)]
  }

  #letGo(slot: number): KeyChange[] {
    this.#held.delete(slot)
    if (this.#exception?.slot === slot) this.#exception = undefined
    return this.#settle()
  }

  /** From what is down to what has to be: releases first, keys before modifiers; then presses, modifiers before keys. */
  #settle(): KeyChange[] {
    const wanted = new Set([...this.#held.values()].map(({ code }) => code))
    for (const code of this.#exception?.lifted ?? []) wanted.delete(code)
    for (const code of this.#exception?.pressed ?? []) wanted.add(code)
    wanted.delete(0)
    const up = [...this.#down].filter((code) => !wanted.has(code))
    const down = [...wanted].filter((code) => !this.#down.has(code))
    this.#down = wanted
    return [
      ...up.filter((code) => !this.#isModifier(code)).map(release),
      ...up.filter((code) => this.#isModifier(code)).map(release),
      ...down.filter((code) => this.#isModifier(code)).map(press),
      ...down.filter((code) => !this.#isModifier(code)).map(press),
    ]
  }

  #isModifier(code: number): boolean {
    return modifierCodes.has(code) || code === this.#host.altGrCode
  }
}

/**
 * What tells keys apart: the button. Without one it is the key's place (above all buttons), since the KeyID of
 * one key may change while it is down.
 */
function slotOf({ id, button }: BarrierKey): number {
  if (button !== 0) return button
  const code = codeOfNamedKey(id)
  return code !== 0 ? 0x1_0000 + code : 0x2_0000 + id
}

/** Without a button nobody could tell which character a release is for. */
function isTapped({ id, button }: BarrierKey): boolean {
  return button === 0 && isCharacter(id)
}

function hasAny(held: ReadonlySet<number>, some: readonly number[]): boolean {
  return some.some((code) => held.has(code))
}

/** A Shift that was down when the screen was entered: only the mask tells of it. */
function needsOfPlace(held: ReadonlySet<number>, mask: number): Need[] {
  return [{ isDown: hasAny(held, shiftCodes) || (mask & modifiers.shift) !== 0, codes: shiftCodes }]
}

function press(code: number): KeyChange {
  return { code, value: 1 }
}

function release(code: number): KeyChange {
  return { code, value: 0 }
}
