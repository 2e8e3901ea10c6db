import { EvswitchError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { codeAliases, codeLimits, codes } from './code-table.ts'

/** The event types whose codes have names, by the prefix of the names. */
const typePrefixes = new Map<number, readonly string[]>([
  [codes.EV_SYN, ['SYN_']],
  [codes.EV_KEY, ['KEY_', 'BTN_']],
  [codes.EV_REL, ['REL_']],
  [codes.EV_ABS, ['ABS_']],
  [codes.EV_MSC, ['MSC_']],
  [codes.EV_SW, ['SW_']],
  [codes.EV_LED, ['LED_']],
  [codes.EV_SND, ['SND_']],
  [codes.EV_REP, ['REP_']],
])

const typeNames = invert(['EV_'])
const propertyNames = invert(['INPUT_PROP_'])
const codeNames = new Map([...typePrefixes].map(([type, prefixes]) => [type, invert(prefixes)]))
const keyNames = invert(['KEY_', 'BTN_'])
const keysByName = looseNames('KEY_')
const buttonsByName = looseNames('BTN_')

/** What people write for keys that the kernel calls otherwise. */
const nicknames = new Map<string, number>([
  ['lctrl', codes.KEY_LEFTCTRL],
  ['rctrl', codes.KEY_RIGHTCTRL],
  ['leftcontrol', codes.KEY_LEFTCTRL],
  ['rightcontrol', codes.KEY_RIGHTCTRL],
  ['lshift', codes.KEY_LEFTSHIFT],
  ['rshift', codes.KEY_RIGHTSHIFT],
  ['lalt', codes.KEY_LEFTALT],
  ['ralt', codes.KEY_RIGHTALT],
  ['altgr', codes.KEY_RIGHTALT],
  ['lmeta', codes.KEY_LEFTMETA],
  ['rmeta', codes.KEY_RIGHTMETA],
  ['leftsuper', codes.KEY_LEFTMETA],
  ['rightsuper', codes.KEY_RIGHTMETA],
  ['leftwin', codes.KEY_LEFTMETA],
  ['rightwin', codes.KEY_RIGHTMETA],
  ['escape', codes.KEY_ESC],
  ['return', codes.KEY_ENTER],
  ['del', codes.KEY_DELETE],
  ['ins', codes.KEY_INSERT],
  ['pgup', codes.KEY_PAGEUP],
  ['pgdn', codes.KEY_PAGEDOWN],
  ['printscreen', codes.KEY_SYSRQ],
  ['prtsc', codes.KEY_SYSRQ],
  ['menu', codes.KEY_COMPOSE],
  ['numpadenter', codes.KEY_KPENTER],
])

/** Words that fit a left and a right key: both are offered instead of a guess. */
const pairs = new Map<string, readonly [string, string]>([
  ['ctrl', ['leftctrl', 'rightctrl']],
  ['control', ['leftctrl', 'rightctrl']],
  ['shift', ['leftshift', 'rightshift']],
  ['alt', ['leftalt', 'rightalt']],
  ['meta', ['leftmeta', 'rightmeta']],
  ['super', ['leftmeta', 'rightmeta']],
  ['win', ['leftmeta', 'rightmeta']],
])

/** How keycaps are labelled, where that is not simply the kernel's word. */
const labels = new Map<number, string>([
  [codes.KEY_LEFTCTRL, 'left Ctrl'],
  [codes.KEY_RIGHTCTRL, 'right Ctrl'],
  [codes.KEY_LEFTSHIFT, 'left Shift'],
  [codes.KEY_RIGHTSHIFT, 'right Shift'],
  [codes.KEY_LEFTALT, 'left Alt'],
  [codes.KEY_RIGHTALT, 'right Alt'],
  [codes.KEY_LEFTMETA, 'left Meta'],
  [codes.KEY_RIGHTMETA, 'right Meta'],
  [codes.KEY_CAPSLOCK, 'Caps Lock'],
  [codes.KEY_NUMLOCK, 'Num Lock'],
  [codes.KEY_SCROLLLOCK, 'Scroll Lock'],
  [codes.KEY_SYSRQ, 'Print Screen'],
  [codes.KEY_PAGEUP, 'Page Up'],
  [codes.KEY_PAGEDOWN, 'Page Down'],
  [codes.KEY_COMPOSE, 'Menu'],
  [codes.KEY_GRAVE, '`'],
  [codes.KEY_MINUS, '-'],
  [codes.KEY_EQUAL, '='],
  [codes.KEY_LEFTBRACE, '['],
  [codes.KEY_RIGHTBRACE, ']'],
  [codes.KEY_SEMICOLON, ';'],
  [codes.KEY_APOSTROPHE, "'"],
  [codes.KEY_BACKSLASH, '\\'],
  [codes.KEY_COMMA, ','],
  [codes.KEY_DOT, '.'],
  [codes.KEY_SLASH, '/'],
])

/** 'EV_KEY' for 1; a number for types the kernel has not named. */
export function typeName(type: number): string {
  return typeNames.get(type) ?? `EV_${hex(type)}`
}

/** 'REL_X' for (EV_REL, 0); numbers where the kernel has no name. */
export function codeName(type: number, code: number): string {
  return codeNames.get(type)?.get(code) ?? `${typeName(type)}:${hex(code)}`
}

/** 'KEY_LEFTCTRL' for 29, 'BTN_LEFT' for 0x110; 'KEY_0x2fe' where the kernel has no name. */
export function keyName(code: number): string {
  return keyNames.get(code) ?? `KEY_${hex(code)}`
}

/** 'INPUT_PROP_DIRECT' for 1. */
export function propertyName(property: number): string {
  return propertyNames.get(property) ?? `INPUT_PROP_${hex(property)}`
}

/** The shortest text that `parseKey` reads back: 'leftctrl', 'btn_side', '0x2fe'. */
export function keyId(code: number): string {
  const name = keyNames.get(code)
  if (name === undefined) return hex(code)
  const text = name.toLowerCase()
  return name.startsWith('KEY_') ? text.slice('key_'.length) : text
}

/** A key as a person calls it: 'left Ctrl', 'Esc', 'F13', 'mouse button side'. */
export function keyLabel(code: number): string {
  const label = labels.get(code)
  if (label !== undefined) return label
  const name = keyNames.get(code)
  if (name === undefined) return `key ${hex(code)}`
  const words = name.slice('KEY_'.length).toLowerCase().replaceAll('_', ' ')
  if (code >= codes.BTN_LEFT && code <= codes.BTN_TASK) return `mouse button ${words}`
  if (name.startsWith('BTN_')) return `button ${words}`
  if (words.length > 2 && words.startsWith('kp')) return `keypad ${words.slice(2)}`
  return /^(.|f\d+)$/.test(words) ? words.toUpperCase() : capitalise(words)
}

/**
 * Reads a key: a name with or without its prefix, in any case, with or without spaces, hyphens and
 * underscores (`leftctrl`, `KEY_LEFTCTRL`, `LeftCtrl`, `left-ctrl`, `btn_side`, `side`), or a code (`0x1d`,
 * `29`). A word that is a key and a button means the key; one digit is the key with that digit on it.
 * Names are the kernel's (linux/input-event-codes.h) and a few everyday ones. Undefined when it is neither.
 */
export function findKey(text: string): number | undefined {
  const wish = text.trim().toLowerCase()
  const [, prefix, rest = ''] = /^(?:(key|btn)[_ -])?(.*)$/.exec(wish) ?? []
  if (prefix === undefined && /^(0x[0-9a-f]{1,4}|\d{2,5})$/.test(wish))
    return knownRange(Number(wish))
  const word = squeeze(rest)
  if (prefix === 'key') return keysByName.get(word)
  if (prefix === 'btn') return buttonsByName.get(word)
  return keysByName.get(word) ?? nicknames.get(word) ?? buttonsByName.get(word)
}

/** `findKey` that throws 'unknown-key', naming the nearest key there is. */
export function parseKey(text: string): number {
  const code = findKey(text)
  if (code !== undefined) return code
  throw new EvswitchError('unknown-key', `unknown key ${quote(text)}`, { remedy: keyAdvice(text) })
}

function keyAdvice(text: string): string {
  const word = squeeze(text.trim().toLowerCase())
  const pair = pairs.get(word)
  if (pair !== undefined) return `say which one: ${pair[0]} or ${pair[1]}`
  if (/^(0x[0-9a-f]+|\d+)$/.test(word)) return `codes go from 1 to ${hex(codeLimits.KEY_MAX)}`
  const all = [...keyNames.keys()].filter((code) => code !== codes.KEY_RESERVED).map(keyId)
  const near = nearest(text.trim().replace(/^key[_ -]/i, ''), [...all, ...nicknames.keys()])
  return near === undefined
    ? 'use names as in leftctrl, scrolllock, f13, btn_side'
    : `did you mean ${near}?`
}

function knownRange(code: number): number | undefined {
  return code > codes.KEY_RESERVED && code <= codeLimits.KEY_MAX ? code : undefined
}

/** Text from outside, short and free of control characters, in quotation marks. */
function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text).replace(
    /[\u007f-\u009f]/g,
    '?',
  )
}

function squeeze(text: string): string {
  return text.replace(/[\s_-]/g, '')
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function hex(number: number): string {
  return `0x${number.toString(16)}`
}

function invert(prefixes: readonly string[]): ReadonlyMap<number, string> {
  const named = Object.entries(codes).filter(([name]) =>
    prefixes.some((prefix) => name.startsWith(prefix)),
  )
  return new Map(named.map(([name, code]) => [code, name]))
}

/** Names without prefix and separators; a spelling that two codes would share is the first one's. */
function looseNames(prefix: string): ReadonlyMap<string, number> {
  const all = [...Object.entries(codes), ...Object.entries(codeAliases)]
  const found = new Map<string, number>()
  for (const [name, code] of all) {
    if (!name.startsWith(prefix) || code === codes.KEY_RESERVED) continue
    const word = squeeze(name.slice(prefix.length).toLowerCase())
    if (!found.has(word)) found.set(word, code)
  }
  return found
}
