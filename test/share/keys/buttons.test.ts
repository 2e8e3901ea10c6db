import { describe, expect, test } from 'vitest'
import { codes } from '../../../src/engine/code-table.ts'
import { isCharacter } from '../../../src/share/keys/barrier-key.ts'
import {
  buttonOfCode,
  codeOfButton,
  codeOfNamedKey,
  ServerTypeVote,
  serverTypes,
} from '../../../src/share/keys/buttons.ts'
import { keyRows } from '../../../src/share/keys/key-table.ts'

describe('buttons', () => {
  test.each(serverTypes)('of a %s server lead back to their keys', (type) => {
    const known = keyRows.filter((row) => buttonOfCode(type, row.code) !== 0)
    expect(known.length).toBeGreaterThan(80)
    for (const { code } of known) {
      const button = buttonOfCode(type, code)
      const found = codeOfButton(type, button)
      if (type === 'kbd') expect(buttonOfCode(type, found)).toBe(button)
      else expect(found).toBe(code)
    }
  })

  test('that no key has lead to none', () => {
    for (const type of serverTypes) {
      for (const button of [0, 600, 0xffff]) expect(codeOfButton(type, button)).toBe(0)
    }
    expect(codeOfButton('x11', codes.BTN_LEFT + 8)).toBe(0)
  })

  test('of Windows for Print Screen with Alt and Pause with Ctrl are these keys', () => {
    expect(codeOfButton('windows', 0x54)).toBe(codes.KEY_SYSRQ)
    expect(codeOfButton('windows', 0x146)).toBe(codes.KEY_PAUSE)
  })

  test('for a peer are those of X11, and for QEMU those of the old driver', () => {
    expect(buttonOfCode('x11', codes.KEY_UP)).toBe(111)
    expect(buttonOfCode('kbd', codes.KEY_UP)).toBe(98)
    expect(buttonOfCode('kbd', codes.KEY_MUTE)).toBe(0)
    expect(buttonOfCode('windows', codes.KEY_UP)).toBe(0x148)
  })
})

describe('a server tells its system', () => {
  const placed = keyRows.filter(({ ids }) => ids.some((id) => !isCharacter(id)))

  test.each(serverTypes)('by any one key that is everywhere the same: %s', (type) => {
    const wrong = placed
      .filter((row) => buttonOfCode(type, row.code) !== 0)
      .filter((row) => {
        const vote = new ServerTypeVote()
        vote.count({ id: row.ids[0] ?? 0, mask: 0, button: buttonOfCode(type, row.code) })
        // What both kinds of X11 share is taken for evdev; Caps Lock is the same on Windows and macOS.
        const isShared = row.code + 8 === row.kbd && type === 'kbd'
        const expected = isShared
          ? 'x11'
          : row.code === codes.KEY_CAPSLOCK && type !== 'x11'
            ? undefined
            : type
        return vote.type !== expected
      })
    expect(wrong).toEqual([])
  })

  test('not by characters, keys without a button, and buttons that fit nowhere', () => {
    const vote = new ServerTypeVote()
    vote.count({ id: 0x61, mask: 0, button: 38 })
    vote.count({ id: 0xe0b8, mask: 0, button: 0 })
    vote.count({ id: 0xef20, mask: 0, button: 8 })
    vote.count({ id: 0xef7e, mask: 0, button: 92 })
    expect(vote.type).toBe(undefined)
  })

  test('and one odd key does not change what several have said', () => {
    const vote = new ServerTypeVote()
    vote.count({ id: 0xef0d, mask: 0, button: 36 })
    vote.count({ id: 0xef08, mask: 0, button: 22 })
    vote.count({ id: 0xef0d, mask: 0, button: 0x1c })
    expect(vote.type).toBe('x11')
  })

  test('arrows tell the old driver of X11 from evdev', () => {
    const vote = new ServerTypeVote()
    vote.count({ id: 0xef0d, mask: 0, button: 36 })
    expect(vote.type).toBe('x11')
    vote.count({ id: 0xef52, mask: 0, button: 98 })
    expect(vote.type).toBe('kbd')
  })

  test('every key that has a name is found by it', () => {
    for (const { code, ids } of placed) {
      for (const id of ids.filter((each) => !isCharacter(each)))
        expect(codeOfNamedKey(id)).toBe(code)
    }
    expect(codeOfNamedKey(0x61)).toBe(0)
    expect(codeOfNamedKey(0x20)).toBe(codes.KEY_SPACE)
  })
})
