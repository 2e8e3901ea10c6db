import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { codes } from '../../src/engine/code-table.ts'
import { keyName } from '../../src/engine/codes.ts'
import { HostKeys } from '../../src/share/keys/host-keys.ts'
import { IncomingKeys, type KeyChange } from '../../src/share/keys/incoming-keys.ts'
import { keyRows } from '../../src/share/keys/key-table.ts'
import { openLayout } from '../../src/share/keys/open-layout.ts'
import { OutgoingKeys } from '../../src/share/keys/outgoing-keys.ts'
import { attachSession, socketWire } from '../../src/share/net/socket-wire.ts'
import { ClientSession } from '../../src/share/protocol/client-session.ts'
import { systemClock } from '../../src/share/protocol/clock.ts'
import { ServerSession } from '../../src/share/protocol/server-session.ts'
import { fingers } from '../share/keys/typing.ts'
import { PATIENCE_MS } from './deadline.ts'
import { freePort } from './free-port.ts'
import { LabUnavailable } from './lab-error.ts'
import { XScreen } from './x-screen.ts'

/** Barrier's own programs on X servers without screens: what they make of our keys, and we of theirs. */

const patience = { timeout: PATIENCE_MS, interval: 50 }
const plain = ['-f', '--no-tray', '--restart', '--disable-crypto', '--debug', 'WARNING']

let folder = ''
const ends: (() => unknown)[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evswitch-barrier-'))
  ends.push(() => rmSync(folder, { recursive: true }))
})

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

async function startScreen(layout: string, skip: (why: string) => never): Promise<XScreen> {
  if (process.env['EVSWITCH_LAB'] === 'off') skip('EVSWITCH_LAB is off')
  try {
    const screen = await XScreen.start(layout)
    ends.push(() => screen.close())
    return screen
  } catch (error) {
    if (!(error instanceof LabUnavailable) || process.env['EVSWITCH_LAB'] === 'required')
      throw error
    return skip(error.message)
  }
}

function attach(socket: Socket, session: Parameters<typeof attachSession>[1]): void {
  ends.push(() => socket.destroy())
  attachSession(socket, session)
}

test('barrierc types with a German layout what fingers typed on a German keyboard of ours', async ({
  skip,
}) => {
  const screen = await startScreen('de', skip)
  const { layout } = openLayout({ wish: { layout: 'de' } })
  ends.push(() => layout.close())
  const typed = await screen.openWindow()
  let ready: ServerSession | undefined
  const server = createServer((socket) => {
    const session = new ServerSession({
      wire: socketWire(socket),
      clock: systemClock,
      admit: () => ({ wheel: { isHiRes: false, isSideways: true, isSidewaysInverted: false } }),
      events: {
        ready: () => {
          ready = session
        },
        resized: () => {},
        closed: () => {},
      },
    })
    attach(socket, session)
  })
  ends.push(() => server.close())
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  )
  screen.spawn('barrierc', [
    ...[...plain, '--name', 'peer', '--display', screen.display],
    ...['--profile-dir', folder, `127.0.0.1:${port}`],
  ])
  const session = await vi.waitUntil(() => ready, patience)

  const keys = new OutgoingKeys(layout)
  const text = 'Hello, World! 42% Grüße: {[@€~|\\]} µ²³ ÄÖÜ <>#+*'
  const deadKeys = [codes.KEY_GRAVE, codes.KEY_E, codes.KEY_EQUAL, codes.KEY_A].flatMap((code) => [
    { code, value: 1 } as const,
    { code, value: 0 } as const,
  ])
  session.enter(320, 240, keys.locks)
  for (const { code, value } of [...fingers(layout, text), ...deadKeys]) {
    const key = value === 1 ? keys.press(code) : keys.release(code)
    if (key === undefined) continue
    if (value === 1) session.keyDown(key)
    else session.keyUp(key)
  }
  await vi.waitUntil(() => typed().includes('á'), patience)
  expect(typed()).toBe(`${text}êá`)
  keys.close()
})

/** What barriers keeps for itself here: its hotkey, and its lock of the pointer. */
const kept = [codes.KEY_F11, codes.KEY_SCROLLLOCK]
/** What it does not send, since it has no number for what X11's US layout makes of the key. */
const unsent = [
  ...[codes.KEY_ZENKAKUHANKAKU, codes.KEY_RO, codes.KEY_KPJPCOMMA, codes.KEY_YEN],
  ...[codes.KEY_POWER, codes.KEY_SLEEP, codes.KEY_WAKEUP],
  ...[codes.KEY_CALC, codes.KEY_COMPUTER, codes.KEY_REFRESH],
  ...Array.from({ length: 12 }, (_, index) => codes.KEY_F13 + index),
]

test('every key that barriers sends is the same key here', async ({ skip }) => {
  const screen = await startScreen('us', skip)
  const config = join(folder, 'barrier.conf')
  writeFileSync(
    config,
    `section: screens
\tmain:
\tpeer:
end
section: links
\tmain:
\t\tright = peer
end
section: options
\tkeystroke(f11) = switchToScreen(peer)
end
`,
  )
  const port = await freePort()
  screen.spawn('barriers', [
    ...[...plain, '--name', 'main', '--display', screen.display],
    ...['--profile-dir', folder, '--config', config, '--address', `127.0.0.1:${port}`],
  ])

  const { layout } = openLayout({ wish: { layout: 'us' } })
  const keys = new IncomingKeys({ host: new HostKeys(layout) })
  layout.close()
  const pressed: number[] = []
  const down = new Set<number>()
  let entered = false
  const take = (changes: readonly KeyChange[]) => {
    for (const { code, value } of changes) {
      if (value === 1) pressed.push(code)
      if (value === 1) down.add(code)
      else down.delete(code)
    }
  }
  let isReady = false
  const joinServer = () => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => setTimeout(joinServer, 100))
    socket.once('connect', () => {
      const session = new ClientSession({
        wire: socketWire(socket),
        clock: systemClock,
        name: 'peer',
        screen: { width: 1920, height: 1080 },
        isSecure: false,
        events: {
          ready: () => {
            isReady = true
          },
          options: () => {},
          entered: () => {
            entered = true
          },
          left: () => take(keys.releaseAll()),
          keyDown: (key) => take(keys.press(key)),
          keyRepeat: (key) => take(keys.repeat(key)),
          keyUp: (key) => take(keys.release(key)),
          mouseDown: () => {},
          mouseUp: () => {},
          mouseMove: () => {},
          mouseRelative: () => {},
          wheel: () => {},
          keyboardBlocked: () => {},
          stalled: () => {},
          closed: () => {},
        },
      })
      attach(socket, session)
    })
  }
  joinServer()
  await vi.waitUntil(() => isReady, patience)
  screen.run('xdotool', 'key', 'F11')
  await vi.waitUntil(() => entered, patience)

  const swept = keyRows.map(({ code }) => code).filter((code) => code !== codes.KEY_ESC)
  // One digit is a symbol to xdotool, two are a number of a key.
  screen.run('xdotool', 'key', '--delay', '1', 'Escape', ...swept.map((code) => `${code + 8}`))
  screen.run('xdotool', 'key', 'Escape')
  await vi.waitUntil(() => pressed.at(-1) === codes.KEY_ESC && pressed.length > 1, patience)
  const silent = new Set([...kept, ...unsent])
  const sent = [codes.KEY_ESC, ...swept, codes.KEY_ESC].filter((code) => !silent.has(code))
  expect(pressed.map(keyName)).toEqual(sent.map(keyName))
  expect([...down]).toEqual([])
  expect(keys.serverType).toBe('x11')
  expect(keys.statistics).toEqual({ untyped: 0, unknownReleases: 0, refused: 0, repaired: 0 })
})
