import type { Device } from '../devices/device.ts'
import type { LinkOutcome } from '../devices/links-fallback.ts'
import type { NodeRole } from '../engine/target-name.ts'
import type { SwitchReason } from '../engine/types.ts'
import type { EvswitchError } from '../errors.ts'

/** A guest's clone of a device. */
export interface GuestClone {
  readonly device: Device
  readonly role: NodeRole
  readonly link: LinkOutcome
}

/** A guest and the nodes it is to open. */
export interface Guest {
  readonly name: string
  /** Whether it is given key repeats. */
  readonly repeat: boolean
  readonly keyboard: LinkOutcome
  readonly mouse: LinkOutcome
  readonly clones: readonly GuestClone[]
}

/** What a session has set up. */
export interface Started {
  readonly devices: readonly Device[]
  /** Devices that the guests have clones of. */
  readonly cloned: readonly Device[]
  /** Keyboards and pointers that stay with the host, each with its reason. */
  readonly left: readonly { readonly device: Device; readonly reason: string }[]
  readonly guests: readonly Guest[]
  /** Names of the screens of other computers. */
  readonly screens: readonly string[]
  /** Those of guests and screens, in the order of the hotkeys. */
  readonly targets: readonly string[]
  /** While a guest is active the host has no keyboard, or no mouse, of its own. */
  readonly takesLastKeyboard: boolean
  readonly takesLastMouse: boolean
  /** Sentences for the person who started it. */
  readonly advice: readonly string[]
}

/** Without what becomes of them. */
export type OpenedDevices = Omit<Started, 'guests' | 'screens' | 'targets'>

/** What a session tells while it runs, for people and scripts. `screen`: the target is that of another computer. */
export type Notice =
  | {
      readonly kind: 'switched'
      readonly target: string
      readonly previous: string
      readonly reason: SwitchReason
      readonly latencyNs: number | undefined
    }
  /** The target stays inactive, because nobody has its nodes open, or is connected as the screen. */
  | { readonly kind: 'refused'; readonly target: string; readonly screen?: true }
  | { readonly kind: 'panic' }
  /** The hotkeys that switch were turned off, or on again. */
  | { readonly kind: 'locked'; readonly locked: boolean }
  /** A hotkey asks for a hook; the service executes nothing. */
  | { readonly kind: 'hook'; readonly hook: string; readonly target: string }
  /** The machine had slept: devices and nodes were looked at anew, the host is active. */
  | { readonly kind: 'resumed' }
  /** The guest's machine opened or left its nodes; the screen's computer connected or went. */
  | {
      readonly kind: 'consumer'
      readonly target: string
      readonly present: boolean
      readonly screen?: true
    }
  | { readonly kind: 'device-arrived'; readonly device: Device }
  | { readonly kind: 'device-departed'; readonly device: Device }
  /** A device that was to be taken cannot be. */
  | { readonly kind: 'device-failed'; readonly device: Device; readonly error: EvswitchError }
  /** A node that may be a keyboard or mouse, but cannot be looked at. */
  | { readonly kind: 'device-waiting'; readonly node: string; readonly reason: string }
  /** Works, but not as well as it could. */
  | { readonly kind: 'warning'; readonly text: string; readonly remedy: string | undefined }
