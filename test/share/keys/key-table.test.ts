import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { output, renderKeys, source } from '../../../scripts/gen-share-keys.ts'
import { codes } from '../../../src/engine/code-table.ts'
import { isCharacter } from '../../../src/share/keys/barrier-key.ts'
import { keyRows } from '../../../src/share/keys/key-table.ts'

const heading = 'name\tkbd\twindows\tmacos\tid\tothers'

describe('the table of keys', () => {
  test('is what the generator makes of its source', () => {
    expect(readFileSync(output, 'utf8')).toBe(renderKeys(readFileSync(source, 'utf8')))
  })

  test('has each code, button and name of a key once', () => {
    const unique = (numbers: readonly number[]) => expect(numbers).toEqual([...new Set(numbers)])
    unique(keyRows.map(({ code }) => code))
    for (const column of ['windows', 'macos'] as const) {
      unique(keyRows.map((row) => row[column]).filter((button) => button !== 0))
    }
    unique(keyRows.flatMap(({ ids }) => ids.filter((id) => !isCharacter(id))))
  })

  test('has two keys with one button only where the old driver of X11 cannot tell them apart', () => {
    const buttons = keyRows.map(({ kbd }) => kbd).filter((button) => button !== 0)
    const twice = buttons.filter((button, index) => buttons.indexOf(button) !== index)
    const shared = keyRows.filter(({ kbd }) => twice.includes(kbd)).map(({ code }) => code)
    const { KEY_KATAKANAHIRAGANA, KEY_HANGEUL, KEY_HANJA, KEY_F15, KEY_F16, KEY_F17 } = codes
    expect(shared).toEqual([
      ...[KEY_KATAKANAHIRAGANA, KEY_HANGEUL, KEY_HANJA, KEY_F15, KEY_F16, KEY_F17],
    ])
  })

  test.each([
    ['name\tid', 'the columns are not name, kbd'],
    [`# a comment\n${heading}\nKEY_NOPE\t-\t-\t-\t-\t-`, 'line 3: the kernel has no KEY_NOPE'],
    [`${heading}\nKEY_A\t-\t-`, 'line 2: 3 columns, not 6'],
    [`${heading}\nKEY_A\t-\t0xyz\t-\t-\t-`, 'line 2: "0xyz" is no number'],
  ])('with a mistake is refused: %j', (text, message) => {
    expect(() => renderKeys(text)).toThrow(message)
  })
})
