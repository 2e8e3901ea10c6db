import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { installedHeader, parseHeader, renderTable } from '../../scripts/gen-codes.ts'
import { codeAliases, codes } from '../../src/engine/code-table.ts'
import {
  codeName,
  findKey,
  keyId,
  keyLabel,
  keyName,
  parseKey,
  propertyName,
  typeName,
} from '../../src/engine/codes.ts'
import { EvswitchError } from '../../src/errors.ts'

const keyEntries = Object.entries({ ...codes, ...codeAliases }).filter(
  ([name]) => /^(KEY|BTN)_/.test(name) && name !== 'KEY_RESERVED',
)

describe('the code table', () => {
  test.skipIf(!existsSync(installedHeader))(
    `agrees with ${installedHeader} (skipped where it is not installed)`,
    () => {
      const header = parseHeader(readFileSync(installedHeader, 'utf8'))
      const theirs = new Map([...header.names, ...header.aliases])
      const ours = new Map<string, number>(Object.entries({ ...codes, ...codeAliases }))
      const shared = [...ours].filter(([name]) => theirs.has(name))
      expect(Object.fromEntries(shared)).toEqual(
        Object.fromEntries(shared.map(([name]) => [name, theirs.get(name)])),
      )
      expect(shared.length).toBeGreaterThan(0.95 * Math.min(ours.size, theirs.size))
    },
  )

  test('shows the first code of a range by its own name, and keeps names that end in MAX', () => {
    const table = parseHeader(
      [
        '#define BTN_MISC\t\t0x100',
        '#define BTN_0\t\t\t0x100',
        '#define KEY_BRIGHTNESS_MAX\t0x251\t/* Set */',
        '#define KEY_FULL_SCREEN 0x174',
        '#define KEY_ZOOM\t\tKEY_FULL_SCREEN',
        '#define KEY_MAX\t\t\t0x2ff',
        '#define KEY_CNT\t\t\t(KEY_MAX+1)',
        '#define OTHER_THING 1',
      ].join('\n'),
    )
    expect([...table.names]).toEqual([
      ['BTN_0', 0x100],
      ['KEY_BRIGHTNESS_MAX', 0x251],
      ['KEY_FULL_SCREEN', 0x174],
    ])
    expect([...table.aliases]).toEqual([
      ['BTN_MISC', 0x100],
      ['KEY_ZOOM', 0x174],
    ])
    expect([...table.limits]).toEqual([['KEY_MAX', 0x2ff]])
    expect(renderTable(table)).toContain('  BTN_0: 0x100,\n')
  })

  test('a header that uses a name before it defines it is refused', () => {
    expect(() => parseHeader('#define KEY_A KEY_B')).toThrow('KEY_A is defined by KEY_B')
  })
})

describe('names of codes', () => {
  test('are the kernel’s, and numbers where it has none', () => {
    expect(typeName(1)).toBe('EV_KEY')
    expect(typeName(0x1e)).toBe('EV_0x1e')
    expect(codeName(codes.EV_REL, 8)).toBe('REL_WHEEL')
    expect(codeName(codes.EV_KEY, 0x110)).toBe('BTN_LEFT')
    expect(codeName(codes.EV_SYN, 3)).toBe('SYN_DROPPED')
    expect(codeName(codes.EV_REL, 0x3fff)).toBe('EV_REL:0x3fff')
    expect(codeName(0x1e, 2)).toBe('EV_0x1e:0x2')
    expect(keyName(29)).toBe('KEY_LEFTCTRL')
    expect(keyName(0x130)).toBe('BTN_SOUTH')
    expect(keyName(0x2fe)).toBe('KEY_0x2fe')
    expect(propertyName(1)).toBe('INPUT_PROP_DIRECT')
    expect(propertyName(30)).toBe('INPUT_PROP_0x1e')
  })

  test.each([
    [29, 'left Ctrl'],
    [97, 'right Ctrl'],
    [1, 'Esc'],
    [30, 'A'],
    [2, '1'],
    [183, 'F13'],
    [103, 'Up'],
    [70, 'Scroll Lock'],
    [0x113, 'mouse button side'],
    [0x130, 'button south'],
    [96, 'keypad enter'],
    [0x2fe, 'key 0x2fe'],
  ])('code %i is called %j by people', (code, label) => {
    expect(keyLabel(code)).toBe(label)
  })
})

describe('a key in text', () => {
  test.each([
    ['leftctrl', 29],
    ['KEY_LEFTCTRL', 29],
    ['LeftCtrl', 29],
    ['left-ctrl', 29],
    ['Left Ctrl', 29],
    [' left_ctrl ', 29],
    ['lctrl', 29],
    ['altgr', 100],
    ['btn_side', 0x113],
    ['BTN_SIDE', 0x113],
    ['side', 0x113],
    ['back', 158],
    ['btn-back', 0x116],
    ['scrolllock', 70],
    ['1', 2],
    ['0', 11],
    ['29', 29],
    ['0x1d', 29],
    ['0x2FF', 0x2ff],
    ['a', 30],
    ['btn_a', 0x130],
    ['zoom', 0x174],
    ['key_keyboard', 0x176],
    ['keyboard', 0x176],
    ['f24', 194],
  ])('%j is code %i', (text, code) => {
    expect(findKey(text)).toBe(code)
    expect(parseKey(text)).toBe(code)
  })

  test('every name of the kernel is read in any case, and its short form too', () => {
    for (const [name, code] of keyEntries) {
      expect(findKey(name), name).toBe(code)
      expect(findKey(name.toLowerCase()), name).toBe(code)
      expect(findKey(keyId(code)), keyId(code)).toBe(code)
    }
  })

  test('every code in range survives being written and read', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 0x2ff }), (code) => findKey(keyId(code)) === code),
    )
  })

  test.each([
    ['lefctrl', 'did you mean leftctrl?'],
    ['KEY_LEFTCRTL', 'did you mean leftctrl?'],
    ['scrolock', 'did you mean scrolllock?'],
    ['btn_sied', 'did you mean btn_side?'],
    ['ctrl', 'say which one: leftctrl or rightctrl'],
    ['Super', 'say which one: leftmeta or rightmeta'],
    ['0x300', 'codes go from 1 to 0x2ff'],
    ['00', 'codes go from 1 to 0x2ff'],
    ['', 'use names as in leftctrl, scrolllock, f13, btn_side'],
    ['reserved', undefined],
  ])('%j is refused with advice', (text, advice) => {
    expect(findKey(text)).toBe(undefined)
    const error = catchError(() => parseKey(text))
    expect(error.code).toBe('unknown-key')
    if (advice !== undefined) expect(error.remedy).toBe(advice)
  })

  test('an error shows no control character and no endless text', () => {
    const error = catchError(() => parseKey(`\u001b[31m\u009b${'x'.repeat(5000)}`))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(error.message).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
    expect(error.message.length).toBeLessThan(200)
  })
})

function catchError(action: () => unknown): EvswitchError {
  try {
    action()
  } catch (error) {
    if (error instanceof EvswitchError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
