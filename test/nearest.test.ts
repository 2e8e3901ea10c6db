import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { editDistance, nearest } from '../src/nearest.ts'

const word = fc.string({ maxLength: 12 })

describe('edit distance', () => {
  test.each([
    ['', '', 0],
    ['abc', 'abc', 0],
    ['', 'abc', 3],
    ['leftctrl', 'lefctrl', 1],
    ['leftctrl', 'leftcrtl', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
  ])('of %j and %j is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance)
  })

  test('is a distance: zero for the same only, the same both ways, never above the longer length', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b)
        expect(distance).toBe(editDistance(b, a))
        expect(distance === 0).toBe(a === b)
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length))
        expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length))
      }),
    )
  })

  test('one edit anywhere is one apart at most', () => {
    fc.assert(
      fc.property(word, fc.nat(12), fc.string({ maxLength: 1 }), (text, at, letter) => {
        const edited = text.slice(0, at) + letter + text.slice(at + 1)
        expect(editDistance(text, edited)).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('a swap of two neighbours is one apart at most', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 2, maxLength: 12 }), fc.nat(10), (text, wish) => {
        const at = wish % (text.length - 1)
        const swapped =
          text.slice(0, at) + text.charAt(at + 1) + text.charAt(at) + text.slice(at + 2)
        expect(editDistance(text, swapped)).toBeLessThanOrEqual(1)
      }),
    )
  })
})

describe('nearest', () => {
  const keys = ['leftctrl', 'rightctrl', 'leftalt', 'a', 'b', 'f1']

  test.each([
    ['lefctrl', 'leftctrl'],
    ['LEFTCRTL', 'leftctrl'],
    ['rigthctrl', 'rightctrl'],
    ['leftalr', 'leftalt'],
  ])('of %j is %j', (wish, found) => {
    expect(nearest(wish, keys)).toBe(found)
  })

  test('of a text that resembles nothing is nothing', () => {
    expect(nearest('xylophone', keys)).toBe(undefined)
    expect(nearest('', keys)).toBe(undefined)
    expect(nearest('zz', keys)).toBe(undefined)
  })

  test('of a pasted page comes back at once', () => {
    const start = performance.now()
    nearest('x'.repeat(1_000_000), ['y'.repeat(1_000_000), ...keys])
    expect(performance.now() - start).toBeLessThan(200)
  })
})
