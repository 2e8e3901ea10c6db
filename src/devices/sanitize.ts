/** The kernel itself keeps names below 128 bytes in most drivers; uinput's phys may have 1,023. */
const longestText = 256

/**
 * Control, format (bidirectional overrides, zero-width), surrogate, private-use and unassigned characters;
 * separators other than the space; and the backslash, so that an escape cannot be confused with a name.
 */
const unprintable = /[\p{C}\p{Zl}\p{Zp}\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\\]/gu

/**
 * Makes text from a device (name, phys, uniq: bytes that a stranger's firmware chose) safe for a terminal,
 * a log and a table: what is not printable becomes an escape like \x1b or \u{202e}, a backslash becomes \\,
 * and a byte that is not UTF-8 becomes \xNN. Different texts stay different, up to 256 characters; longer
 * ones end in an ellipsis.
 */
export function printable(text: string | Uint8Array): string {
  const source = typeof text === 'string' ? text : decode(text)
  const cut = Array.from(source.slice(0, 2 * longestText))
  const kept = cut.slice(0, longestText).join('')
  const ellipsis = cut.length > longestText || source.length > 2 * longestText ? '…' : ''
  return kept.replace(unprintable, escapeCharacter) + ellipsis
}

/** Text without its escapes' meaning for comparison by people: lower case, spaces squeezed. */
export function comparable(text: string): string {
  return text.trim().replace(/\s+/g, ' ').toLowerCase()
}

/** Columns a printable text takes on a terminal: 2 for wide characters, 0 for combining marks. */
export function columns(text: string): number {
  let width = 0
  for (const character of text) width += characterColumns(character)
  return width
}

/** The text cut to a number of columns, the last one an ellipsis when something was cut. */
export function clip(text: string, width: number): string {
  if (columns(text) <= width) return text
  let kept = ''
  let used = 0
  for (const character of text) {
    const next = characterColumns(character)
    if (used + next > width - 1) break
    kept += character
    used += next
  }
  return width > 0 ? `${kept}…` : ''
}

/** The same, the ellipsis in the middle: for names that begin alike and differ at the end. */
export function clipMiddle(text: string, width: number): string {
  if (columns(text) <= width) return text
  const characters = Array.from(text)
  const head = clip(text, Math.ceil(width / 2))
  let tail = ''
  let left = width - columns(head)
  for (const character of characters.reverse()) {
    left -= characterColumns(character)
    if (left < 0) break
    tail = character + tail
  }
  return head + tail
}

/** East Asian wide and fullwidth blocks, and emoji (Unicode, UAX #11), as terminals draw them. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u

function characterColumns(character: string): number {
  if (character >= ' ' && character <= '~') return 1
  if (/\p{M}/u.test(character)) return 0
  return wide.test(character) ? 2 : 1
}

/** Bytes that are not UTF-8 travel as lone surrogates U+DC80..U+DCFF, which UTF-8 itself cannot hold. */
function decode(bytes: Uint8Array): string {
  const limit = bytes.subarray(0, 8 * longestText)
  const whole = new TextDecoder('utf-8', { ignoreBOM: true }).decode(limit)
  if (!whole.includes('\ufffd')) return whole
  let text = ''
  for (let at = 0; at < limit.length; ) {
    const length = sequenceLength(limit, at)
    if (length === 0) {
      text += String.fromCharCode(0xdc00 + (limit[at] ?? 0))
      at += 1
    } else {
      text += strict.decode(limit.subarray(at, at + length))
      at += length
    }
  }
  return text
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Length in bytes of the UTF-8 sequence at `at`, 0 where there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0
  const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
  if (length === 0 || at + length > bytes.length) return 0
  try {
    strict.decode(bytes.subarray(at, at + length))
    return length
  } catch {
    return 0
  }
}

function escapeCharacter(character: string): string {
  if (character === '\\') return '\\\\'
  const code = character.codePointAt(0) ?? 0
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${hex(code - 0xdc00)}`
  return code < 0x100 ? `\\x${hex(code)}` : `\\u{${code.toString(16)}}`
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}
