import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeConfig } from '../../src/config/decode.ts'
import type { Config } from '../../src/config/schema.ts'
import { configToml } from '../../src/config/show.ts'
import { tomlValue } from '../../src/config/toml-text.ts'

function told(text: string): string[] {
  return decodeConfig(text).diagnostics.map(({ range: { start }, message, remedy = '' }) =>
    `${start.line}:${start.column} ${message} / ${remedy}`.replace(/ \/ $/, ''),
  )
}

function hooksOf(text: string): Config['hook'] {
  const { config, diagnostics } = decodeConfig(text)
  expect(diagnostics).toEqual([])
  return config?.hook ?? []
}

test('a hook has a program with its arguments, and the rest by default', () => {
  const [hook] = hooksOf('[[hook]]\non = "enter"\nrun = ["playerctl", "pause", ""]\n')
  expect(hook).toMatchObject({
    on: { value: 'enter' },
    run: { value: ['playerctl', 'pause', ''] },
    target: { value: undefined },
    'timeout-ms': { value: 10_000 },
    'debounce-ms': { value: 100 },
  })
})

test('a hook may be for a target that another file describes', () => {
  expect(hooksOf('hook = [{ on = "leave", target = "mac", run = ["true"] }]')).toHaveLength(1)
})

test.each([
  [
    'run = "playerctl pause"',
    '3:7 run must be an array of texts, not one text / write run = ["playerctl", "pause"]',
  ],
  [
    'run = "a | b"',
    '3:7 run must be an array of texts, not one text / write run = ["sh", "-c", "a | b"]',
  ],
  ['run = 1', '3:7 run must be an array of texts as in ["playerctl", "pause"], not a number'],
  ['run = []', '3:7 run names no program'],
  ['run = [""]', '3:8 the program has no name'],
  ['run = ["a", 1]', '3:13 every word of run must be a text, in quotation marks'],
  ['run = ["a", "\\u0000"]', '3:13 no argument can have a NUL in it'],
  [`run = ["${'a'.repeat(4097)}"]`, '3:8 no word can have over 4096 characters'],
  [`run = [${'"a",'.repeat(65)}]`, '3:264 a program can have 63 arguments at most'],
  [
    'run = ["a"]\ntimeout-ms = 0',
    '4:14 timeout-ms: 0 is out of range / say a number from 100 to 600000',
  ],
])('%s is told', (line, message) => {
  expect(told(`[[hook]]\non = "enter"\n${line}\n`)).toEqual([message])
})

test('a hook says nothing that its event has no use for', () => {
  expect(told('[[hook]]\non = "panic"\nrun = ["a"]\ntarget = "win10"')).toEqual([
    '4:10 a hook on panic is for no target / leave target out',
  ])
})

test('whatever the arguments are, what is shown says the same when it is read', () => {
  const words = fc.tuple(
    fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }),
    fc.array(fc.string({ maxLength: 20, unit: 'grapheme' }), { maxLength: 5 }),
  )
  fc.assert(
    fc.property(words, ([program, args]) => {
      const run = [program, ...args]
      fc.pre(run.every((word) => !word.includes('\0')))
      const { config } = decodeConfig(`hook = [{ on = "panic", run = ${tomlValue(run)} }]`)
      if (config === undefined) throw new Error('no configuration')
      expect(hooksOf(configToml(config).join('\n'))[0]?.run.value).toEqual(run)
    }),
  )
})

test('a hook is for a name only where a hotkey asks for it', () => {
  expect(hooksOf('[[hook]]\non = "hotkey"\nhook = "monitor"\nrun = ["a"]')).toMatchObject([
    { hook: { value: 'monitor' } },
  ])
  expect(told('[[hook]]\non = "panic"\nhook = "monitor"\nrun = ["a"]')).toEqual([
    '3:8 a hook on panic has no name / say on = "hotkey", or leave hook out',
  ])
})
