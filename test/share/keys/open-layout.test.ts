import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { openXkb } from '../../../src/native/xkb.ts'
import { layoutNames } from '../../../src/share/keys/layout-names.ts'
import { openLayout } from '../../../src/share/keys/open-layout.ts'
import { usLayout } from '../../../src/share/keys/us-layout.ts'
import { openXkbLayout } from '../../../src/share/keys/xkb-layout.ts'
import { noXkb, skipReason, xkb } from './typing.ts'

/** The names of layouts are the system's, its own choice is the test's. */
function files(chosen: Record<string, string>) {
  return (path: string) =>
    chosen[path] ?? (path.startsWith('/usr/share/X11/') ? text(path) : undefined)
}

function text(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

const debian = (layout: string) => files({ '/etc/default/keyboard': `XKBLAYOUT=${layout}` })

describe('without libxkbcommon', () => {
  test('there is the built-in US keyboard, and one line says what that means', () => {
    expect(openLayout({ wish: { layout: 'de', variant: 'neo' }, library: 'libnope.so.0' })).toEqual(
      {
        layout: usLayout,
        notes: [
          'the library libnope.so.0 (package libxkbcommon0) is not installed: keys are those of a US keyboard, not of de (neo)',
        ],
      },
    )
    expect(openLayout({ library: 'libnope.so.0', readFile: debian('us') }).notes).toEqual([
      'the library libnope.so.0 (package libxkbcommon0) is not installed: keys are those of a US keyboard',
    ])
  })

  test('a library that is another one is as none', () => {
    expect(openXkb('libc.so.6')).toBe(undefined)
    expect(openLayout({ wish: {}, library: 'libc.so.6' }).layout).toBe(usLayout)
  })

  test('names are checked all the same', () => {
    expect(() => openLayout({ wish: { layout: '../x' }, library: 'libnope.so.0' })).toThrow(
      'is no keyboard layout',
    )
  })
})

test('a file of the system with a name that cannot be is passed over, with a line that names it', () => {
  expect(openLayout({ readFile: debian('../x') })).toEqual({
    layout: usLayout,
    notes: [
      '/etc/default/keyboard: "../x" is no keyboard layout; write it as in de, or us,ru for two: keys are those of a US keyboard',
    ],
  })
})

describe.skipIf(noXkb)(`with libxkbcommon${skipReason}`, () => {
  test('it is the layout that was asked for, or that of the system', () => {
    const asked = openLayout({ wish: { layout: 'de', variant: 'nodeadkeys' } })
    expect(asked).toMatchObject({ layout: { label: 'de (nodeadkeys)' }, notes: [] })
    asked.layout.close()
    const system = openLayout({ readFile: debian('fr') })
    expect(system).toMatchObject({ layout: { label: 'fr' }, notes: [] })
    system.layout.close()
  })

  test.each([
    [{ layout: 'latm' }, 'there is no keyboard layout latm\ndid you mean latam?'],
    [{ layout: 'German' }, 'there is no keyboard layout German\ndid you mean de?'],
    [
      { layout: 'de', variant: 'nodeadkey' },
      'there is no keyboard layout de (nodeadkey)\ndid you mean nodeadkeys?',
    ],
  ])('one that was asked for and is not there is an error: %j', (wish, message) => {
    expect(() => openLayout({ wish })).toThrow(message)
  })

  test('one of the system’s file that is not there is the US keyboard, with a line', () => {
    expect(openLayout({ readFile: debian('latm') })).toEqual({
      layout: usLayout,
      notes: [
        '/etc/default/keyboard: there is no keyboard layout latm (did you mean latam?): keys are those of a US keyboard',
      ],
    })
  })

  test('an option that has no effect is told', () => {
    const { layout, notes } = openLayout({ wish: { options: 'caps:escpae' } })
    expect(notes).toEqual([
      'there is no keyboard option caps:escpae: it has no effect; did you mean caps:escape?',
    ])
    layout.close()
  })

  test('what is closed cannot be used, and may be closed again', () => {
    const keymap = xkb?.compile(layoutNames({}))
    const state = keymap?.newState()
    keymap?.close()
    keymap?.close()
    // A state keeps what it needs.
    expect(state?.symbol(30)).toBe(0x61)
    state?.close()
    state?.close()
    expect(() => state?.symbol(30)).toThrow('the state is closed')
    expect(() => keymap?.newState()).toThrow('the keymap is closed')
  })

  test('memory is given back', () => {
    const openAndClose = (times: number) => {
      for (let count = 0; count < times; count++) {
        const layout = xkb && openXkbLayout(xkb, layoutNames({}))
        layout?.newState().close()
        layout?.close()
      }
    }
    openAndClose(20)
    const before = process.memoryUsage().rss
    openAndClose(100)
    // 100 keymaps that stay are 15 MB.
    expect(process.memoryUsage().rss - before).toBeLessThan(8e6)
  })
})
