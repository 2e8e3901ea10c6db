import { keyId, parseKey } from '../engine/codes.ts'
import { EvswitchError } from '../errors.ts'
import { maxRateMax, maxRateMin } from './limits.ts'
import {
  type AxisResult,
  axisResultText,
  axisText,
  parseAxis,
  parseAxisResult,
  parseMacro,
  parseResult,
  parseTrigger,
  type RuleResult,
  resultPlain,
  type Trigger,
  triggerText,
} from './map-text.ts'
import type { Range, Setting } from './setting.ts'
import type { TomlEntry, TomlValue } from './toml-tree.ts'
import type { Tell, ValueType } from './value-types.ts'

/** A line of `keys`: what a trigger shall be. */
export interface RuleLine {
  readonly trigger: Trigger
  readonly result: RuleResult
}

/** A line of `axes`. */
export interface AxisLine {
  readonly axis: number
  readonly result: AxisResult
}

function inFile<T>(value: T, range: Range): Setting<T> {
  return { value, origin: { kind: 'file', range } }
}

/** Runs a reading; what it throws is told at its place. */
function reading<T>(range: Range, tell: Tell, read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof EvswitchError)) throw error
    tell(range, error.summary, error.remedy)
    return undefined
  }
}

/** The lines of a table; those that cannot be read are told and left out. */
function lines<Left, Right, Line>(
  value: TomlValue,
  tell: Tell,
  readLeft: (text: string) => Left,
  readRight: (left: Left, entry: TomlEntry) => Right | undefined,
  join: (left: Left, right: Right) => Line,
): readonly Setting<Line>[] | undefined {
  if (value.kind !== 'table') return undefined
  return [...value.entries].flatMap(([text, entry]) => {
    const left = reading(entry.key, tell, () => readLeft(text))
    if (left === undefined) return []
    const right = reading(entry.value.range, tell, () => readRight(left, entry))
    if (right === undefined) return []
    const range = { start: entry.key.start, end: entry.value.range.end }
    return [inFile(join(left, right), range)]
  })
}

export const keyRules: ValueType<readonly Setting<RuleLine>[]> = {
  expects: 'a table of keys as in BTN_SIDE = "leftctrl+c"',
  read: () => undefined,
  readTree: (value, tell) =>
    lines(
      value,
      tell,
      parseTrigger,
      (_, entry) => resultOf(entry.value),
      (trigger, result): RuleLine => ({ trigger, result }),
    ),
  plain: (rules) =>
    Object.fromEntries(
      rules.map(({ value: { trigger, result } }) => [triggerText(trigger), resultPlain(result)]),
    ),
}

/** A text, or an array: a macro. */
function resultOf(value: TomlValue): RuleResult {
  if (value.kind === 'array') return parseMacro(value.items.map(macroWord))
  if (value.kind === 'text') return parseResult(String(value.value))
  throw new EvswitchError('usage', 'a key becomes a text, or an array for a macro', {
    remedy: 'write it as in "leftctrl+c", or ["leftmeta+r", 200, "c"]',
  })
}

function macroWord(value: TomlValue): string | number {
  if (value.kind === 'text') return String(value.value)
  if (value.kind === 'integer') return Number(value.value)
  throw new EvswitchError('bad-macro', 'a macro consists of texts and of milliseconds', {
    remedy: 'write it as in ["leftmeta+r", 200, "c"]',
  })
}

export const axisRules: ValueType<readonly Setting<AxisLine>[]> = {
  expects: 'a table of axes as in wheel = "invert"',
  read: () => undefined,
  readTree: (value, tell) =>
    lines(
      value,
      tell,
      parseAxis,
      (axis, entry) => axisResultOf(axis, entry.value),
      (axis, result): AxisLine => ({ axis, result }),
    ),
  plain: (rules) =>
    Object.fromEntries(
      rules.map(({ value: { axis, result } }) => [axisText(axis), axisResultText(axis, result)]),
    ),
}

function axisResultOf(axis: number, value: TomlValue): AxisResult {
  if (value.kind === 'text') return parseAxisResult(axis, String(value.value))
  throw new EvswitchError('usage', 'an axis becomes a text', {
    remedy: 'write it as in "invert", "scale 0.5" or "y"',
  })
}

/** Keys, each with its place. */
export const keyList: ValueType<readonly Setting<number>[]> = {
  expects: 'keys as in ["mute", "micmute"]',
  read: () => undefined,
  readTree: (value, tell) => {
    if (value.kind !== 'array') return undefined
    return value.items.flatMap((item) => {
      const key = reading(item.range, tell, () => keyOf(item))
      return key === undefined ? [] : [inFile(key, item.range)]
    })
  },
  plain: (keys) => keys.map(({ value }) => keyId(value)),
}

function keyOf(value: TomlValue): number {
  if (value.kind === 'text') return parseKey(String(value.value))
  throw new EvswitchError('unknown-key', 'a key is a text', { remedy: 'write it as in "mute"' })
}

/** Frames of motion a second. */
export const rate: ValueType<number> = {
  expects: `a number from ${maxRateMin} to ${maxRateMax}`,
  read: ({ value }) => {
    if (typeof value !== 'bigint') return undefined
    if (value >= BigInt(maxRateMin) && value <= BigInt(maxRateMax)) return Number(value)
    throw new EvswitchError('usage', 'the rate is out of range', {
      remedy: `say a number of frames a second from ${maxRateMin} to ${maxRateMax}`,
    })
  },
  plain: (value) => value,
}
