import { codes } from '../engine/code-table.ts'
import { keyId } from '../engine/codes.ts'
import { hotkeyText, parseHotkey } from '../engine/hotkey.ts'
import { type MacroStep, type MapResult, wheels } from '../engine/key-map.ts'
import type { HotkeyAction } from '../engine/types.ts'
import { EvswitchError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { macroKeysMax, macroMsMax, macroStepsMax, mapKeysMax } from './limits.ts'

/** What stands on the left of a rule: the trigger is the last key, or a wheel; the others are held. */
export type Trigger = readonly number[]

/** What stands on the right, with the names of targets as they were written. */
export type RuleResult = Exclude<MapResult, { kind: 'macro' }> | Macro

export interface Macro {
  readonly kind: 'macro'
  readonly steps: readonly MacroStep[]
  /** As it was written. */
  readonly words: readonly (string | number)[]
}

export interface AxisResult {
  readonly to: number
  readonly factor: number
}

/** Keys of a macro follow one another like this: QEMU's keyboards lose what comes faster than guests read. */
export const macroPaceMs = 10

const wheelNames = new Map<number, string>(
  Object.entries(wheels).map(([name, code]) => [code, name]),
)

/**
 * Reads what a rule is for: a key (`KEY_F13`), keys that are held and one more (`leftctrl+q`), a wheel
 * (`wheel-up`). Throws what `parseHotkey` throws.
 */
export function parseTrigger(text: string): Trigger {
  const words = text.split('+').map((word) => word.trim())
  const wheel = wheelOf(words.at(-1) ?? '')
  if (wheel === undefined) return parseKeysOr(text, Object.keys(wheels))
  const others = words.length > 1 ? parseHotkey(words.slice(0, -1).join('+')) : []
  if (others.length >= mapKeysMax) {
    throw new EvswitchError('bad-hotkey', `the trigger has ${words.length} parts, the most is 4`)
  }
  return [...others, wheel]
}

export function triggerText(trigger: Trigger): string {
  return trigger.map((code) => wheelNames.get(code) ?? keyId(code)).join('+')
}

function wheelOf(word: string): number | undefined {
  const name = word.toLowerCase().replaceAll('_', '-')
  return Object.hasOwn(wheels, name) ? wheels[name as keyof typeof wheels] : undefined
}

const actionWords = [
  'block',
  'release',
  'lock',
  'scroll',
  'switch next',
  'switch previous',
] as const

const hookName = /^[a-z0-9][a-z0-9._-]{0,31}$/i

/**
 * Reads what a rule makes of its trigger. Throws 'unknown-key', 'bad-hotkey' and 'usage', with the remedy.
 *
 * `leftctrl+c` keys, held while the trigger is · `block` · `switch next`, `switch previous`, `switch win10` ·
 * `release` · `lock` · `hook NAME` · `scroll`, `scroll 25` · `host: mute` keys for a target
 */
export function parseResult(text: string): RuleResult {
  const words = text.trim().split(/\s+/)
  const [verb = '', object = ''] = words.map((word) => word.toLowerCase())
  if (text.includes(':')) return parseElsewhere(text)
  if (verb === 'block' && words.length === 1) return { kind: 'block' }
  if (verb === 'release' && words.length === 1) {
    return { kind: 'action', action: { kind: 'panic' } }
  }
  if (verb === 'lock' && words.length === 1) return { kind: 'action', action: { kind: 'lock' } }
  if (verb === 'hook' && words.length === 2) {
    return { kind: 'action', action: { kind: 'hook', hook: parseHook(words[1] ?? '') } }
  }
  if (verb === 'scroll' && words.length <= 2) return parseScroll(words[1])
  if (verb === 'switch' && words.length === 2) {
    if (object === 'next' || object === 'previous')
      return { kind: 'action', action: { kind: object } }
    return { kind: 'action', action: { kind: 'target', target: words[1] ?? '' } }
  }
  return { kind: 'keys', keys: parseKeysOr(text, actionWords) }
}

/** Keys; where they are none, the nearest word of those that may stand there too is suggested first. */
function parseKeysOr(text: string, others: readonly string[]): readonly number[] {
  try {
    return parseHotkey(text)
  } catch (error) {
    const near = nearest(text.trim().toLowerCase(), others)
    if (near === undefined || !(error instanceof EvswitchError)) throw error
    throw new EvswitchError(error.code, error.summary, { remedy: `did you mean "${near}"?` })
  }
}

function parseElsewhere(text: string): RuleResult {
  const at = text.indexOf(':')
  const target = text.slice(0, at).trim()
  return { kind: 'keys', keys: parseHotkey(text.slice(at + 1)), target }
}

/** Reads the name of a hook. Throws 'usage'. */
export function parseHook(name: string): string {
  if (hookName.test(name)) return name
  throw new EvswitchError('usage', `no hook can be named ${JSON.stringify(name.slice(0, 40))}`, {
    remedy: 'use letters, digits, dot, underscore and hyphen, at most 32',
  })
}

/** Counts of a usual mouse while one turns its wheel by one detent. */
const usualScroll = 20

function parseScroll(word: string | undefined): RuleResult {
  const counts = word === undefined ? usualScroll : Number(word)
  if (Number.isInteger(counts) && counts >= 1 && counts <= 1000) return { kind: 'scroll', counts }
  throw new EvswitchError('usage', `a detent cannot be ${JSON.stringify(word)} counts`, {
    remedy: `say a number from 1 to 1000, as in "scroll ${usualScroll}"`,
  })
}

/**
 * Reads a macro: keys that are tapped (`leftmeta+r`), single presses and releases (`leftshift down`,
 * `leftshift up`), and waits in milliseconds. Throws 'bad-macro' for one that leaves a key down, releases one that is
 * up, is empty or takes too long.
 */
export function parseMacro(words: readonly (string | number)[]): Macro {
  const steps: MacroStep[] = []
  const down: number[] = []
  let waitMs = 0
  const add = (code: number, isPress: boolean) => {
    if (down.includes(code) === isPress) {
      throw badMacro(`${keyId(code)} goes ${isPress ? 'down' : 'up'}, and is so already`)
    }
    if (isPress) down.push(code)
    else down.splice(down.indexOf(code), 1)
    if (down.length > macroKeysMax) throw badMacro(`it holds more than ${macroKeysMax} keys`)
    steps.push({ code, isPress, waitMs: waitMs + (steps.length > 0 ? macroPaceMs : 0) })
    waitMs = 0
  }
  for (const word of words) {
    if (typeof word === 'number') {
      if (!Number.isInteger(word) || word < 0 || word > macroMsMax) {
        throw badMacro(`a wait of ${word} ms`, `say milliseconds from 0 to ${macroMsMax}`)
      }
      waitMs += word
      continue
    }
    const [, keys = '', state] = /^(.*?)(?:\s+(down|up))?$/i.exec(word.trim()) ?? []
    const codesOf = parseHotkey(keys)
    if (state?.toLowerCase() !== 'up') for (const code of codesOf) add(code, true)
    if (state?.toLowerCase() !== 'down') for (const code of codesOf.toReversed()) add(code, false)
  }
  checkMacro(steps, down)
  return { kind: 'macro', steps, words }
}

function checkMacro(steps: readonly MacroStep[], down: readonly number[]): void {
  const [stuck] = down
  if (stuck !== undefined) {
    throw badMacro(
      `it leaves ${keyId(stuck)} down, so it has no end`,
      `end it with "${keyId(stuck)} up"`,
    )
  }
  if (steps.length === 0) throw badMacro('it presses nothing', 'use "block" for nothing')
  if (steps.length > macroStepsMax) {
    throw badMacro(`it has ${steps.length} presses and releases`, `${macroStepsMax} are the most`)
  }
  const totalMs = steps.reduce((sum, { waitMs }) => sum + waitMs, 0)
  if (totalMs > macroMsMax) {
    throw badMacro(`it takes ${totalMs / 1000} s`, `${macroMsMax / 1000} s are the most`)
  }
}

function badMacro(what: string, remedy?: string): EvswitchError {
  return new EvswitchError('bad-macro', `the macro is wrong: ${what}`, { remedy })
}

/** The text, or the array, that reads back as the same. */
export function resultPlain(result: RuleResult): string | readonly (string | number)[] {
  switch (result.kind) {
    case 'keys': {
      const text = hotkeyText(result.keys)
      return result.target === undefined ? text : `${result.target}: ${text}`
    }
    case 'block':
      return 'block'
    case 'scroll':
      return `scroll ${result.counts}`
    case 'macro':
      return result.words
    case 'action':
      return actionText(result.action)
  }
}

function actionText(action: HotkeyAction): string {
  switch (action.kind) {
    case 'panic':
      return 'release'
    case 'lock':
      return 'lock'
    case 'hook':
      return `hook ${action.hook}`
    case 'target':
      return `switch ${action.target}`
    case 'next':
    case 'previous':
      return `switch ${action.kind}`
  }
}

// ---- axes

const axisNames = new Map<string, number>([
  ['x', codes.REL_X],
  ['y', codes.REL_Y],
  ['wheel', codes.REL_WHEEL],
  ['hwheel', codes.REL_HWHEEL],
])
const families: readonly (readonly number[])[] = [
  [codes.REL_X, codes.REL_Y],
  [codes.REL_WHEEL, codes.REL_HWHEEL],
]

const factorMin = 1 / 64
const factorMax = 64

/** `REL_X`, `x`, `wheel`. Throws 'usage' with what there is. */
export function parseAxis(text: string): number {
  const word = text.trim().toLowerCase().replace(/^rel_/, '')
  const axis = axisNames.get(word)
  if (axis !== undefined) return axis
  const near = nearest(word, [...axisNames.keys()])
  throw new EvswitchError('usage', `unknown axis ${JSON.stringify(text.slice(0, 40))}`, {
    remedy: near === undefined ? 'there are: x, y, wheel, hwheel' : `did you mean ${near}?`,
  })
}

export function axisText(axis: number): string {
  return [...axisNames].find(([, code]) => code === axis)?.[0] ?? String(axis)
}

/**
 * What an axis becomes: `invert`, `scale 0.5`, another axis (`y`), or several of them, by comma. Throws 'usage'.
 */
export function parseAxisResult(axis: number, text: string): AxisResult {
  let to = axis
  let factor = 1
  for (const part of text.split(',').map((each) => each.trim().toLowerCase())) {
    const scale = /^scale\s+(\S+)$/.exec(part)?.[1]
    if (part === 'invert') factor = -factor
    else if (scale !== undefined) factor *= parseFactor(scale)
    else to = parseAxisWord(part)
  }
  const family = families.find((each) => each.includes(axis))
  if (family?.includes(to) !== true) {
    throw new EvswitchError('usage', `${axisText(axis)} cannot become ${axisText(to)}`, {
      remedy: 'motion is x and y, wheels are wheel and hwheel',
    })
  }
  return { to, factor }
}

function parseAxisWord(part: string): number {
  if (axisNames.has(part.replace(/^rel_/, ''))) return parseAxis(part)
  const near = nearest(part, ['invert', 'scale 0.5', ...axisNames.keys()])
  throw new EvswitchError(
    'usage',
    `${JSON.stringify(part.slice(0, 40))} says nothing about an axis`,
    {
      remedy:
        near === undefined
          ? 'use invert, scale 0.5, or the name of an axis'
          : `did you mean ${near}?`,
    },
  )
}

function parseFactor(text: string): number {
  const factor = Number(text)
  if (factor >= factorMin && factor <= factorMax) return factor
  throw new EvswitchError(
    'usage',
    `the factor ${JSON.stringify(text.slice(0, 40))} is out of range`,
    {
      remedy: `say a number from 1/64 (${factorMin}) to ${factorMax}; "invert" turns it round`,
    },
  )
}

export function axisResultText(axis: number, { to, factor }: AxisResult): string {
  const parts = [
    ...(to === axis ? [] : [axisText(to)]),
    ...(factor < 0 ? ['invert'] : []),
    ...(Math.abs(factor) === 1 ? [] : [`scale ${Math.abs(factor)}`]),
  ]
  return parts.length === 0 ? 'scale 1' : parts.join(', ')
}
