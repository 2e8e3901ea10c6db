/** A set of codes as the kernel's EVIOCGBIT gives it: bit `code % 8` of byte `code / 8`. */
export type Bitmap = Uint8Array

/** Width of the kernel's words in /sys texts: a long of the program that reads (Linux, input_bits_to_string). */
const nativeWordBits = process.arch === 'arm' || process.arch === 'ia32' ? 32 : 64

/** More words than any capability needs; a longer text is not one. */
const mostWords = 64

/**
 * Reads a capability as /sys and /proc/bus/input/devices print it: hexadecimal words, the highest first,
 * no leading zeros. Returns undefined when the text is anything else.
 */
export function parseBitmap(text: string, wordBits = nativeWordBits): Bitmap | undefined {
  const words = text.trim().split(/\s+/)
  if (words.length > mostWords) return undefined
  const digits = wordBits / 4
  let number = ''
  for (const word of words) {
    if (!/^[0-9a-f]+$/i.test(word) || word.length > digits) return undefined
    number += word.padStart(digits, '0')
  }
  return Uint8Array.from(Buffer.from(number, 'hex').reverse())
}

/** Whether a code is in the set. */
export function has(bitmap: Bitmap, code: number): boolean {
  return (((bitmap[code >> 3] ?? 0) >> (code & 7)) & 1) === 1
}

/** Whether any code from `first` to `last`, both included, is in the set. */
export function hasAny(bitmap: Bitmap, first: number, last: number): boolean {
  for (let code = first; code <= last; code++) if (has(bitmap, code)) return true
  return false
}

/** The codes of the set, rising. */
export function codesOf(bitmap: Bitmap): number[] {
  const found = []
  for (let code = 0; code < bitmap.length * 8; code++) if (has(bitmap, code)) found.push(code)
  return found
}

/** The set of the given codes. */
export function bitmapOf(codes: Iterable<number>): Bitmap {
  const list = [...codes]
  const bitmap = new Uint8Array(Math.floor(Math.max(0, ...list) / 8) + 1)
  for (const code of list) bitmap[code >> 3] = (bitmap[code >> 3] ?? 0) | (1 << (code & 7))
  return bitmap
}

/** The text that `parseBitmap` reads back. */
export function bitmapText(bitmap: Bitmap, wordBits = nativeWordBits): string {
  const digits = wordBits / 4
  const number = Buffer.from(bitmap).reverse().toString('hex')
  const padded = number.padStart(Math.ceil(number.length / digits) * digits || digits, '0')
  const words = padded.match(new RegExp(`.{${digits}}`, 'g')) ?? []
  const short = words.map((word) => word.replace(/^0+(?=.)/, ''))
  const first = short.findIndex((word) => word !== '0')
  return first < 0 ? '0' : short.slice(first).join(' ')
}
