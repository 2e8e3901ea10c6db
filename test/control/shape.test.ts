import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  anything,
  count,
  flag,
  list,
  object,
  optional,
  ShapeError,
  text,
  word,
} from '../../src/control/shape.ts'

const shape = object({
  name: text('', { max: 3 }),
  many: optional(count('', { max: 10 })),
  kinds: list(word(['a', 'b']), '', { max: 2 }),
  inner: object({ on: flag() }),
  rest: optional(anything()),
})

const right = { name: 'abc', kinds: ['a'], inner: { on: true } }

test('what has the shape is returned', () => {
  expect(shape.read(right, 'params')).toEqual(right)
  expect(shape.read({ ...right, many: 10, rest: [1] }, 'params')).toEqual({
    ...right,
    many: 10,
    rest: [1],
  })
  expect(shape.read({ ...right, many: undefined }, 'params')).toEqual(right)
})

test.each([
  [{ ...right, name: 'abcd' }, 'params.name must be a text of at most 3 characters'],
  [{ ...right, name: undefined }, 'params.name must be a text of at most 3 characters'],
  [{ ...right, many: 11 }, 'params.many must be a number from 0 up to 10'],
  [{ ...right, many: null }, 'params.many must be a number from 0 up to 10'],
  [{ ...right, kinds: ['a', 'c'] }, 'params.kinds[1] must be "a" or "b"'],
  [{ ...right, kinds: ['a', 'b', 'a'] }, 'params.kinds must be a list of at most 2 entries'],
  [{ ...right, kinds: 'a' }, 'params.kinds must be a list'],
  [{ ...right, inner: { on: 1 } }, 'params.inner.on must be true or false'],
  [{ ...right, inner: {} }, 'params.inner.on must be true or false'],
  [
    JSON.parse('{"__proto__": 1}'),
    'params must be an object with no keys but name, many, kinds, inner, rest',
  ],
  [[], 'params must be an object'],
  [null, 'params must be an object'],
])('%j is refused by its place', (value, message) => {
  expect(() => shape.read(value, 'params')).toThrow(ShapeError)
  expect(() => shape.read(value, 'params')).toThrow(message)
})

test('no value leads to anything but a value of the shape or a ShapeError', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      try {
        shape.read(value, 'params')
      } catch (error) {
        expect(error).toBeInstanceOf(ShapeError)
      }
    }),
  )
})
