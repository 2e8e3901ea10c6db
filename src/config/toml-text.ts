import { printable } from '../devices/sanitize.ts'

/** What JSON writes as it is and TOML does not allow, or a terminal obeys. */
const escaped = /[\p{C}\p{Zl}\p{Zp}]/gu

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
  return JSON.stringify(text.replace(/\p{Surrogate}/gu, '\ufffd')).replace(escaped, (character) => {
    const hex = (character.codePointAt(0) ?? 0).toString(16)
    return hex.length > 4 ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`
  })
}
