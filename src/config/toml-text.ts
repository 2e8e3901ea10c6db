import { printable } from '../devices/sanitize.ts'

/** What JSON writes as it is and TOML does not allow, or what would turn the direction of a line. */
const escaped = /[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g

/** A value as TOML. */
export function tomlValue(value: string | number | boolean): string {
  return typeof value === 'string' ? tomlText(value) : String(value)
}

/** A comment line without its end, whatever the text holds. */
export function tomlComment(text: string): string {
  return `# ${printable(text)}`.trimEnd()
}

/** A basic string of TOML 1.0: every escape of JSON is one of TOML. A lone surrogate, which is none, is lost. */
export function tomlText(text: string): string {
  return JSON.stringify(text.replace(/\p{Surrogate}/gu, '\ufffd')).replace(
    escaped,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
