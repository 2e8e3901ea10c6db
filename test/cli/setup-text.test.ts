import { expect, test } from 'vitest'
import { changeLines } from '../../src/cli/setup-text.ts'

test('what becomes of a file is shown as a diff, a new file as nothing but additions', () => {
  const lines = changeLines(undefined, 'a\nb\n', 'file')
  expect(lines.slice(0, 2)).toEqual(['  --- file', '  +++ file with evswitch'])
  expect(lines.filter((line) => /^ {2}[-+][^-+]/.test(line))).toEqual(['  +a', '  +b'])
  expect(changeLines('a\n', 'a\n', 'file')).toEqual([])
})
