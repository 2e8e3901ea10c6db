import { expect, test } from 'vitest'
import { readTargetLine, targetLine } from '../../../src/share/link/target-line.ts'

test('a link says first whose frames it has, however it is cut', () => {
  const bytes = Buffer.concat([targetLine('laptop'), Buffer.from([1, 0, 10])])
  for (let size = 0; size < 7; size++) expect(readTargetLine(bytes.subarray(0, size))).toBe('more')
  for (let size = 7; size <= bytes.length; size++) {
    expect(readTargetLine(bytes.subarray(0, size))).toEqual({ name: 'laptop', size: 7 })
  }
})

test('what has no end within the length of a name is none', () => {
  expect(readTargetLine(Buffer.alloc(63, 'a'))).toBe('more')
  expect(readTargetLine(Buffer.alloc(64, 'a'))).toBeUndefined()
  expect(readTargetLine(Buffer.from(`${'a'.repeat(64)}\n`))).toBeUndefined()
})
