import { describe, expect, test } from 'vitest'
import { HostKeys } from '../../../src/share/keys/host-keys.ts'
import { IncomingKeys } from '../../../src/share/keys/incoming-keys.ts'
import type { Layout } from '../../../src/share/keys/layout.ts'
import { OutgoingKeys } from '../../../src/share/keys/outgoing-keys.ts'
import { usLayout } from '../../../src/share/keys/us-layout.ts'
import {
  Desktop,
  fingers,
  heard,
  type Message,
  noXkb,
  skipReason,
  told,
  xkbLayout,
} from './typing.ts'

const hello = 'Hello, World! 42%'
const german = 'Grüße: {[@€~|\\]} µ²³ ÄÖÜ <>^'.replace('^', '')

/** A text from the fingers at a server to the desktop of a client; the server's numbers stay as they are, or are taken away. */
function typed(
  text: string,
  from: Layout,
  to: Layout,
  server: 'x11' | 'keyid',
  buttons: 'x11' | 'none',
): string {
  const outgoing = new OutgoingKeys(from)
  const incoming = new IncomingKeys({ host: new HostKeys(to), server })
  const desktop = new Desktop(to)
  const messages = told(outgoing, fingers(from, text)).map(
    (message): Message => (buttons === 'none' ? { ...message, button: 0 } : message),
  )
  desktop.feed(heard(incoming, messages))
  expect([...desktop.down]).toEqual([])
  expect(incoming.statistics).toMatchObject({ unknownReleases: 0, refused: 0, repaired: 0 })
  outgoing.close()
  desktop.close()
  return desktop.text
}

describe('a text that was typed at a server arrives', () => {
  test.each(['x11', 'keyid'] as const)(
    'from the built-in US keyboard to the same (%s)',
    (server) => {
      expect(typed(hello, usLayout, usLayout, server, 'x11')).toBe(hello)
    },
  )

  test('without buttons, as an old server sends it', () => {
    expect(typed(hello, usLayout, usLayout, 'keyid', 'none')).toBe(hello)
  })
})

describe.skipIf(noXkb)(`with layouts of the system${skipReason}`, () => {
  test.each([
    ['us', 'us', 'x11', hello],
    ['de', 'de', 'x11', hello],
    ['de', 'de', 'x11', german],
    ['de', 'de', 'keyid', german],
    ['de', 'us', 'keyid', hello],
    ['us', 'de', 'keyid', hello],
    ['fr', 'de', 'keyid', 'Où: 0123456789 {[@€]} & < >'.replace('ù', 'u')],
    ['de', 'fr', 'keyid', 'Wo: 0123456789 {[@€]} & < > #'],
  ] as const)('%s to %s by %s: %j', (from, to, server, text) => {
    const layouts = [xkbLayout(from), xkbLayout(to)] as const
    expect(typed(text, ...layouts, server, 'x11')).toBe(text)
    for (const layout of layouts) layout.close()
  })

  test('de to us: what the host cannot type is counted, and nothing is typed for it', () => {
    const from = xkbLayout('de')
    const outgoing = new OutgoingKeys(from)
    const incoming = new IncomingKeys({ server: 'keyid' })
    const desktop = new Desktop(usLayout)
    desktop.feed(heard(incoming, told(outgoing, fingers(from, 'aßb€c'))))
    expect(desktop.text).toBe('abc')
    expect(incoming.statistics).toMatchObject({ untyped: 2, unknownReleases: 0 })
    outgoing.close()
    from.close()
  })

  test('de to us by places: the layout of the host decides', () => {
    const from = xkbLayout('de')
    expect(typed('zy-', from, usLayout, 'x11', 'x11')).toBe('yz/')
    from.close()
  })
})
