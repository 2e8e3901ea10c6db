import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type ConnectError, connectServer } from '../../src/share/net/connect.ts'
import { ShareListener } from '../../src/share/net/listener.ts'
import { attachSession, socketWire } from '../../src/share/net/socket-wire.ts'
import { ClientSession } from '../../src/share/protocol/client-session.ts'
import { systemClock } from '../../src/share/protocol/clock.ts'
import { type CloseReason, closeReason } from '../../src/share/protocol/close-reason.ts'
import { type Screen, ServerSession } from '../../src/share/protocol/server-session.ts'
import { makeCertificate } from '../../src/share/tls/certificate.ts'
import { type Identity, identityOf } from '../../src/share/tls/identity.ts'
import { readPending } from '../../src/share/tls/pending-peers.ts'
import { Trust } from '../../src/share/tls/trust.ts'
import { TrustedPeers } from '../../src/share/tls/trusted-peers.ts'
import { PATIENCE_MS } from './deadline.ts'
import { freePort } from './free-port.ts'
import { LabUnavailable } from './lab-error.ts'
import { XScreen } from './x-screen.ts'

/** Our sessions, sockets, certificates and trust with barriers and barrierc themselves: handshake to good-bye. */

const patience = { timeout: PATIENCE_MS, interval: 20 }
const text = 'Hello, World! 42%'
const ways = ['plain', 'TLS'] as const
type Way = (typeof ways)[number]

let ours: Identity
let theirs: Identity
beforeAll(async () => {
  const makeIdentity = async () => identityOf(await makeCertificate(), 'test')
  ours = await makeIdentity()
  theirs = await makeIdentity()
})

let folder = ''
const ends: (() => unknown)[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evswitch-barrier-'))
  ends.push(() => rmSync(folder, { recursive: true, force: true }))
})

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

async function startScreen(skip: (why: string) => never): Promise<XScreen> {
  if (process.env['EVSWITCH_LAB'] === 'off') skip('EVSWITCH_LAB is off')
  try {
    const screen = await XScreen.start('us')
    ends.push(() => screen.close())
    return screen
  } catch (error) {
    const isRequired = process.env['EVSWITCH_LAB'] === 'required'
    if (!(error instanceof LabUnavailable) || isRequired) throw error
    return skip(error.message)
  }
}

/**
 * A program of Barrier's with a profile of its own, which trusts that certificate of ours. Resolves when it runs, with what
 * tells what it has said since. A server that is asked for TLS before it waits for clients, or while it takes leave of
 * another one, may let the new one wait for half a minute and more.
 */
async function startBarrier(
  screen: XScreen,
  program: 'barriers' | 'barrierc',
  way: Way,
  facts: { trusted: Identity; args: readonly string[] },
): Promise<() => string> {
  const profile = join(folder, program)
  const fingerprints = join(profile, 'SSL/Fingerprints')
  mkdirSync(fingerprints, { recursive: true })
  writeFileSync(join(profile, 'SSL/Barrier.pem'), theirs.pem)
  const list = program === 'barriers' ? 'TrustedClients.txt' : 'TrustedServers.txt'
  writeFileSync(join(fingerprints, list), `v2:sha256:${facts.trusted.fingerprint}\n`)
  let said = ''
  screen.spawn(
    program,
    [
      ...['-f', '--no-tray', '--restart', '--debug', 'NOTE', '--display', screen.display],
      ...['--profile-dir', profile, ...(way === 'plain' ? ['--disable-crypto'] : [])],
      ...facts.args,
    ],
    (text) => {
      said += text
    },
  )
  const started = program === 'barriers' ? 'waiting for clients' : 'started client'
  await vi.waitUntil(() => said.includes(started), patience)
  return () => said
}

const serverConfig = `section: screens
\tmain:
\tpeer:
end
section: links
\tmain:
\t\tright = peer
end
section: options
\tkeystroke(f11) = switchToScreen(peer)
\tkeystroke(f10) = switchToScreen(main)
\tkeystroke(f12) = lockCursorToScreen(on)
\tkeystroke(f9) = lockCursorToScreen(off)
\trelativeMouseMoves = true
\theartbeat = 1000
end
`

interface Joined {
  readonly session: ClientSession
  readonly events: string[]
  readonly closed: CloseReason[]
  readonly isReady: () => boolean
  /** Characters of keys. */
  readonly typed: () => string
}

/** Joins barriers as a screen of that name, once it listens. */
async function joinServer(
  port: number,
  identity: Identity | undefined,
  options: { name?: string; distrust?: (fingerprint: string) => CloseReason | undefined } = {},
): Promise<Joined> {
  const { name = 'peer', distrust = () => undefined } = options
  const events: string[] = []
  const closed: CloseReason[] = []
  let typed = ''
  let isReady = false
  const socket = await vi.waitFor<Socket | Error>(
    async () => {
      const end = AbortSignal.timeout(PATIENCE_MS)
      const connecting = connectServer({ host: '127.0.0.1', port, identity, distrust }, end)
      return await connecting.catch((error: ConnectError) => {
        if (error.reason.kind === 'unreachable') throw error
        return error
      })
    },
    // It has been seen to take a minute and a half, one attempt of ten seconds after the other.
    { timeout: 4 * PATIENCE_MS, interval: 100 },
  )
  if (socket instanceof Error) throw socket
  const session = new ClientSession({
    ...{ wire: socketWire(socket), clock: systemClock, name, isSecure: identity !== undefined },
    screen: { width: 1920, height: 1080 },
    events: {
      ready: () => {
        isReady = true
      },
      options: (map) => void events.push(`options ${map.get('HART')}`),
      entered: ({ x, y }) => void events.push(`entered ${x},${y}`),
      left: () => void events.push('left'),
      keyDown: ({ id }) => {
        typed += id < 0xe000 ? String.fromCodePoint(id) : ''
      },
      keyRepeat: () => {},
      keyUp: () => {},
      mouseDown: (button) => void events.push(`press ${button}`),
      mouseUp: (button) => void events.push(`release ${button}`),
      mouseMove: (x, y) => void events.push(`move ${x},${y}`),
      mouseRelative: (dx, dy) => void events.push(`step ${dx},${dy}`),
      wheel: (dx, dy) => void events.push(`wheel ${dx},${dy}`),
      keyboardBlocked: () => {},
      stalled: () => {},
      closed: (reason) => void closed.push(reason),
    },
  })
  attachSession(socket, session)
  ends.push(() => session.close())
  return { session, events, closed, isReady: () => isReady, typed: () => typed }
}

describe.each(ways)('barriers, %s', (way) => {
  test('gives us its keyboard and mouse, and takes them back', async ({ skip }) => {
    const screen = await startScreen(skip)
    const port = await freePort()
    const config = join(folder, 'barrier.conf')
    writeFileSync(config, serverConfig)
    const args = ['--name', 'main', '--config', config, '--address', `127.0.0.1:${port}`]
    const said = await startBarrier(screen, 'barriers', way, { trusted: ours, args })

    const identity = way === 'TLS' ? ours : undefined
    const it = await joinServer(port, identity, {
      distrust: (fingerprint) =>
        fingerprint === theirs.fingerprint ? undefined : closeReason('untrusted'),
    })
    await vi.waitUntil(it.isReady, patience)
    expect(it.events).toEqual(['options undefined', 'options 1000'])
    const busy = await joinServer(port, identity)
    const refused = async ({ closed }: Joined, times: number) =>
      await vi.waitUntil(
        () => closed.length === 1 && said().split('has disconnected').length > times,
        patience,
      )
    await refused(busy, 1)
    const unknown = await joinServer(port, identity, { name: 'nobody' })
    await refused(unknown, 2)
    expect([busy, unknown].map(({ closed }) => closed[0]?.kind)).toEqual([
      'screen-in-use',
      'unknown-screen',
    ])

    const { events } = it
    const last = async (event: string) =>
      await vi.waitUntil(() => events.at(-1) === event, patience)
    screen.run('xdotool', 'key', 'F11')
    await vi.waitUntil(() => events.at(-1)?.startsWith('entered'), patience)
    screen.run('xdotool', 'type', text)
    await vi.waitUntil(() => it.typed().length === text.length, patience)
    expect(it.typed()).toBe(text)
    for (const button of ['1', '2', '3']) screen.run('xdotool', 'click', button)
    await last('release 3')
    for (const wheel of ['4', '5', '6', '7']) screen.run('xdotool', 'click', wheel)
    await last('wheel 120,0')
    expect(events.slice(-10)).toEqual([
      ...['press 1', 'release 1', 'press 2', 'release 2', 'press 3', 'release 3'],
      ...['wheel 0,120', 'wheel 0,-120', 'wheel -120,0', 'wheel 120,0'],
    ])
    screen.run('xdotool', 'mousemove_relative', '--', '-10', '4')
    await vi.waitUntil(() => events.at(-1)?.startsWith('move'), patience)
    await vi.waitUntil(() => {
      screen.run('xdotool', 'key', 'F12')
      screen.run('xdotool', 'mousemove_relative', '--', '7', '-4')
      return events.some((event) => event.startsWith('step'))
    }, patience)
    await vi.waitUntil(() => {
      screen.run('xdotool', 'key', 'F9', 'F10')
      return events.includes('left')
    }, patience)
    screen.run('xdotool', 'key', 'F11')
    await vi.waitUntil(() => events.at(-1)?.startsWith('entered'), patience)
    if (way === 'TLS') {
      // Longer than the three keep-alives of a second after which we would give it up, or it us.
      await sleep(3500)
      expect(it.closed).toEqual([])
    }
    await screen.close()
    await vi.waitUntil(() => it.closed.length === 1, patience)
    expect([events.at(-1), it.closed[0]?.kind]).toEqual(['left', 'lost'])
  })
})

test('barriers that does not trust our certificate says nothing, and we say why', async ({
  skip,
}) => {
  const screen = await startScreen(skip)
  const port = await freePort()
  const config = join(folder, 'barrier.conf')
  writeFileSync(config, serverConfig)
  const args = ['--name', 'main', '--config', config, '--address', `127.0.0.1:${port}`]
  await startBarrier(screen, 'barriers', 'TLS', { trusted: theirs, args })

  const folderOfTrust = join(folder, 'ours')
  const trust = new Trust(folderOfTrust, systemClock, () => {})
  const name = `127.0.0.1:${port}`
  const distrust = (fingerprint: string) => trust.distrust('server', name, fingerprint, '127.0.0.1')
  const stranger = joinServer(port, ours, { distrust })
  await expect(stranger).rejects.toMatchObject({ reason: { kind: 'untrusted' } })
  trust.close()
  const [pending] = readPending(folderOfTrust)
  expect(pending?.fingerprint).toBe(theirs.fingerprint)
  new TrustedPeers(folderOfTrust).accept(pending === undefined ? [] : [pending])
  const it = await joinServer(port, ours, { distrust })
  const plain = await joinServer(port, undefined)
  await vi.waitUntil(() => it.closed.length + plain.closed.length === 2, patience)
  expect([it, plain].map(({ closed }) => closed[0]?.kind)).toEqual(['distrusts-us', 'wants-tls'])
})

describe.each(ways)('barrierc, %s', (way) => {
  test('moves, clicks, scrolls and types as we say', async ({ skip }) => {
    const screen = await startScreen(skip)
    const ready: Screen[] = []
    const sessions: ServerSession[] = []
    const closed: CloseReason[] = []
    const wheel = { isHiRes: false, isSideways: true, isSidewaysInverted: false }
    const listener = new ShareListener({
      ...{ host: '127.0.0.1', port: 0, identity: ours },
      plainAddresses: way === 'plain' ? ['127.0.0.1'] : [],
      refused: () => {},
      accept: (wire, { fingerprint }) => {
        const isTrusted = way === 'plain' || fingerprint === theirs.fingerprint
        const session = new ServerSession({
          ...{ wire, clock: systemClock },
          admit: () => (isTrusted ? { wheel } : 'unknown-screen'),
          events: {
            ready: (facts) => void ready.push(facts),
            resized: () => {},
            closed: (reason) => void closed.push(reason),
          },
        })
        sessions.push(session)
        return session
      },
    })
    const port = await listener.listen()
    ends.push(async () => await listener.close())
    const args = ['--name', 'peer', `127.0.0.1:${port}`]
    await startBarrier(screen, 'barrierc', way, { trusted: ours, args })
    await vi.waitUntil(() => ready.length === 1, patience)
    expect(ready).toEqual([{ name: 'peer', width: 640, height: 480, minor: 6 }])
    const [session] = sessions
    if (session === undefined) throw new Error('no session')

    const typed = await screen.openWindow()
    let clicked = ''
    screen.spawn(
      'xev',
      ['-event', 'button', '-name', 'clicked', '-geometry', '640x480+0+0'],
      (more) => {
        clicked += more
      },
    )
    screen.run('xdotool', 'search', '--sync', '--name', '^clicked$')
    const place = () =>
      /x:(\d+) y:(\d+)/.exec(screen.run('xdotool', 'getmouselocation'))?.slice(1).join()
    session.enter(100, 200, 0)
    await vi.waitUntil(() => place() === '100,200', patience)
    session.mouseMove(320, 240)
    await vi.waitUntil(() => place() === '320,240', patience)
    session.mouseRelative(-20, 10)
    await vi.waitUntil(() => place() === '300,250', patience)
    for (const button of [1, 2, 3]) {
      session.mouseDown(button)
      session.mouseUp(button)
    }
    session.wheel(0, 120)
    session.wheel(0, -120)
    session.wheel(-120, 0)
    session.wheel(120, 0)
    const buttons = () =>
      [...clicked.matchAll(/ButtonPress event[\s\S]*?button (\d+),/g)].map(([, number]) =>
        Number(number),
      )
    await vi.waitUntil(() => buttons().length === 7, patience)
    expect(buttons()).toEqual([1, 2, 3, 4, 5, 6, 7])
    for (const [index, character] of [...text].entries()) {
      const key = { id: character.codePointAt(0) ?? 0, mask: 0, button: index + 1 }
      session.keyDown(key)
      session.keyUp(key)
    }
    await vi.waitUntil(() => typed().length === text.length, patience)
    expect(typed()).toBe(text)

    session.leave()
    await vi.waitUntil(() => session.roundTripMs !== undefined, patience)
    session.enter(1, 1, 0)
    await screen.close()
    await vi.waitUntil(() => closed.length === 1, patience)
    expect(closed[0]?.kind).toBe('lost')
    expect(session.statistics).toEqual({ unknown: 0, dropped: 0 })
  })
})
