import koffi from 'koffi'
import type { Pointer } from './library.ts'

/** libxkbcommon (xkbcommon/xkbcommon.h), as far as it is needed to know what keys mean in a layout. */

/** Its file in every distribution: the number is that of its ABI, which has never changed. */
export const xkbLibraryName = 'libxkbcommon.so.0'

/** Names of rules, as in XKB_DEFAULT_...: what they stand for is in files of the package xkb-data or xkeyboard-config. */
export interface XkbNames {
  readonly rules: string
  readonly model: string
  /** One or several, with commas. */
  readonly layout: string
  /** As many as layouts, or empty. */
  readonly variant: string
  readonly options: string
}

/** Keycodes of a keymap are those of X11: the kernel's code and 8. */
const keycodeOffset = 8

/** XKB_CONTEXT_NO_ENVIRONMENT_NAMES: what is asked for is what there is. */
const noEnvironmentNames = 1 << 1
/** XKB_LOG_LEVEL_CRITICAL: it would write to stderr; that something cannot be had is told by the result. */
const logCritical = 10
/** XKB_STATE_MODS_EFFECTIVE */
const effective = 1 << 3
/** The real modifiers: Shift, Lock, Control and Mod1 to Mod5. */
const realModifiers = 0xff

const xkbNames = koffi.struct({
  rules: 'str',
  model: 'str',
  layout: 'str',
  variant: 'str',
  options: 'str',
})

/** The library, or undefined where there is none. */
export function openXkb(name = xkbLibraryName): Xkb | undefined {
  try {
    return new Xkb(bind(name))
  } catch {
    // koffi has one error for a file that is not there and for one that cannot be used.
    return undefined
  }
}

type XkbFunctions = ReturnType<typeof bind>

function bind(name: string) {
  const library = koffi.load(name)
  const handle = 'void *'
  return {
    contextNew: library.func('xkb_context_new', handle, ['int']) as (
      flags: number,
    ) => Pointer | null,
    contextUnref: library.func('xkb_context_unref', 'void', [handle]) as (context: Pointer) => void,
    setLogLevel: library.func('xkb_context_set_log_level', 'void', [handle, 'int']) as (
      context: Pointer,
      level: number,
    ) => void,
    keymapNew: library.func('xkb_keymap_new_from_names', handle, [
      handle,
      koffi.pointer(xkbNames),
      'int',
    ]) as (context: Pointer, names: XkbNames, flags: number) => Pointer | null,
    keymapUnref: library.func('xkb_keymap_unref', 'void', [handle]) as (keymap: Pointer) => void,
    keyRepeats: library.func('xkb_keymap_key_repeats', 'int', [handle, 'uint32_t']) as (
      keymap: Pointer,
      key: number,
    ) => number,
    stateNew: library.func('xkb_state_new', handle, [handle]) as (
      keymap: Pointer,
    ) => Pointer | null,
    stateUnref: library.func('xkb_state_unref', 'void', [handle]) as (state: Pointer) => void,
    updateKey: library.func('xkb_state_update_key', 'int', [handle, 'uint32_t', 'int']) as (
      state: Pointer,
      key: number,
      isDown: number,
    ) => number,
    updateMask: library.func('xkb_state_update_mask', 'int', [
      handle,
      ...Array<string>(6).fill('uint32_t'),
    ]) as (state: Pointer, ...components: number[]) => number,
    oneSymbol: library.func('xkb_state_key_get_one_sym', 'uint32_t', [handle, 'uint32_t']) as (
      state: Pointer,
      key: number,
    ) => number,
    serializeMods: library.func('xkb_state_serialize_mods', 'uint32_t', [handle, 'int']) as (
      state: Pointer,
      components: number,
    ) => number,
    serializeLayout: library.func('xkb_state_serialize_layout', 'uint32_t', [handle, 'int']) as (
      state: Pointer,
      components: number,
    ) => number,
    symbolToUtf32: library.func('xkb_keysym_to_utf32', 'uint32_t', ['uint32_t']) as (
      symbol: number,
    ) => number,
  }
}

export class Xkb {
  readonly #functions: XkbFunctions

  constructor(functions: XkbFunctions) {
    this.#functions = functions
  }

  /** A keymap for these names; undefined when there is no such layout or variant. Unknown options and models it does not mind. */
  compile(names: XkbNames): XkbKeymap | undefined {
    const { contextNew, contextUnref, setLogLevel, keymapNew } = this.#functions
    const context = contextNew(noEnvironmentNames)
    if (context === null) return undefined
    setLogLevel(context, logCritical)
    const keymap = keymapNew(context, names, 0)
    // A keymap keeps its context itself.
    contextUnref(context)
    return keymap === null ? undefined : new XkbKeymap(this.#functions, keymap)
  }

  /** The Unicode character of a keysym, 0 for none. */
  characterOf(symbol: number): number {
    return this.#functions.symbolToUtf32(symbol)
  }
}

/** Given back by `close`; its states are their own. */
export class XkbKeymap {
  readonly #functions: XkbFunctions
  readonly #keymap: Pointer
  #isOpen = true

  constructor(functions: XkbFunctions, keymap: Pointer) {
    this.#functions = functions
    this.#keymap = keymap
  }

  /** Whether the key of an evdev code repeats while it is held. */
  repeats(code: number): boolean {
    this.#check()
    return this.#functions.keyRepeats(this.#keymap, code + keycodeOffset) === 1
  }

  newState(): XkbState {
    this.#check()
    const state = this.#functions.stateNew(this.#keymap)
    if (state === null) throw new Error('xkb_state_new: out of memory')
    return new XkbState(this.#functions, state)
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#functions.keymapUnref(this.#keymap)
  }

  /** A use after the end would be one of memory that is another's by then. */
  #check(): void {
    if (!this.#isOpen) throw new Error('the keymap is closed')
  }
}

/** A keyboard's modifiers and group. Keeps its keymap in memory until `close`. */
export class XkbState {
  readonly #functions: XkbFunctions
  readonly #state: Pointer
  #isOpen = true

  constructor(functions: XkbFunctions, state: Pointer) {
    this.#functions = functions
    this.#state = state
  }

  /** The real modifiers in effect, pressed, latched or locked: bit 0 is Shift, 1 Lock, 2 Control, 3 to 7 Mod1 to Mod5. */
  get modifiers(): number {
    this.#check()
    return this.#functions.serializeMods(this.#state, effective) & realModifiers
  }

  /** The keysym that the key of an evdev code makes now; 0 for none, or several at once. */
  symbol(code: number): number {
    this.#check()
    return this.#functions.oneSymbol(this.#state, code + keycodeOffset)
  }

  change(code: number, isPress: boolean): void {
    this.#check()
    this.#functions.updateKey(this.#state, code + keycodeOffset, isPress ? 1 : 0)
  }

  /**
   * Sets the locked modifiers; latches and groups that are latched end. Only while no key is down: the library
   * counts keys by modifier, and there must be none to count.
   */
  lockModifiers(mask: number): void {
    this.#check()
    const group = this.#functions.serializeLayout(this.#state, lockedLayout)
    this.#functions.updateMask(this.#state, 0, 0, mask, 0, 0, group)
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#functions.stateUnref(this.#state)
  }

  #check(): void {
    if (!this.#isOpen) throw new Error('the state is closed')
  }
}

/** XKB_STATE_LAYOUT_LOCKED */
const lockedLayout = 1 << 6
