import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lineDiff } from '../../src/guests/line-diff.ts'

test('a diff shows three lines around what changed', () => {
  const before = 'abcdefghij'.split('').join('\n')
  expect(lineDiff(before, before.replace('e', 'E\nF'), 'x')).toEqual([
    '--- x',
    '+++ x with evswitch',
    '@@ -2,7 +2,8 @@',
    ' b',
    ' c',
    ' d',
    '-e',
    '+E',
    '+F',
    ' f',
    ' g',
    ' h',
  ])
  expect(lineDiff(before, before, 'x')).toEqual([])
})

test('patch makes one text of the other by it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'evswitch-diff-'))
  const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 25 })
  try {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const [old, fresh] = [before, after].map((lines) => lines.join('\n'))
        if (old === undefined || fresh === undefined || old === fresh) return
        const file = join(folder, 'file')
        writeFileSync(file, `${old}\n`)
        const input = `${lineDiff(old, fresh, 'file').join('\n')}\n`
        execFileSync('git', ['apply', '--unsafe-paths', '-p0', `--directory=${folder}`], {
          cwd: '/',
          input: input.replace('+++ file with evswitch', '+++ file'),
        })
        expect(readFileSync(file, 'utf8')).toBe(`${fresh}\n`)
      }),
      { numRuns: 30 },
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})
