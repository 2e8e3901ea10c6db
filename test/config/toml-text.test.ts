import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tomlComment, tomlText } from '../../src/config/toml-text.ts'
import { readToml } from '../../src/config/toml-tree.ts'

function read(text: string): unknown {
  const tree = readToml(text)
  return 'severity' in tree ? tree : [...tree.entries].map(([key, { value }]) => [key, value])
}

test('a text is read back as it was, and commands no terminal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const written = tomlText(text)
      expect(written).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
      expect(read(`a = ${written}`)).toMatchObject([['a', { kind: 'text', value: text }]])
    }),
  )
})

test('a comment stays one, whatever it holds', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(read(tomlComment(text))).toEqual([])
    }),
  )
})
