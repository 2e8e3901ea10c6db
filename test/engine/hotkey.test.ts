import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hotkeyLabel, hotkeyText, parseHotkey } from '../../src/engine/hotkey.ts'

describe('a hotkey', () => {
  test('is one to four keys joined by plus signs', () => {
    expect(parseHotkey('leftctrl+rightctrl')).toEqual([29, 97])
    expect(parseHotkey('scrolllock')).toEqual([70])
    expect(parseHotkey(' Left Ctrl + KEY_F13 + btn_side + 1 ')).toEqual([29, 183, 0x113, 2])
  })

  test('is written back for people and for the configuration', () => {
    expect(hotkeyLabel([29, 97])).toBe('left Ctrl + right Ctrl')
    expect(hotkeyText([29, 0x113, 0x2fe])).toBe('leftctrl+btn_side+0x2fe')
  })

  test('survives being written and read', () => {
    const keys = fc.uniqueArray(fc.integer({ min: 1, max: 0x2ff }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(keys, (codes) => {
        expect(parseHotkey(hotkeyText(codes))).toEqual(codes)
      }),
    )
  })

  test.each([
    ['', 'the hotkey has no key'],
    ['+', 'the hotkey has no key'],
    ['leftctrl+', 'a plus sign without a key'],
    ['a+b+c+d+e', 'the hotkey has 5 keys, the most is 4'],
    ['leftctrl+KEY_LEFTCTRL', 'the hotkey has the key leftctrl twice'],
    ['leftctrl+29', 'the hotkey has the key leftctrl twice'],
    ['leftctrl+rigthctrl', 'did you mean rightctrl?'],
    ['ctrl+ctrl', 'say which one: leftctrl or rightctrl'],
  ])('%j is refused: %s', (text, message) => {
    expect(() => parseHotkey(text)).toThrow(message)
  })
})
