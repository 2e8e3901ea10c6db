import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { codes } from '../../../src/engine/code-table.ts'
import { keyName } from '../../../src/engine/codes.ts'
import { type BarrierKey, modifiers } from '../../../src/share/keys/barrier-key.ts'
import { buttonOfCode, serverTypes } from '../../../src/share/keys/buttons.ts'
import { HostKeys } from '../../../src/share/keys/host-keys.ts'
import { IncomingKeys, type KeyChange } from '../../../src/share/keys/incoming-keys.ts'
import { keyRows } from '../../../src/share/keys/key-table.ts'
import { usLayout } from '../../../src/share/keys/us-layout.ts'
import { Desktop, hostKeys, noXkb, skipReason, xkbLayout } from './typing.ts'

const { shift, control, alt, altGr, capsLock, numLock } = modifiers
const enter = { id: 0xef0d, mask: 0 }
const shiftLeft = { id: 0xefe1, mask: 0, button: 50 }
const controlLeft = { id: 0xefe3, mask: 0, button: 37 }
const letterA = { id: 0x61, mask: 0, button: 38 }

/** 'LEFTSHIFT+ A+ A- LEFTSHIFT-' */
function text(changes: readonly KeyChange[]): string {
  return changes
    .map(({ code, value }) => `${keyName(code).replace('KEY_', '')}${value === 1 ? '+' : '-'}`)
    .join(' ')
}

/** Keys of a server whose system is known by a tap of Enter. */
function knownServer(type: 'x11' | 'windows' | 'macos', keys = new IncomingKeys()): IncomingKeys {
  const key = { ...enter, button: buttonOfCode(type, codes.KEY_ENTER) }
  keys.press(key)
  keys.release(key)
  return keys
}

describe('every key of the table', () => {
  test.each(serverTypes)('is the same key here, from a %s server', (type) => {
    const sent = keyRows.flatMap(({ code, ids }) =>
      ids.map((id): [number, BarrierKey] => [
        code,
        { id, mask: 0, button: buttonOfCode(type, code) },
      ]),
    )
    const keys = new IncomingKeys({ server: type })
    for (const [code, key] of sent.filter(([, { button }]) => button !== 0)) {
      expect(keys.press(key), keyName(code)).toEqual([{ code, value: 1 }])
      expect(keys.release({ ...key, id: 0 }), keyName(code)).toEqual([{ code, value: 0 }])
    }
    expect(keys.statistics).toEqual({ untyped: 0, unknownReleases: 0, refused: 0, repaired: 0 })
  })

  test.each(['x11', 'windows', 'macos'] as const)(
    'is the same key here when the system of a %s server had to be found out',
    (type) => {
      const keys = knownServer(type)
      expect(keys.serverType).toBe(type)
      for (const { code, ids } of keyRows) {
        const button = buttonOfCode(type, code)
        const [id] = ids
        if (id === undefined || button === 0) continue
        expect(text(keys.press({ id, mask: 0, button }))).toBe(text([{ code, value: 1 }]))
        keys.release({ id, mask: 0, button })
      }
      expect(keys.serverType).toBe(type)
    },
  )
})

describe('a key', () => {
  test('is released by its button, though its symbol is another one by then', () => {
    const keys = knownServer('x11')
    expect(text(keys.press(shiftLeft))).toBe('LEFTSHIFT+')
    expect(text(keys.press({ id: 0x41, mask: shift, button: 38 }))).toBe('A+')
    expect(text(keys.release({ ...shiftLeft, mask: shift }))).toBe('LEFTSHIFT-')
    expect(text(keys.release(letterA))).toBe('A-')
  })

  test('that is pressed twice is a repeat, and goes up once', () => {
    const keys = knownServer('x11')
    expect(text(keys.press(letterA))).toBe('A+')
    expect(keys.press(letterA)).toEqual([])
    expect(keys.repeat(letterA)).toEqual([])
    expect(text(keys.release(letterA))).toBe('A-')
    expect(keys.release(letterA)).toEqual([])
    expect(keys.statistics.unknownReleases).toBe(1)
  })

  test('that is pressed twice stays the key that it was, whatever symbol it has by then', () => {
    const keys = new IncomingKeys({ server: 'keyid' })
    expect(text(keys.press({ id: 0x61, mask: 0, button: 5 }))).toBe('A+')
    expect(keys.press({ id: 0x62, mask: 0, button: 5 })).toEqual([])
    expect(text(keys.releaseAll())).toBe('A-')
  })

  test('that was held while the screen was entered does nothing when it repeats and goes up', () => {
    const keys = knownServer('x11')
    expect(keys.repeat(letterA)).toEqual([])
    expect(keys.release(letterA)).toEqual([])
  })

  test('of two buttons stays down until both are up', () => {
    const keys = knownServer('x11')
    expect(text(keys.press({ ...enter, button: 36 }))).toBe('ENTER+')
    expect(keys.press({ ...enter, button: 300 })).toEqual([])
    expect(keys.release({ ...enter, button: 36 })).toEqual([])
    expect(text(keys.release({ ...enter, button: 300 }))).toBe('ENTER-')
  })

  test('without a button is known by its place, whatever it is called at its release', () => {
    const keys = new IncomingKeys()
    expect(text(keys.press({ id: 0xefe9, mask: 0, button: 0 }))).toBe('LEFTALT+')
    expect(text(keys.press({ id: 0xefb7, mask: numLock, button: 0 }))).toBe('KP7+')
    expect(text(keys.release({ id: 0xef95, mask: 0, button: 0 }))).toBe('KP7-')
    expect(text(keys.release({ id: 0xefe7, mask: 0, button: 0 }))).toBe('LEFTALT-')
  })

  test('without a button that is a character is tapped, since nobody could tell its release', () => {
    const keys = new IncomingKeys()
    const key = { id: 0x41, mask: 0, button: 0 }
    expect(text(keys.press(key))).toBe('LEFTSHIFT+ A+ A- LEFTSHIFT-')
    expect(text(keys.repeat(key))).toBe('LEFTSHIFT+ A+ A- LEFTSHIFT-')
    expect(keys.release({ id: 0x61, mask: 0, button: 0 })).toEqual([])
    expect(keys.statistics.unknownReleases).toBe(0)
  })

  test('beyond the 64th that is held is refused, and its release does nothing', () => {
    const keys = new IncomingKeys({ server: 'x11' })
    const buttons = Array.from({ length: 70 }, (_, index) => 100 + index)
    for (const button of buttons) keys.press({ id: 0xdfff, mask: 0, button })
    expect(keys.statistics.refused).toBe(6)
    expect(keys.release({ id: 0xdfff, mask: 0, button: 169 })).toEqual([])
    expect(new Set(keys.releaseAll().map(({ value }) => value))).toEqual(new Set([0]))
    expect(text(keys.press(letterA))).toBe('A+')
  })

  test('that has no name and no place that is known is counted, and nothing is pressed', () => {
    const keys = knownServer('x11')
    expect(keys.press({ id: 0x4e2d, mask: 0, button: 0 })).toEqual([])
    expect(keys.press({ id: 0xef20, mask: 0, button: 511 })).toEqual([])
    expect(keys.release({ id: 0xef20, mask: 0, button: 511 })).toEqual([])
    expect(keys.statistics).toMatchObject({ untyped: 2, unknownReleases: 0 })
  })

  test('with a name that is unknown here is found by its place: Compose on the right Alt', () => {
    expect(text(knownServer('x11').press({ id: 0xef20, mask: 0, button: 108 }))).toBe('RIGHTALT+')
  })

  test('called Num Lock or Pause is the one, whichever of Windows’ two numbers it has', () => {
    const keys = knownServer('windows')
    expect(text(keys.press({ id: 0xef7f, mask: 0, button: 0x45 }))).toBe('NUMLOCK+')
    expect(text(keys.press({ id: 0xef13, mask: 0, button: 0x145 }))).toBe('PAUSE+')
  })
})

describe('leaving', () => {
  test('releases everything that is down, keys before modifiers', () => {
    const keys = knownServer('x11')
    keys.press(controlLeft)
    keys.press({ ...letterA, mask: control })
    expect(text(keys.releaseAll())).toBe('A- LEFTCTRL-')
    expect(keys.releaseAll()).toEqual([])
    expect(keys.release({ ...letterA, mask: control })).toEqual([])
  })
})

describe('modifiers', () => {
  test('whose release never came are let go before the next key, as the mask says', () => {
    const keys = knownServer('x11')
    keys.press(shiftLeft)
    expect(text(keys.press(letterA))).toBe('LEFTSHIFT- A+')
    keys.press(controlLeft)
    keys.press({ id: 0x63, mask: control, button: 54 })
    expect(text(keys.press({ id: 0x64, mask: 0, button: 40 }))).toBe('LEFTCTRL- D+')
    expect(keys.statistics.repaired).toBe(2)
    expect(keys.release(controlLeft)).toEqual([])
    expect(keys.statistics.unknownReleases).toBe(0)
  })

  test('that the server never tells of are believed to be down', () => {
    const keys = knownServer('x11')
    keys.press({ id: 0xefeb, mask: 0, button: 133 })
    expect(text(keys.press(letterA))).toBe('A+')
    expect(keys.statistics.repaired).toBe(0)
  })

  test('that a release has told of are let go, too, when the mask does not have them', () => {
    const keys = knownServer('x11')
    const superLeft = { id: 0xefeb, mask: 0, button: 133 }
    keys.press(superLeft)
    keys.release({ ...superLeft, mask: modifiers.super })
    keys.press(superLeft)
    expect(text(keys.press(letterA))).toBe('LEFTMETA- A+')
  })

  test('that were held while the screen was entered are down for the keys that need Shift', () => {
    const keys = knownServer('x11')
    const left = { id: 0xef51, mask: shift, button: 113 }
    expect(text(keys.press(left))).toBe('LEFTSHIFT+ LEFT+')
    expect(text(keys.release(left))).toBe('LEFT- LEFTSHIFT-')
  })

  test('are others where the options of the screen say so', () => {
    const keys = knownServer('x11')
    // Super is Ctrl; Shift is nothing.
    keys.setOptions(
      new Map([
        ['MMFR', 2],
        ['MMFS', 0],
        ['MMFA', 99],
      ]),
    )
    expect(text(keys.press({ id: 0xefec, mask: 0, button: 134 }))).toBe('RIGHTCTRL+')
    expect(text(keys.press({ ...letterA, mask: modifiers.super }))).toBe('A+')
    expect(text(keys.press({ id: 0x62, mask: 0, button: 56 }))).toBe('RIGHTCTRL- B+')
    expect(keys.press(shiftLeft)).toEqual([])
    expect(text(keys.press({ id: 0x43, mask: shift, button: 54 }))).toBe('C+')
    expect(text(keys.press({ id: 0xefe9, mask: 0, button: 64 }))).toBe('LEFTALT+')
    expect(keys.statistics.untyped).toBe(0)
    keys.setOptions(new Map())
    expect(text(keys.press({ ...shiftLeft, button: 62 }))).toBe('LEFTSHIFT+')
  })
})

describe('lock keys', () => {
  test('are tapped at enter where the lamps differ from the mask, and never without lamps', () => {
    const keys = new IncomingKeys()
    expect(keys.enter(capsLock | numLock)).toEqual([])
    keys.setLamps(numLock)
    expect(text(keys.enter(capsLock))).toBe('CAPSLOCK+ CAPSLOCK- NUMLOCK+ NUMLOCK-')
    keys.setLamps(capsLock)
    expect(keys.enter(capsLock)).toEqual([])
  })

  test('that the options call half-duplex are not tapped', () => {
    const keys = new IncomingKeys()
    keys.setLamps(0)
    keys.setOptions(
      new Map([
        ['HDCL', 1],
        ['HDNL', 0],
      ]),
    )
    expect(text(keys.enter(capsLock | numLock))).toBe('NUMLOCK+ NUMLOCK-')
    keys.setOptions(new Map())
    expect(text(keys.enter(capsLock))).toBe('CAPSLOCK+ CAPSLOCK-')
  })

  test('that are on make a letter without Shift, where it is typed by its character', () => {
    const keys = new IncomingKeys({ server: 'keyid' })
    expect(text(keys.press({ id: 0x41, mask: capsLock, button: 38 }))).toBe('A+')
    keys.setLamps(0)
    expect(text(keys.press({ id: 0x42, mask: capsLock, button: 56 }))).toBe('LEFTSHIFT+ B+')
  })

  test.skipIf(noXkb)(`that are another key here are not tapped${skipReason}`, () => {
    const keys = new IncomingKeys({ host: hostKeys('us', '', 'caps:escape') })
    keys.setLamps(0)
    expect(keys.enter(capsLock)).toEqual([])
  })
})

describe('before a server’s system is known', () => {
  test('a character is the key that makes it here, with Shift only while it is down', () => {
    const keys = new IncomingKeys()
    const exclamation = { id: 0x21, mask: 0, button: 10 }
    expect(text(keys.press(exclamation))).toBe('LEFTSHIFT+ 1+')
    expect(text(keys.release(exclamation))).toBe('1- LEFTSHIFT-')
  })

  test('Shift is lifted for a character that is here without it, and comes back', () => {
    const keys = new IncomingKeys({ server: 'keyid' })
    const slash = { id: 0x2f, mask: shift, button: 16 }
    expect(text(keys.press(shiftLeft))).toBe('LEFTSHIFT+')
    expect(text(keys.press(slash))).toBe('LEFTSHIFT- SLASH+')
    expect(text(keys.release(slash))).toBe('SLASH- LEFTSHIFT+')
    expect(text(keys.release({ ...shiftLeft, mask: shift }))).toBe('LEFTSHIFT-')
  })

  test('one key after another gets its own modifiers, while both are down', () => {
    const keys = new IncomingKeys({ server: 'keyid' })
    expect(text(keys.press({ id: 0x41, mask: 0, button: 1 }))).toBe('LEFTSHIFT+ A+')
    expect(text(keys.press({ id: 0x62, mask: 0, button: 2 }))).toBe('LEFTSHIFT- B+')
    expect(text(keys.release({ id: 0x41, mask: 0, button: 1 }))).toBe('A-')
    expect(text(keys.releaseAll())).toBe('B-')
  })

  test('Caps Lock, which Windows and macOS number alike, does not tell them apart', () => {
    const keys = new IncomingKeys()
    const key = { id: 0xefe5, mask: 0, button: 58 }
    expect(text(keys.press(key))).toBe('CAPSLOCK+')
    expect(keys.serverType).toBe(undefined)
  })

  test('the AltGr of the server is no Alt for a character that is here without AltGr', () => {
    const keys = new IncomingKeys({ server: 'keyid' })
    const at = { id: 0x40, mask: altGr, button: 24 }
    expect(text(keys.press({ id: 0xef7e, mask: 0, button: 108 }))).toBe('RIGHTALT+')
    expect(text(keys.press(at))).toBe('RIGHTALT- LEFTSHIFT+ 2+')
    expect(text(keys.release(at))).toBe('2- LEFTSHIFT- RIGHTALT+')
    // A true Alt stays one.
    keys.releaseAll()
    keys.press({ id: 0xefe9, mask: 0, button: 64 })
    expect(text(keys.press({ id: 0x61, mask: alt, button: 38 }))).toBe('A+')
  })
})

describe('AltGr of Windows', () => {
  const control = { id: 0xefe3, mask: 0, button: 0x1d }
  const right = { id: 0xefea, mask: modifiers.control, button: 0x138 }

  test('is the right Alt alone: the Ctrl that comes with it is taken back', () => {
    const keys = new IncomingKeys({ altGrPair: true })
    expect(text(keys.press(control))).toBe('LEFTCTRL+')
    expect(text(keys.press(right))).toBe('LEFTCTRL- RIGHTALT+')
    expect(text(keys.press({ id: 0x40, mask: altGr, button: 0x10 }))).toBe('Q+')
    keys.release({ id: 0x40, mask: altGr, button: 0x10 })
    expect(keys.release(control)).toEqual([])
    expect(text(keys.release(right))).toBe('RIGHTALT-')
    expect(keys.statistics.unknownReleases).toBe(0)
  })

  test('stays two keys when something came between, and where the host has no AltGr', () => {
    const between = new IncomingKeys({ altGrPair: true })
    between.press(control)
    between.press({ id: 0x61, mask: modifiers.control, button: 0x1e })
    expect(text(between.press(right))).toBe('RIGHTALT+')
    const released = new IncomingKeys({ altGrPair: true })
    released.press({ id: 0x61, mask: 0, button: 0x1e })
    released.press(control)
    released.release({ id: 0x61, mask: modifiers.control, button: 0x1e })
    expect(text(released.press(right))).toBe('RIGHTALT+')
    const us = new IncomingKeys({ host: new HostKeys(usLayout) })
    us.press(control)
    expect(text(us.press(right))).toBe('RIGHTALT+')
  })

  test('is no such pair from another system', () => {
    const keys = knownServer('x11', new IncomingKeys({ altGrPair: true }))
    keys.press(controlLeft)
    expect(text(keys.press({ ...right, button: 108 }))).toBe('RIGHTALT+')
  })

  test.skipIf(noXkb)(`is one key where the host has AltGr${skipReason}`, () => {
    const keys = new IncomingKeys({ host: hostKeys('de') })
    keys.press(control)
    expect(text(keys.press(right))).toBe('LEFTCTRL- RIGHTALT+')
  })
})

describe.skipIf(noXkb)(`dead keys of Windows, of which only the result comes${skipReason}`, () => {
  const [e, space, q] = [0x12, 0x39, 0x10]

  test.each([
    ['de', 0xea, e, 'GRAVE+ GRAVE- E+', 'E-'],
    ['de', 0xca, e, 'GRAVE+ GRAVE- LEFTSHIFT+ E+', 'E- LEFTSHIFT-'],
    ['de', 0xe8, e, 'LEFTSHIFT+ EQUAL+ EQUAL- LEFTSHIFT- E+', 'E-'],
    ['de', 0x5e, space, 'GRAVE+ GRAVE- SPACE+', 'SPACE-'],
    // With a key of its own, here or there.
    ['fr', 0xe9, e, '2+', '2-'],
    ['de', 0xe9, 0x03, '2+', '2-'],
    ['us', 0x5e, space, 'LEFTSHIFT+ 6+', '6- LEFTSHIFT-'],
    // What this host has no accent for is the letter.
    ['us', 0xea, e, 'E+', 'E-'],
    ['de', 0x1ebf, e, 'E+', 'E-'],
    ['de', 0x40, q, 'Q+', 'Q-'],
  ])('%s: KeyID %i at %i', (layout, id, button, pressed, released) => {
    const keys = knownServer('windows', new IncomingKeys({ host: hostKeys(layout) }))
    const key = { id, mask: 0, button }
    expect(text(keys.press(key))).toBe(pressed)
    expect(text(keys.release(key))).toBe(released)
    expect(keys.releaseAll()).toEqual([])
  })

  test('with Shift held it is lifted where the dead key is without', () => {
    const keys = knownServer('windows', new IncomingKeys({ host: hostKeys('de') }))
    const key = { id: 0xca, mask: shift, button: e }
    keys.press({ id: 0xefe1, mask: 0, button: 0x2a })
    expect(text(keys.press(key))).toBe('LEFTSHIFT- GRAVE+ GRAVE- LEFTSHIFT+ E+')
    expect(text(keys.release(key))).toBe('E-')
    expect(text(keys.releaseAll())).toBe('LEFTSHIFT-')
  })
})

test.skipIf(noXkb)(`where both have changed keys, the place tells${skipReason}`, () => {
  const host = hostKeys('us', '', 'caps:swapescape')
  const keys = knownServer('x11', new IncomingKeys({ host }))
  expect(text(keys.press({ id: 0xef1b, mask: 0, button: 66 }))).toBe('CAPSLOCK+')
})

/** Anything that a server may send, with ids and buttons that meet often. */
const anyKey = fc.record({
  id: fc.oneof(
    fc.constantFrom(...keyRows.flatMap(({ ids }) => ids)),
    fc.constantFrom(0x40, 0xe4, 0x20ac, 0x301, 0xef20),
    fc.integer({ min: 0, max: 0xffff }),
  ),
  mask: fc.oneof(fc.integer({ min: 0, max: 0x3f }), fc.integer({ min: 0, max: 0xffff })),
  button: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 0xffff })),
})
const anyStep = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('press' as const), key: anyKey }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('release' as const), key: anyKey }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('repeat' as const), key: anyKey }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('releaseAll' as const), key: anyKey }) },
)

describe('whatever a server sends', () => {
  const german = noXkb ? usLayout : xkbLayout('de')
  const germanKeys = new HostKeys(german)
  const usKeys = new HostKeys(usLayout)

  test.each(['auto', 'keyid', ...serverTypes] as const)(
    'each change is one, and nothing is down at the end (server: %s)',
    (server) => {
      fc.assert(
        fc.property(fc.array(anyStep, { maxLength: 60 }), fc.boolean(), (steps, isGerman) => {
          const layout = isGerman ? german : usLayout
          const keys = new IncomingKeys({ server, host: isGerman ? germanKeys : usKeys })
          const desktop = new Desktop(layout)
          for (const step of steps) {
            desktop.feed(step.do === 'releaseAll' ? keys.releaseAll() : keys[step.do](step.key))
            if (step.do === 'releaseAll') expect([...desktop.down]).toEqual([])
          }
          desktop.feed(keys.releaseAll())
          expect([...desktop.down]).toEqual([])
          desktop.close()
        }),
        { numRuns: 150 },
      )
    },
  )

  test('nothing is down once every button that was pressed was released', () => {
    fc.assert(
      fc.property(
        fc.array(anyKey, { maxLength: 40 }),
        fc.constantFrom('auto', 'keyid'),
        (sent, server) => {
          const keys = new IncomingKeys({
            server: server === 'auto' ? 'auto' : 'keyid',
            host: germanKeys,
          })
          const desktop = new Desktop(german)
          for (const key of sent) desktop.feed(keys.press(key))
          for (const key of sent) desktop.feed(keys.release(key))
          expect([...desktop.down]).toEqual([])
          desktop.close()
        },
      ),
      { numRuns: 150 },
    )
  })
})
