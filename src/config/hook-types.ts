import { hookWordLengthMax, hookWordsMax } from './limits.ts'
import { tomlText } from './toml-text.ts'
import type { TomlValue } from './toml-tree.ts'
import type { Tell, ValueType } from './value-types.ts'

/** A program and its arguments. */
export const commandLine: ValueType<readonly string[]> = {
  expects: 'an array of texts as in ["playerctl", "pause"]',
  read: () => undefined,
  readTree: readCommandLine,
  plain: (words) => words,
}

function readCommandLine(value: TomlValue, tell: Tell): readonly string[] | undefined {
  if (value.kind === 'text') {
    tell(value.range, 'run must be an array of texts, not one text', remedyFor(String(value.value)))
    return []
  }
  if (value.kind !== 'array') return undefined
  if (value.items.length === 0) tell(value.range, 'run names no program')
  const surplus = value.items[hookWordsMax]
  if (surplus !== undefined) {
    tell(surplus.range, `a program can have ${hookWordsMax - 1} arguments at most`)
  }
  return value.items.slice(0, hookWordsMax).map((item, index) => {
    const wrong = whatIsWrong(item, index)
    if (wrong !== undefined) tell(item.range, wrong)
    return item.kind === 'text' ? String(item.value) : ''
  })
}

function whatIsWrong(item: TomlValue, index: number): string | undefined {
  if (item.kind !== 'text') return 'every word of run must be a text, in quotation marks'
  const text = String(item.value)
  if (text.includes('\0')) return 'no argument can have a NUL in it'
  if (text.length > hookWordLengthMax)
    return `no word can have over ${hookWordLengthMax} characters`
  return index === 0 && text === '' ? 'the program has no name' : undefined
}

/** A line for a shell is such a one; plain words are an array already. */
function remedyFor(text: string): string {
  const words = text.split(' ').filter((word) => word !== '')
  const isPlain = words.length > 0 && words.every((word) => /^[\w./=:,@%+-]+$/.test(word))
  const array = isPlain ? words : ['sh', '-c', text.slice(0, 60)]
  return `write run = [${array.map(tomlText).join(', ')}]`
}
