import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { shellCommands } from '../../src/config/shell-words.ts'

function texts(script: string): string[][] {
  return shellCommands(script).map((words) => words.map(({ text }) => text))
}

/** A brace behind the dollar, without looking like a template. */
const braced = (inner: string) => `$\{${inner}}`

describe('a script', () => {
  test.each([
    ['a b  c', [['a', 'b', 'c']]],
    ['a\\\n  b\nc', [['a', 'b'], ['c']]],
    ["a 'b c' d\"e f\"g ''", [['a', 'b c', 'de fg', '']]],
    ['a # b\nc#d', [['a'], ['c#d']]],
    ['a | b && c; d > e', [['a'], ['b'], ['c'], ['d'], ['e']]],
    [`K=/dev/x\ne $K "${braced('K')}y"`, [['K=/dev/x'], ['e', '/dev/x', '/dev/xy']]],
    ["e '$K' \\$K", [['e', '$K', '$K']]],
    ['e `#note` b', [['e', 'b']]],
    ['a\r\nb', [['a'], ['b']]],
    ["a 'no end", [['a', 'no end']]],
  ])('%j has these words', (script, words) => {
    expect(texts(script)).toEqual(words)
  })

  test.each(['$K', '"$K"', '/dev/*', '$(ls)', `a${braced('K:-b')}`, '`ls`x'])(
    'knows that only a shell knows %s',
    (word) => {
      const [first] = shellCommands(`e ${word}`)
      expect(first?.[1]?.isOpen).toBe(true)
    },
  )

  test('that grows its own variables stays small', () => {
    const script = `A=${'x'.repeat(500)}\n${'A=$A$A\n'.repeat(50)}e ${'$A'.repeat(1000)}`
    expect(JSON.stringify(texts(script)).length).toBeLessThan(1_000_000)
  })

  test('of any text is read to its end', () => {
    const parts = fc.constantFrom(
      '"',
      "'",
      '\\',
      '`',
      '$',
      '${',
      '}',
      '#',
      ' ',
      '\n',
      'a',
      '=',
      '*',
      ';',
    )
    fc.assert(
      fc.property(
        fc.array(parts).map((all) => all.join('')),
        (script) => {
          shellCommands(script)
        },
      ),
    )
  })
})
