import { codes } from './code-table.ts'
import type { HotkeyAction } from './types.ts'

/**
 * What keys, wheels and motion shall be instead, as the engine takes it: evs_engine_set_map in evswitch.h. Every name
 * is a code already but those of targets.
 */
export interface KeyMap {
  readonly rules: readonly MapRule[]
  readonly axes: readonly MapAxis[]
  /** For each class of sources the number of the table that holds while a target is active, by the target's name. */
  readonly classes: readonly ReadonlyMap<string, number>[]
}

export interface MapRule {
  readonly table: number
  /** The trigger is the last: a key, or one detent of a wheel. The others must be held. */
  readonly keys: readonly number[]
  readonly result: MapResult
}

export type MapResult =
  /** Held while the trigger is; on `target`, or on the active one. */
  | { readonly kind: 'keys'; readonly keys: readonly number[]; readonly target?: string }
  | { readonly kind: 'block' }
  | { readonly kind: 'macro'; readonly steps: readonly MacroStep[] }
  | { readonly kind: 'action'; readonly action: HotkeyAction }
  /** Motion turns the wheels while the trigger is held: a detent for so many counts. */
  | { readonly kind: 'scroll'; readonly counts: number }

export interface MacroStep {
  readonly code: number
  readonly isPress: boolean
  /** Before it. */
  readonly waitMs: number
}

export interface MapAxis {
  readonly table: number
  /** REL_*; those of one family may become each other. */
  readonly code: number
  readonly to: number
  readonly factor: number
}

/** Triggers beyond all keys: enum evs_map_wheel. */
export const wheels = {
  'wheel-up': 0x300,
  'wheel-down': 0x301,
  'wheel-left': 0x302,
  'wheel-right': 0x303,
} as const

/** A wheel and its twin of high resolution, which says the same in smaller steps. */
export const hiResTwins: ReadonlyMap<number, number> = new Map([
  [codes.REL_WHEEL, codes.REL_WHEEL_HI_RES],
  [codes.REL_HWHEEL, codes.REL_HWHEEL_HI_RES],
])

export const emptyKeyMap: KeyMap = { rules: [], axes: [], classes: [] }
