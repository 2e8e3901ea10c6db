import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  codesOf,
  decodeDescription,
  encodeDescription,
  isSameDevice,
} from '../../src/engine/description.ts'
import type { Description } from '../../src/engine/types.ts'

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const uint16 = fc.integer({ min: 0, max: 0xffff })
const word = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const axis = fc.record({
  value: int32,
  minimum: int32,
  maximum: int32,
  fuzz: int32,
  flat: int32,
  resolution: int32,
})

/** Any device at all: what it says is not to be trusted. */
const descriptions: fc.Arbitrary<Description> = fc
  .record({
    name: fc.uint8Array({ maxLength: 79 }).map((bytes) => bytes.filter((byte) => byte !== 0)),
    bus: uint16,
    vendor: uint16,
    product: uint16,
    version: uint16,
    properties: word,
    types: word,
    keys: fc.bigInt({ min: 0n, max: 2n ** 768n - 1n }),
    relative: word,
    misc: word,
    switches: word,
    leds: word,
    sounds: word,
    forces: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
    axes: fc.dictionary(fc.integer({ min: 0, max: 63 }).map(String), axis),
  })
  .map(({ axes, ...rest }) => {
    const sorted = Object.entries(axes).map(([code, one]) => [Number(code), one] as const)
    sorted.sort(([a], [b]) => a - b)
    const absolute = sorted.reduce((set, [code]) => set | (1n << BigInt(code)), 0n)
    return { ...rest, absolute, axes: new Map(sorted) }
  })

describe('a description', () => {
  test('comes back from the struct as it went in', () => {
    fc.assert(
      fc.property(descriptions, (description) => {
        expect(decodeDescription(encodeDescription(description))).toEqual(description)
      }),
    )
  })

  test('is the same while its axes only move, and another when anything else differs', () => {
    fc.assert(
      fc.property(descriptions, int32, (description, value) => {
        const moved = new Map([...description.axes].map(([code, one]) => [code, { ...one, value }]))
        expect(isSameDevice(description, { ...description, axes: moved })).toBe(true)
        const keys = description.keys ^ 2n
        expect(isSameDevice(description, { ...description, keys })).toBe(false)
        const flat = new Map(
          [...description.axes].map(([code, one]) => [code, { ...one, flat: one.flat ^ 1 }]),
        )
        expect(isSameDevice(description, { ...description, axes: flat })).toBe(flat.size === 0)
      }),
    )
  })

  test('with a code or a name that has no room is refused', () => {
    const [description] = fc.sample(descriptions, 1)
    if (description === undefined) throw new Error('no sample')
    expect(() => encodeDescription({ ...description, keys: 1n << 768n })).toThrow(RangeError)
    expect(() => encodeDescription({ ...description, leds: -1n })).toThrow(RangeError)
    expect(() => encodeDescription({ ...description, name: new Uint8Array(80) })).toThrow(
      RangeError,
    )
  })

  test('names codes in their order', () => {
    expect(codesOf(0n)).toEqual([])
    expect(codesOf((1n << 300n) | 0b101n)).toEqual([0, 2, 300])
  })
})
