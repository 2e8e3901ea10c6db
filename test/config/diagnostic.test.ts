import { describe, expect, test } from 'vitest'
import { configError, type Diagnostic, diagnosticText } from '../../src/config/diagnostic.ts'

function at(line: number, column: number, length: number): Diagnostic {
  return {
    severity: 'error',
    code: 'bad-config',
    range: { start: { line, column }, end: { line, column: column + length } },
    message: 'it is wrong',
    remedy: 'put it right',
  }
}

describe('a diagnostic', () => {
  test('shows its place, the line with a mark below, and the remedy', () => {
    expect(diagnosticText(at(2, 5, 3), '/etc/x.toml', 'a = 1\nb = two\n')).toEqual([
      '/etc/x.toml:2:5: it is wrong',
      '   2 | b = two',
      '     |     ^^^',
      '  put it right',
    ])
  })

  test('is marked under wide characters and tabs, and without length by one caret', () => {
    expect(diagnosticText(at(1, 4, 0), 'f', '\t日本=1').slice(1, 3)).toEqual([
      '   1 |  日本=1',
      '     |      ^',
    ])
  })

  test('behind the end of the file has an empty line', () => {
    expect(diagnosticText(at(2, 1, 0), 'f', 'a\n').slice(1, 3)).toEqual(['   2 |', '     | ^'])
  })

  test('of several lines is marked to the end of its first', () => {
    const diagnostic = {
      ...at(1, 5, 0),
      range: { start: { line: 1, column: 5 }, end: { line: 3, column: 2 } },
    }
    expect(diagnosticText(diagnostic, 'f', 'a = [1,\n2\n]')[2]).toBe('     |     ^^^')
  })

  test('in a long line shows what is near the mark', () => {
    const text = `a = "${'x'.repeat(500)}" b`
    const [, row = '', mark = ''] = diagnosticText(at(1, 508, 1), 'f', text)
    expect(row).toBe(`   1 | …${'x'.repeat(18)}" b`)
    expect(mark.length).toBe(row.length)
    const [, start = '', long = ''] = diagnosticText(at(1, 5, 502), 'f', text)
    expect(start).toMatch(/^ {3}1 \| a = "x+…$/)
    expect(long.length).toBeLessThanOrEqual(start.length)
  })

  test('gives characters that command a terminal as escapes', () => {
    const text = 'a = "\u001b[31m\u202e"'
    const shown = diagnosticText({ ...at(1, 1, 1), message: 'no \u009b' }, 'f\n', text).join('\n')
    expect(shown).toContain('f\\x0a:1:1: no \\x9b')
    expect(shown).toContain('a = "\\x1b[31m\\u{202e}"')
  })
})

test('the error of a file counts its errors and holds all diagnostics', () => {
  const warning: Diagnostic = { ...at(1, 1, 1), severity: 'warning' }
  const error = configError([warning, at(1, 1, 1), at(1, 1, 1)], 'f', 'x')
  expect(error.code).toBe('bad-config')
  expect(error.exitCode).toBe(6)
  expect(error.message).toMatch(/^f has 2 errors\n\nf:1:1: warning: it is wrong\n/)
  expect(configError([at(1, 1, 1)], 'f', 'x').message).toMatch(/^f has an error\n/)
})

test('a file of thousands of errors shows the first of them', () => {
  const error = configError(Array(3000).fill(at(1, 1, 1)), 'f', 'x')
  expect(error.message).toMatch(/^f has 3000 errors\n/)
  expect(error.message.split('\n').length).toBeLessThan(300)
  expect(error.message).toMatch(/\n\nand 2950 more$/)
})
