import { expect, test } from 'vitest'
import { wrap } from '../../src/cli/wrap.ts'

test('words go to the next line, which is indented', () => {
  expect(wrap('one two three four', 9, '  ')).toEqual(['one two', '  three', '  four'])
})

test('a longer word is cut, and a wide character takes two columns', () => {
  expect(wrap('x'.repeat(20), 10)).toEqual([`${'x'.repeat(9)}…`])
  expect(wrap('日本 日本', 6)).toEqual(['日本', '日本'])
})
