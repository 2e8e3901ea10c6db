import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { dependencySignature, isStale, signature } from '../../scripts/lib/stale.mjs'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'evswitch-stale-'))
  mkdirSync(join(root, 'src/deep'), { recursive: true })
  writeFileSync(join(root, 'src/a.ts'), 'a')
  writeFileSync(join(root, 'src/deep/b.ts'), 'b')
})

afterEach(() => rmSync(root, { recursive: true }))

test('the same files have the same signature', () => {
  expect(signature(root, ['src'])).toBe(signature(root, ['src']))
})

test.each([
  ['an edit', () => writeFileSync(join(root, 'src/deep/b.ts'), 'bb')],
  ['an older time', () => utimesSync(join(root, 'src/a.ts'), 1, 1)],
  ['a new file', () => writeFileSync(join(root, 'src/c.ts'), '')],
  ['a removal', () => rmSync(join(root, 'src/a.ts'))],
  ['a new name', () => renameSync(join(root, 'src/a.ts'), join(root, 'src/z.ts'))],
])('%s changes the signature', (_, change) => {
  const before = signature(root, ['src'])
  change()
  expect(signature(root, ['src'])).not.toBe(before)
})

test('a file that is not there yet can be named', () => {
  const before = signature(root, ['tsconfig.json'])
  writeFileSync(join(root, 'tsconfig.json'), '{}')
  expect(signature(root, ['tsconfig.json'])).not.toBe(before)
})

test('dependencies are stale until the stamp says what the lock file says', () => {
  const stamp = join(root, 'stamp')
  writeFileSync(join(root, 'package-lock.json'), '{}')
  expect(isStale(stamp, dependencySignature(root))).toBe(true)
  writeFileSync(stamp, dependencySignature(root))
  expect(isStale(stamp, dependencySignature(root))).toBe(false)
  writeFileSync(join(root, 'package-lock.json'), '{"changed":true}')
  expect(isStale(stamp, dependencySignature(root))).toBe(true)
})
