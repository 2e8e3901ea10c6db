import { describe, expect, test } from 'vitest'
import {
  axisResultText,
  parseAxis,
  parseAxisResult,
  parseMacro,
  parseResult,
  parseTrigger,
  resultPlain,
  triggerText,
} from '../../src/config/map-text.ts'
import { codes } from '../../src/engine/code-table.ts'

const { KEY_A, KEY_C, KEY_LEFTCTRL, KEY_MUTE, REL_X, REL_Y, REL_WHEEL } = codes

describe('a trigger', () => {
  test.for([
    ['KEY_F13', 'f13'],
    ['BTN_SIDE', 'btn_side'],
    ['0x2fe', '0x2fe'],
    ['leftctrl+q', 'leftctrl+q'],
    ['wheel-up', 'wheel-up'],
    ['leftctrl + WHEEL_LEFT', 'leftctrl+wheel-left'],
  ])('%s is read and written back', ([text = '', same]) => {
    expect(triggerText(parseTrigger(text))).toBe(same)
    expect(parseTrigger(triggerText(parseTrigger(text)))).toEqual(parseTrigger(text))
  })

  test.for([
    ['', 'has no key'],
    ['leftctrl+leftctrl+a', 'leftctrl twice'],
    ['wheel-upp', 'did you mean "wheel-up"?'],
    ['a+b+c+d+wheel-up', '5 parts'],
    ['escc', 'did you mean esc?'],
  ])('%s is none', ([text = '', why = '']) => {
    expect(() => parseTrigger(text)).toThrow(why)
  })
})

describe('a result', () => {
  test.for([
    ['leftctrl+c', { kind: 'keys', keys: [KEY_LEFTCTRL, KEY_C] }],
    ['host: mute', { kind: 'keys', keys: [KEY_MUTE], target: 'host' }],
    ['block', { kind: 'block' }],
    ['release', { kind: 'action', action: { kind: 'panic' } }],
    ['switch next', { kind: 'action', action: { kind: 'next' } }],
    ['switch win10', { kind: 'action', action: { kind: 'target', target: 'win10' } }],
    ['lock', { kind: 'action', action: { kind: 'lock' } }],
    ['hook dock', { kind: 'action', action: { kind: 'hook', hook: 'dock' } }],
    ['scroll 15', { kind: 'scroll', counts: 15 }],
  ] as const)('%s is read and written back', ([text, result]) => {
    expect(parseResult(text)).toEqual(result)
    expect(resultPlain(parseResult(text))).toBe(text)
  })

  test.for([
    ['blok', 'did you mean "block"?'],
    ['hook ../x', 'no hook can be named "../x"'],
    ['scroll 0', 'a number from 1 to 1000'],
    ['host: mut', 'unknown key "mut"'],
    ['', 'has no key'],
    ['a+b+c+d+e', 'the most is 4'],
  ])('%s is none', ([text = '', why = '']) => {
    expect(() => parseResult(text)).toThrow(why)
  })
})

describe('a macro', () => {
  test('is presses and releases 10 ms apart, and its waits', () => {
    expect(parseMacro(['leftctrl+c', 200, 'a']).steps).toEqual([
      { code: KEY_LEFTCTRL, isPress: true, waitMs: 0 },
      { code: KEY_C, isPress: true, waitMs: 10 },
      { code: KEY_C, isPress: false, waitMs: 10 },
      { code: KEY_LEFTCTRL, isPress: false, waitMs: 10 },
      { code: KEY_A, isPress: true, waitMs: 210 },
      { code: KEY_A, isPress: false, waitMs: 10 },
    ])
  })

  test.for([
    [
      ['leftshift down', 'a'],
      'leaves leftshift down, so it has no end\nend it with "leftshift up"',
    ],
    [['a up'], 'a goes up, and is so already'],
    [['a down', 'a'], 'a goes down, and is so already'],
    [[], 'presses nothing'],
    [[500], 'presses nothing'],
    [['a', 9000, 'b', 9000, 'c'], 'it takes 18.05 s\n10 s are the most'],
    [['a', -1], 'a wait of -1 ms'],
    [['a', 10_001], 'a wait of 10001 ms'],
    [Array<string>(65).fill('a'), '130 presses and releases\n128 are the most'],
    [[...'abcdefghi'].map((key) => `${key} down`), 'it holds more than 8 keys'],
    [['aa'], 'unknown key "aa"'],
  ] as const)('%j is none', ([words, why]) => {
    expect(() => parseMacro(words)).toThrow(why)
  })
})

describe('an axis', () => {
  test.for([
    ['invert', { to: REL_X, factor: -1 }],
    ['scale 0.5', { to: REL_X, factor: 0.5 }],
    ['y', { to: REL_Y, factor: 1 }],
    ['y, invert, scale 2', { to: REL_Y, factor: -2 }],
  ] as const)('becomes %s, which is written back', ([text, result]) => {
    expect(parseAxisResult(REL_X, text)).toEqual(result)
    expect(axisResultText(REL_X, parseAxisResult(REL_X, text))).toBe(text)
  })

  test.for([
    ['invrt', 'did you mean invert?'],
    ['scale 0', 'out of range'],
    ['scale 65', 'out of range'],
    ['scale x', 'out of range'],
    ['wheel', 'x cannot become wheel'],
  ])('does not become %s', ([text = '', why = '']) => {
    expect(() => parseAxisResult(REL_X, text)).toThrow(why)
  })

  test('has a name', () => {
    expect(parseAxis('REL_WHEEL')).toBe(REL_WHEEL)
    expect(() => parseAxis('whel')).toThrow('did you mean wheel?')
    expect(() => parseAxis('z9')).toThrow('unknown axis "z9"')
  })
})
