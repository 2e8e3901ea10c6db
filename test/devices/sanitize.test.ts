import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clip, columns, comparable, printable } from '../../src/devices/sanitize.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const dangerous = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe]/

describe('a printable text', () => {
  test.each([
    ['Logitech USB Receiver', 'Logitech USB Receiver'],
    ['Microsoft® 2.4GHz Transceiver', 'Microsoft® 2.4GHz Transceiver'],
    ['日本語キーボード', '日本語キーボード'],
    ['\u001b[31mred\u0007', String.raw`\x1b[31mred\x07`],
    ['a\nb\tc', String.raw`a\x0ab\x09c`],
    ['\u009b2J', String.raw`\x9b2J`],
    ['abc\u202eexe', String.raw`abc\u{202e}exe`],
    ['zero\u200bwidth', String.raw`zero\u{200b}width`],
    ['tag\u{e0041}', String.raw`tag\u{e0041}`],
    ['no\u00a0break', String.raw`no\xa0break`],
    ['back\\slash', String.raw`back\\slash`],
    [String.raw`\x1b`, String.raw`\\x1b`],
  ])('of %j is %s', (text, printed) => {
    expect(printable(text)).toBe(printed)
  })

  test.each([
    [[0x41, 0xff, 0x42], String.raw`A\xffB`],
    [[0xc3, 0xa9], 'é'],
    [[0xc3], String.raw`\xc3`],
    [[0xe2, 0x82], String.raw`\xe2\x82`],
    [[0xed, 0xa0, 0x80], String.raw`\xed\xa0\x80`],
    [[0xf0, 0x9f, 0x8e, 0xae], '🎮'],
    [[0xc0, 0x80], String.raw`\xc0\x80`],
    [[0xef, 0xbf, 0xbd], '\ufffd'],
  ])('of the bytes %j is %s', (bytes, printed) => {
    expect(printable(Uint8Array.from(bytes))).toBe(printed)
  })

  test('never carries anything that a terminal would obey or hide, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(printable(bytes)).not.toMatch(dangerous)
        expect(printable(bytes)).not.toMatch(/\p{Cs}/u)
      }),
      { numRuns: 500 },
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        expect(printable(text)).not.toMatch(dangerous)
      }),
      { numRuns: 500 },
    )
  })

  test('differs where the bytes differ', () => {
    const bytes = fc.uint8Array({ maxLength: 6 })
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(printable(a) === printable(b)).toBe(Buffer.from(a).equals(Buffer.from(b)))
      }),
      { numRuns: 500 },
    )
  })

  test('of an endless name is cut', () => {
    expect(printable('x'.repeat(257))).toBe(`${'x'.repeat(256)}…`)
    expect(printable('x'.repeat(256))).toBe('x'.repeat(256))
    expect(printable(Buffer.alloc(100_000, 0x1b)).length).toBeLessThanOrEqual(4 * 256 + 1)
    expect(printable('🎮'.repeat(100_000))).toBe(`${'🎮'.repeat(256)}…`)
  })
})

describe('columns of a terminal', () => {
  test.each([
    ['abc', 3],
    ['é', 1],
    ['e\u0301', 1],
    ['日本', 4],
    ['🎮', 2],
    ['한글', 4],
    ['', 0],
  ])('%j takes %i', (text, width) => {
    expect(columns(text)).toBe(width)
  })

  test('a clipped text fits, and is the text itself when it fits', () => {
    expect(clip('keyboard', 8)).toBe('keyboard')
    expect(clip('keyboard', 5)).toBe('keyb…')
    expect(clip('日本語', 4)).toBe('日…')
    expect(clip('keyboard', 0)).toBe('')
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.nat(30), (text, width) => {
        const clipped = clip(printable(text), width)
        expect(columns(clipped)).toBeLessThanOrEqual(width)
      }),
    )
  })
})

test('texts compare without case and extra spaces', () => {
  expect(comparable('  Logitech   USB Receiver ')).toBe('logitech usb receiver')
})
