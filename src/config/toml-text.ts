import { printable } from '../devices/sanitize.ts'
import type { PlainValue } from './value-types.ts'

/** What JSON writes as it is and TOML does not allow, or a terminal obeys. */
const escaped = /[\p{C}\p{Zl}\p{Zp}]/gu

/** A value as TOML, in one line. */
export function tomlValue(value: PlainValue): string {
  if (typeof value === 'string') return tomlText(value)
  if (typeof value !== 'object') return String(value)
  if (isList(value)) return `[${value.map(tomlValue).join(', ')}]`
  const pairs = Object.entries(value).map(([name, each]) => `${tomlKey(name)} = ${tomlValue(each)}`)
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`
}

function isList(value: object): value is readonly PlainValue[] {
  return Array.isArray(value)
}

function tomlKey(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : tomlText(name)
}

/** A comment line without its end, whatever the text holds. */
export function tomlComment(text: string): string {
  return `# ${printable(text)}`.trimEnd()
}

/** A basic string of TOML 1.0: every escape of JSON is one of TOML. A lone surrogate, which is none, is lost. */
export function tomlText(text: string): string {
  return JSON.stringify(text.replace(/\p{Surrogate}/gu, '\ufffd')).replace(escaped, (character) => {
    const hex = (character.codePointAt(0) ?? 0).toString(16)
    return hex.length > 4 ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`
  })
}
