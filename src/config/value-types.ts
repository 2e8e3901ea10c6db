import { isAbsolute } from 'node:path'
import { socketPathMax } from '../control/socket-path.ts'
import { type HotkeyKeys, hotkeyText, parseHotkey } from '../engine/hotkey.ts'
import { checkTargetName } from '../engine/target-name.ts'
import { EvswitchError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { realtimeMax } from './limits.ts'
import { parseHook } from './map-text.ts'
import type { Range } from './setting.ts'
import { tomlText } from './toml-text.ts'
import type { TomlScalar, TomlValue } from './toml-tree.ts'

/** A value as TOML has it, without its place. */
export type PlainValue =
  | string
  | number
  | boolean
  | readonly PlainValue[]
  | { readonly [name: string]: PlainValue }

/** Says what is wrong at a place of the file. */
export type Tell = (range: Range, message: string, remedy?: string) => void

/** What a value may be, how it is read, and how it is written. */
export interface ValueType<T> {
  /** Ends "must be ...": 'true or false'. */
  readonly expects: string
  /** Undefined for a value of another TOML type. Throws EvswitchErrors for one that says nothing useful. */
  read(value: TomlScalar): T | undefined
  /**
   * The same for arrays and tables, of which parts may be wrong: these are told and left out. Undefined for what is
   * something else altogether.
   */
  readTree?(value: TomlValue, tell: Tell): T | undefined
  /** What stands in a file for it: reading that gives the same. */
  plain(value: T): PlainValue
}

export const flag: ValueType<boolean> = {
  expects: 'true or false',
  read: ({ value }) => (typeof value === 'boolean' ? value : undefined),
  plain: (value) => value,
}

export const keys: ValueType<HotkeyKeys> = {
  expects: 'keys as in "leftctrl+rightctrl"',
  read: ({ value }) => (typeof value === 'string' ? parseHotkey(value) : undefined),
  plain: hotkeyText,
}

export const targetName: ValueType<string> = {
  expects: 'a name as in "win10"',
  read: ({ value }) => (typeof value === 'string' ? checkTargetName(value) : undefined),
  plain: (value) => value,
}

/** A target that must be there, or the host; whether it is there is a rule, not a matter of type. */
export const targetReference: ValueType<string> = {
  expects: 'the name of a target, or "host"',
  read: ({ value }) => (typeof value === 'string' ? value : undefined),
  plain: (value) => value,
}

const deviceNameMax = 1024

export const deviceName: ValueType<string> = {
  expects: 'the name of a device as in "by-id/usb-Logitech_USB_Receiver-event-kbd"',
  read: ({ value }) => {
    if (typeof value !== 'string') return undefined
    const remedy = 'evswitch devices lists the names of all devices'
    if (value.trim() === '') {
      throw new EvswitchError('unknown-device', 'the device has no name', { remedy })
    }
    if (value.length > deviceNameMax || /\p{Cc}/u.test(value)) {
      throw new EvswitchError('unknown-device', 'no device can have this name', { remedy })
    }
    return value
  },
  plain: (value) => value,
}

export const hookName: ValueType<string> = {
  expects: 'the name of a hook as in "monitor"',
  read: ({ value }) => (typeof value === 'string' ? parseHook(value) : undefined),
  plain: (value) => value,
}

/** Where a Unix socket is that others make. */
export const otherSocketPath: ValueType<string> = {
  expects: 'an absolute path',
  read: ({ value }) => {
    if (typeof value !== 'string') return undefined
    if (isSocketPath(value)) return value
    throw new EvswitchError('usage', 'no socket can have this path', {
      remedy: `say an absolute path of at most ${socketPathMax} bytes`,
    })
  },
  plain: (value) => value,
}

function isSocketPath(value: string): boolean {
  const isPath = isAbsolute(value) && !/\p{Cc}/u.test(value)
  return isPath && Buffer.byteLength(value) <= socketPathMax
}

/** Where a control socket is to be; 'off' = nowhere. */
export const socketPath: ValueType<string> = {
  expects: 'an absolute path, or "off"',
  read: ({ value }) => {
    if (typeof value !== 'string' || value === 'off') return value === 'off' ? value : undefined
    if (isSocketPath(value)) return value
    throw new EvswitchError('usage', 'no socket can have this path', {
      remedy: `say an absolute path of at most ${socketPathMax} bytes, or "off"`,
    })
  },
  plain: (value) => value,
}

export const groupName: ValueType<string> = {
  expects: 'the name of a group',
  read: ({ value }) => {
    if (typeof value !== 'string') return undefined
    if (/^[a-z_][a-z0-9_-]{0,31}$/i.test(value)) return value
    throw new EvswitchError('usage', 'no group can have this name', {
      remedy: 'getent group lists those there are',
    })
  },
  plain: (value) => value,
}

/** SCHED_FIFO priority, 0 = none. */
export const realtime: ValueType<number> = {
  expects: `a number from 1 to ${realtimeMax}, or "off"`,
  read: ({ value }) => {
    if (value === 'off') return 0
    if (typeof value === 'string') {
      throw new EvswitchError('usage', 'bad real-time priority', {
        remedy: /^\d+$/.test(value)
          ? 'write the number without quotation marks'
          : `say a number from 1 to ${realtimeMax}, or "off"`,
      })
    }
    if (typeof value !== 'bigint') return undefined
    if (value >= 1n && value <= BigInt(realtimeMax)) return Number(value)
    throw new EvswitchError('usage', `the real-time priority ${shortened(value)} is out of range`, {
      remedy: `say a number from 1 to ${realtimeMax}, or "off"`,
    })
  },
  plain: (value) => (value === 0 ? 'off' : value),
}

/** A whole number within bounds. */
export function wholeNumber(min: number, max: number): ValueType<number> {
  const expects = `a number from ${min} to ${max}`
  return {
    expects,
    read: ({ value }) => {
      if (typeof value !== 'bigint') return undefined
      if (value >= BigInt(min) && value <= BigInt(max)) return Number(value)
      throw new EvswitchError('usage', `${shortened(value)} is out of range`, {
        remedy: `say ${expects}`,
      })
    },
    plain: (value) => value,
  }
}

/** A number within bounds, with or without a fraction. */
export function decimal(min: number, max: number): ValueType<number> {
  const expects = `a number from ${min} to ${max}`
  return {
    expects,
    read: ({ value }) => {
      if (typeof value !== 'bigint' && typeof value !== 'number') return undefined
      // TOML has inf and nan.
      if (Number(value) >= min && Number(value) <= max) return Number(value)
      throw new EvswitchError('usage', 'the number is out of range', { remedy: `say ${expects}` })
    },
    plain: (value) => value,
  }
}

/** One of some words. */
export function choice<const T extends string>(...words: readonly T[]): ValueType<T> {
  const quoted = words.map((word) => `"${word}"`)
  const last = quoted.pop() ?? ''
  const expects = quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`
  return {
    expects,
    read: ({ value }) => {
      if (typeof value !== 'string') return undefined
      const word = words.find((candidate) => candidate === value)
      if (word !== undefined) return word
      const near = nearest(value, words)
      throw new EvswitchError('usage', `${tomlText(value.slice(0, 40))} is none of the choices`, {
        remedy:
          near === undefined ? `say ${expects}` : `did you mean "${near}"? It can be ${expects}`,
      })
    },
    plain: (value) => value,
  }
}

function shortened(value: bigint): string {
  const text = String(value)
  return text.length > 12 ? `${text.slice(0, 12)}...` : text
}
