import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  bitmapOf,
  bitmapText,
  codesOf,
  has,
  hasAny,
  parseBitmap,
} from '../../src/devices/bitmap.ts'

const codes = fc.uniqueArray(fc.nat(767), { maxLength: 60 })

describe('a capability bitmap', () => {
  test('is read from words, the highest first', () => {
    const bits = parseBitmap('10000000000000 0', 64)
    expect(bits && codesOf(bits)).toEqual([116])
    const mouse = parseBitmap('1f0000 0 0 0 0', 64)
    expect(mouse && codesOf(mouse)).toEqual([0x110, 0x111, 0x112, 0x113, 0x114])
    expect(codesOf(parseBitmap('0', 64) ?? new Uint8Array())).toEqual([])
  })

  test('has other words where a long is 32 bits', () => {
    const bits = parseBitmap('100000 0 0 0', 32)
    expect(bits && codesOf(bits)).toEqual([116])
  })

  test.each(['', 'xyz', '12 34z', '1'.repeat(17), '-1', '0x1', 'f '.repeat(65)])(
    'is not %j',
    (text) => {
      expect(parseBitmap(text, 64)).toBe(undefined)
    },
  )

  test('survives being written and read, in words of 32 and of 64 bits', () => {
    fc.assert(
      fc.property(codes, fc.constantFrom(32, 64), (list, wordBits) => {
        const sorted = [...list].sort((a, b) => a - b)
        const bits = parseBitmap(bitmapText(bitmapOf(list), wordBits), wordBits)
        expect(bits && codesOf(bits)).toEqual(sorted)
      }),
    )
  })

  test('knows its codes', () => {
    fc.assert(
      fc.property(codes, fc.nat(800), (list, code) => {
        const bits = bitmapOf(list)
        expect(has(bits, code)).toBe(list.includes(code))
        expect(hasAny(bits, code, code + 10)).toBe(
          list.some((one) => one >= code && one <= code + 10),
        )
      }),
    )
  })
})
