import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { codes } from '../../../src/engine/code-table.ts'
import { modifiers } from '../../../src/share/keys/barrier-key.ts'
import { keyRows } from '../../../src/share/keys/key-table.ts'
import type { Layout } from '../../../src/share/keys/layout.ts'
import { OutgoingKeys } from '../../../src/share/keys/outgoing-keys.ts'
import { usLayout } from '../../../src/share/keys/us-layout.ts'
import { noXkb, skipReason, xkbLayout } from './typing.ts'

const { KEY_LEFTSHIFT, KEY_LEFTCTRL, KEY_RIGHTALT, KEY_A, KEY_C, KEY_E, KEY_Q, KEY_KP7 } = codes
const { shift, control, alt, altGr, capsLock, numLock, scrollLock } = modifiers

/** The same expectations for the US keyboard with and without libxkbcommon. */
const usKeyboards: [string, () => Layout][] = [
  ['built in', () => usLayout],
  ...(noXkb ? [] : ([['of libxkbcommon', () => xkbLayout('us')]] as [string, () => Layout][])),
]

function tap(keys: OutgoingKeys, code: number) {
  const key = keys.press(code)
  keys.release(code)
  return key
}

describe.each(usKeyboards)('the US keyboard %s', (_name, open) => {
  const layout = open()
  const keys = () => new OutgoingKeys(layout)

  test('tells symbol, modifiers before the event, and the number of X11', () => {
    const each = keys()
    expect(each.press(KEY_LEFTSHIFT)).toEqual({ id: 0xefe1, mask: 0, button: 50 })
    expect(each.press(KEY_A)).toEqual({ id: 0x41, mask: shift, button: 38 })
    expect(each.release(KEY_LEFTSHIFT)).toEqual({ id: 0xefe1, mask: shift, button: 50 })
  })

  test('releases a key by the symbol of its press', () => {
    const each = keys()
    each.press(KEY_LEFTSHIFT)
    each.press(KEY_A)
    each.release(KEY_LEFTSHIFT)
    expect(each.repeat(KEY_A)).toEqual({ id: 0x41, mask: 0, button: 38 })
    expect(each.release(KEY_A)).toEqual({ id: 0x41, mask: 0, button: 38 })
    expect(each.release(KEY_A)).toBe(undefined)
  })

  test('says the plain symbol with Ctrl, Alt and Super', () => {
    const each = keys()
    each.press(KEY_LEFTCTRL)
    expect(tap(each, KEY_C)).toEqual({ id: 0x63, mask: control, button: 54 })
    each.press(codes.KEY_LEFTALT)
    expect(tap(each, codes.KEY_F1)).toEqual({ id: 0xefbe, mask: control | alt, button: 67 })
    expect(tap(each, codes.KEY_DELETE)).toMatchObject({ id: 0xefff })
  })

  test('follows Caps Lock, Num Lock and Scroll Lock', () => {
    const each = keys()
    tap(each, codes.KEY_CAPSLOCK)
    expect(tap(each, KEY_A)).toMatchObject({ id: 0x41, mask: capsLock })
    expect(tap(each, codes.KEY_1)).toMatchObject({ id: 0x31 })
    each.press(KEY_LEFTSHIFT)
    expect(tap(each, KEY_A)).toMatchObject({ id: 0x61, mask: capsLock | shift })
    each.release(KEY_LEFTSHIFT)
    expect(tap(each, KEY_KP7)).toMatchObject({ id: 0xef95 })
    tap(each, codes.KEY_NUMLOCK)
    tap(each, codes.KEY_SCROLLLOCK)
    expect(tap(each, KEY_KP7)).toMatchObject({ id: 0xefb7 })
    expect(each.locks).toBe(capsLock | numLock | scrollLock)
    each.setLocks(scrollLock)
    expect(each.locks).toBe(scrollLock)
    expect(tap(each, KEY_A)).toMatchObject({ id: 0x61, mask: scrollLock })
    each.setLocks(numLock | altGr | shift)
    expect(each.locks).toBe(numLock)
    tap(each, codes.KEY_NUMLOCK)
    expect(each.locks).toBe(0)
  })

  test('does not take over lock keys while a key is down', () => {
    const each = keys()
    each.press(KEY_A)
    each.setLocks(capsLock)
    expect(each.locks).toBe(0)
  })

  test('repeats keys, and no modifiers or keys that are up', () => {
    const each = keys()
    each.press(KEY_LEFTSHIFT)
    each.press(codes.KEY_CAPSLOCK)
    expect(each.repeat(KEY_LEFTSHIFT)).toBe(undefined)
    expect(each.repeat(codes.KEY_CAPSLOCK)).toBe(undefined)
    expect(each.repeat(KEY_A)).toBe(undefined)
    expect(each.press(KEY_LEFTSHIFT)).toBe(undefined)
  })

  test('lets everything go, the latest first, and knows no modifier after it', () => {
    const each = keys()
    each.press(KEY_LEFTSHIFT)
    each.press(KEY_A)
    expect(each.releaseAll()).toEqual([
      { id: 0x41, mask: shift, button: 38 },
      { id: 0xefe1, mask: shift, button: 50 },
    ])
    expect(each.releaseAll()).toEqual([])
    expect(tap(each, KEY_A)).toMatchObject({ id: 0x61, mask: 0 })
  })

  test('has the first symbol of every key of the table', () => {
    // X11's layouts call the keypad's comma a decimal point, and Stop the Cancel of a Sun keyboard.
    const others: number[] = [codes.KEY_KPCOMMA, codes.KEY_STOP]
    const wrong = keyRows.filter(({ code, ids }) => {
      const each = keys()
      each.setLocks(numLock)
      const id = tap(each, code)?.id
      each.close()
      return id !== ids[0] && !others.includes(code)
    })
    expect(wrong).toEqual([])
  })
})

describe('numbers of keys', () => {
  test('for QEMU are those of the old driver, and beyond them for keys that it knows by name only', () => {
    const keys = new OutgoingKeys(usLayout, { buttons: 'kbd' })
    expect(keys.press(codes.KEY_UP)).toEqual({ id: 0xef52, mask: 0, button: 98 })
    expect(keys.press(codes.KEY_MUTE)).toEqual({
      id: 0xe0ad,
      mask: 0,
      button: 0x100 + codes.KEY_MUTE,
    })
  })

  test('that would be above 511 are low ones that no other key has', () => {
    const high = Array.from({ length: 9 }, (_, index) => 0x250 + index)
    const layout: Layout = {
      ...usLayout,
      newState: () => Object.assign(usLayout.newState(), { keyId: (code: number) => code }),
    }
    const keys = new OutgoingKeys(layout)
    const buttons = high.map((code) => keys.press(code)?.button)
    expect(buttons).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 0])
    expect(keys.release(0x252)?.button).toBe(3)
    expect(keys.press(0x260)?.button).toBe(3)
    expect(keys.release(0x250)?.button).toBe(1)
  })
})

test('a key that has no name is not told, neither its press nor its release', () => {
  const keys = new OutgoingKeys(usLayout)
  expect(keys.press(codes.KEY_PROG1)).toBe(undefined)
  expect(keys.repeat(codes.KEY_PROG1)).toBe(undefined)
  expect(keys.release(codes.KEY_PROG1)).toBe(undefined)
})

describe.skipIf(noXkb)(`layouts${skipReason}`, () => {
  test('de: letters, dead keys and AltGr', () => {
    const layout = xkbLayout('de')
    const keys = new OutgoingKeys(layout)
    expect(tap(keys, codes.KEY_Y)).toMatchObject({ id: 0x7a })
    expect(tap(keys, codes.KEY_SEMICOLON)).toMatchObject({ id: 0xf6 })
    expect(tap(keys, codes.KEY_GRAVE)).toMatchObject({ id: 0x302 })
    expect(tap(keys, codes.KEY_EQUAL)).toMatchObject({ id: 0x301 })
    expect(tap(keys, codes.KEY_KPDOT)).toMatchObject({ id: 0xef9f })
    expect(keys.press(KEY_RIGHTALT)).toEqual({ id: 0xef7e, mask: 0, button: 108 })
    expect(tap(keys, KEY_Q)).toEqual({ id: 0x40, mask: altGr, button: 24 })
    expect(tap(keys, KEY_E)).toEqual({ id: 0x20ac, mask: altGr, button: 26 })
    expect(keys.release(KEY_RIGHTALT)).toEqual({ id: 0xef7e, mask: altGr, button: 108 })
    keys.close()
    layout.close()
  })

  test.each([
    ['fr', '', codes.KEY_2, 0xe9],
    ['jp', '', codes.KEY_GRAVE, 0xef2a],
    ['jp', '', codes.KEY_HENKAN, 0xef23],
    ['jp', '', codes.KEY_CAPSLOCK, 0xef30],
    ['kr', '', codes.KEY_HANGEUL, 0xef31],
    ['kr', 'kr104', KEY_RIGHTALT, 0xef31],
    ['gr', '', KEY_A, 0x3b1],
    ['ru', '', KEY_A, 0x444],
    ['us', 'intl', codes.KEY_APOSTROPHE, 0x301],
    ['us', '', codes.KEY_F13, 0xefca],
    ['us', '', codes.KEY_PLAYPAUSE, 0xe0b3],
    ['us', '', codes.KEY_SCALE, 0xe0c0],
  ])('%s %s: key %i is KeyID %i', (name, variant, code, id) => {
    const layout = xkbLayout(name, variant)
    expect(tap(new OutgoingKeys(layout), code)).toMatchObject({ id })
    layout.close()
  })

  test('us,ru: the key that changes the group changes symbols, and what was down keeps its own', () => {
    const layout = xkbLayout('us,ru', '', 'grp:menu_toggle')
    const keys = new OutgoingKeys(layout)
    expect(keys.press(KEY_A)).toMatchObject({ id: 0x61 })
    tap(keys, codes.KEY_COMPOSE)
    expect(keys.release(KEY_A)).toMatchObject({ id: 0x61 })
    expect(tap(keys, KEY_A)).toMatchObject({ id: 0x444 })
    keys.setLocks(capsLock)
    expect(tap(keys, KEY_A)).toMatchObject({ id: 0x424, mask: capsLock })
    layout.close()
  })

  test('de neo: the modifiers of the third and fifth level are told', () => {
    const layout = xkbLayout('de', 'neo')
    const keys = new OutgoingKeys(layout)
    keys.press(codes.KEY_CAPSLOCK)
    expect(tap(keys, codes.KEY_S)?.mask).toBe(altGr)
    keys.release(codes.KEY_CAPSLOCK)
    keys.press(KEY_RIGHTALT)
    expect(tap(keys, codes.KEY_S)?.mask).toBe(modifiers.level5)
    layout.close()
  })

  test.each([
    ['altwin:swap_alt_win', codes.KEY_LEFTMETA, 0xefe9, alt],
    ['altwin:meta_win', codes.KEY_LEFTMETA, 0xefe7, modifiers.meta],
    // One real modifier for Meta and Super, which is the likelier.
    ['altwin:left_meta_win', codes.KEY_LEFTMETA, 0xefe7, modifiers.super],
    ['ctrl:swapcaps', codes.KEY_CAPSLOCK, 0xefe3, control],
    ['lv3:caps_switch', codes.KEY_CAPSLOCK, 0xef7e, altGr],
  ])('us with %s: key %i is KeyID %i, and the mask has %i', (option, code, id, mask) => {
    const layout = xkbLayout('us', '', option)
    const keys = new OutgoingKeys(layout)
    expect(keys.press(code)?.id).toBe(id)
    expect(tap(keys, KEY_A)?.mask).toBe(mask)
    layout.close()
  })

  test('us with an option: both Shift keys are Caps Lock', () => {
    const layout = xkbLayout('us', '', 'shift:both_capslock')
    const keys = new OutgoingKeys(layout)
    keys.press(KEY_LEFTSHIFT)
    keys.press(codes.KEY_RIGHTSHIFT)
    keys.releaseAll()
    expect(tap(keys, KEY_A)).toMatchObject({ id: 0x41, mask: capsLock })
    layout.close()
  })
})

describe('whatever fingers do', () => {
  const german = noXkb ? usLayout : xkbLayout('de')
  const anyCode = fc.oneof(
    fc.constantFrom(...keyRows.map(({ code }) => code)),
    fc.integer({ min: 1, max: 0x2ff }),
  )
  const step = fc.record({ code: anyCode, do: fc.constantFrom('press', 'repeat', 'release') })

  test.each([
    ['us', usLayout],
    ['de', german],
  ])(
    'what was pressed is released once, with the same id and button, and no modifier is left (%s)',
    (_, layout) => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
          const keys = new OutgoingKeys(layout)
          const down = new Map<number, string>()
          const name = (key: { id: number; button: number }) => `${key.id}/${key.button}`
          for (const { code, do: action } of steps) {
            if (action === 'press') {
              const key = keys.press(code)
              if (key === undefined) continue
              expect(down.has(code)).toBe(false)
              // 0 is no number: of nine keys with high codes at once the ninth has it.
              if (key.button !== 0) expect([...down.values()]).not.toContain(name(key))
              down.set(code, name(key))
            } else if (action === 'repeat') {
              const key = keys.repeat(code)
              if (key !== undefined) expect(name(key)).toBe(down.get(code))
            } else {
              const key = keys.release(code)
              expect(key === undefined ? undefined : name(key)).toBe(down.get(code))
              down.delete(code)
            }
          }
          expect(keys.releaseAll().map(name).toSorted()).toEqual([...down.values()].toSorted())
          const { locks } = keys
          expect(keys.press(KEY_A)?.mask).toBe(locks)
          keys.close()
        }),
        { numRuns: 200 },
      )
    },
  )
})
