import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ConnectError, connectServer } from '../../../src/share/net/connect.ts'
import { attachSession, socketWire } from '../../../src/share/net/socket-wire.ts'
import { ClientSession } from '../../../src/share/protocol/client-session.ts'
import { systemClock } from '../../../src/share/protocol/clock.ts'
import { type CloseReason, closeReason } from '../../../src/share/protocol/close-reason.ts'
import type { Identity } from '../../../src/share/tls/identity.ts'
import { temporaryFolder } from '../folder.ts'
import { identities, knock, patience, serve } from './peers.ts'

const never = new AbortController().signal

/** @param isFree whether nobody is to listen there any more */
async function portOf(server: Server, isFree = false): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  if (isFree) server.close()
  else onTestFinished(() => void server.close())
  return address.port
}

/** A client that joins, and what it was told. */
async function joinScreen(port: number, identity: Identity | undefined, expected?: string) {
  const told: { ready: number[]; closed: CloseReason[]; events: string[] } = {
    ready: [],
    closed: [],
    events: [],
  }
  const distrust = (fingerprint: string) =>
    expected === undefined || fingerprint === expected ? undefined : closeReason('untrusted')
  const socket = await connectServer({ host: '127.0.0.1', port, identity, distrust }, never)
  const note = (event: string) => () => void told.events.push(event)
  const session = new ClientSession({
    ...{
      wire: socketWire(socket),
      clock: systemClock,
      name: 'cli',
      isSecure: identity !== undefined,
    },
    screen: { width: 640, height: 480 },
    events: {
      ready: (minor) => told.ready.push(minor),
      options: () => {},
      closed: (reason) => told.closed.push(reason),
      entered: note('entered'),
      left: note('left'),
      stalled: note('stalled'),
      keyDown: note('keyDown'),
      keyRepeat: note('keyRepeat'),
      keyUp: note('keyUp'),
      mouseDown: note('mouseDown'),
      mouseUp: note('mouseUp'),
      mouseMove: note('mouseMove'),
      mouseRelative: note('mouseRelative'),
      wheel: note('wheel'),
      keyboardBlocked: note('keyboardBlocked'),
    },
  })
  attachSession(socket, session)
  onTestFinished(() => session.close())
  return { session, told }
}

async function reasonOf(connecting: Promise<unknown>): Promise<CloseReason> {
  const error: unknown = await connecting.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof ConnectError)) throw new Error(`no ConnectError: ${error}`)
  return error.reason
}

/** Joins, and tells why it ended. */
async function endOf(port: number, identity: Identity): Promise<string | undefined> {
  try {
    const { told } = await joinScreen(port, identity)
    await vi.waitUntil(() => told.closed.length === 1, patience)
    return told.closed[0]?.kind
  } catch (error) {
    return error instanceof ConnectError ? error.reason.kind : undefined
  }
}

describe('our own server and client', () => {
  test.each([['over TLS'], ['plain, where the address is named']])(
    '%s meet, and keys go through',
    async (way) => {
      const [ours, theirs] = await identities()
      const isPlain = way !== 'over TLS'
      const it = await serve(isPlain ? { plainAddresses: ['127.0.0.1'] } : { trusted: theirs })
      const client = await joinScreen(it.port, isPlain ? undefined : theirs, ours.fingerprint)
      await vi.waitUntil(() => it.ready.length === 1 && client.told.ready.length === 1, patience)
      expect(it.ready).toEqual([{ name: 'cli', width: 640, height: 480, minor: 8 }])
      expect(it.callers).toEqual([
        { address: '127.0.0.1', fingerprint: isPlain ? undefined : theirs.fingerprint },
      ])
      const [session] = it.sessions
      session?.enter(1, 2, 0)
      session?.keyDown({ id: 0x61, mask: 0, button: 38 })
      session?.mouseMove(3, 4)
      session?.leave()
      await vi.waitUntil(() => client.told.events.includes('left'), patience)
      expect(client.told.events).toEqual(['entered', 'keyDown', 'mouseMove', 'keyUp', 'left'])
      await vi.waitUntil(() => session?.roundTripMs !== undefined, patience)
      expect(client.session.roundTripMs).toBeGreaterThan(0)
      session?.close()
      await vi.waitUntil(() => it.closed.length === 1 && client.told.closed.length === 1, patience)
      expect([it.closed[0]?.kind, client.told.closed[0]?.kind]).toEqual(['ended', 'bye'])
    },
  )

  test('do not meet when the client is not trusted: it hears that no screen of its name is known', async () => {
    const [ours, theirs] = await identities()
    const it = await serve({ trusted: ours })
    const client = await joinScreen(it.port, theirs)
    await vi.waitUntil(() => client.told.closed.length === 1, patience)
    expect(client.told.closed[0]?.kind).toBe('unknown-screen')
    expect(it.ready).toEqual([])
  })
})

describe('a server', () => {
  test('with another certificate hears nothing of us', async () => {
    const [, theirs] = await identities()
    const it = await serve({ trusted: theirs })
    const connecting = connectServer(
      {
        host: '127.0.0.1',
        port: it.port,
        identity: theirs,
        distrust: () => closeReason('certificate-changed'),
      },
      never,
    )
    expect((await reasonOf(connecting)).kind).toBe('certificate-changed')
    // Whether the handshake was over by then for the server, too, is a matter of time.
    await vi.waitUntil(() => it.closed.length + it.refusals.length === 1, patience)
    expect(it.closed.map(({ kind }) => kind).join()).toMatch(/^(lost)?$/)
    expect(it.ready).toEqual([])
  })

  test('that is not there', async () => {
    const closed = await portOf(createServer(), true)
    const connecting = connectServer(
      { host: '127.0.0.1', port: closed, identity: undefined, distrust: () => undefined },
      never,
    )
    expect(await reasonOf(connecting)).toMatchObject({
      kind: 'unreachable',
      text: expect.stringContaining('ECONNREFUSED'),
    })
  })

  test('that speaks no TLS is told as such', async () => {
    const [, theirs] = await identities()
    const port = await portOf(
      createServer((socket) => {
        socket.on('error', () => {})
        socket.write(Buffer.from('0000000b4261727269657200010006', 'hex'))
      }),
    )
    const connecting = connectServer(
      { host: '127.0.0.1', port, identity: theirs, distrust: () => undefined },
      never,
    )
    expect((await reasonOf(connecting)).kind).toBe('wants-plain')
  })

  test('that speaks nothing newer than TLS 1.1 is not talked to', async () => {
    const [ours, theirs] = await identities()
    const tls = createTlsServer({
      key: ours.pem,
      cert: ours.pem,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    })
    const port = await portOf(tls)
    const connecting = connectServer(
      { host: '127.0.0.1', port, identity: theirs, distrust: () => undefined },
      never,
    )
    await expect(connecting).rejects.toBeInstanceOf(ConnectError)
  })

  test.skipIf(spawnSync('openssl', ['version']).status !== 0).each(['-tls1_2', '-tls1_3'])(
    'of OpenSSL with %s that does not like our certificate says so',
    async (version) => {
      const [ours, theirs] = await identities()
      const file = join(temporaryFolder(), 'a.pem')
      writeFileSync(file, ours.pem)
      const port = await portOf(createServer(), true)
      const openssl = spawn('openssl', [
        ...['s_server', '-accept', `127.0.0.1:${port}`, '-cert', file, '-key', file],
        ...['-Verify', '1', '-verify_return_error', version],
      ])
      onTestFinished(() => void openssl.kill())
      let said = ''
      openssl.stdout.on('data', (bytes) => {
        said += bytes
      })
      await vi.waitUntil(() => said.includes('ACCEPT'), patience)
      expect(await endOf(port, theirs)).toBe('wants-certificate')
    },
  )

  test('with the suites of OpenSSL 1.0.2, as in Barrier for Windows, is understood', async () => {
    const [ours, theirs] = await identities()
    const tls = createTlsServer({
      key: ours.pem,
      cert: ours.pem,
      maxVersion: 'TLSv1.2',
      ciphers: 'AES256-GCM-SHA384',
      requestCert: true,
      rejectUnauthorized: false,
    })
    const port = await portOf(tls)
    const socket = await connectServer(
      { host: '127.0.0.1', port, identity: theirs, distrust: () => undefined },
      never,
    )
    expect(socket.destroyed).toBe(false)
    socket.destroy()
  })
})

describe('barriers 2.4.0, which loses the first word of TLS when it comes with the connection', () => {
  /** Takes connections and reads what comes, and answers nothing. */
  async function lostServer() {
    const heard = { connections: 0, bytes: 0, ended: 0 }
    const port = await portOf(
      createServer((socket) => {
        heard.connections++
        socket.on('error', () => {})
        socket.on('data', (bytes) => {
          heard.bytes += bytes.length
        })
        socket.on('close', () => {
          heard.ended++
        })
      }),
    )
    return { port, heard }
  }

  test('is given a moment before it; and one that stands still is given up', async () => {
    const [, theirs] = await identities()
    const { port, heard } = await lostServer()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const options = { host: '127.0.0.1', port, identity: theirs, distrust: () => undefined }
    const connecting = reasonOf(connectServer(options, never))
    await until(() => heard.connections === 1 && vi.getTimerCount() === 1)
    // One more comes and goes, and all that while nothing was said.
    await connectPlainly(port)
    await until(() => heard.ended === 1)
    expect(heard.bytes).toBe(0)
    await vi.advanceTimersByTimeAsync(100)
    await until(() => heard.bytes > 0)
    expect(heard.ended).toBe(1)
    await vi.advanceTimersByTimeAsync(5000)
    expect((await connecting).kind).toBe('handshake')
    await until(() => heard.ended === 2)
  })

  async function connectPlainly(port: number): Promise<void> {
    const socket = connect({ host: '127.0.0.1', port })
    await once(socket, 'connect')
    socket.destroy()
  }

  /** Without timers, which stand still. */
  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve))
  }
})

test('an attempt that is given up leaves no socket, whenever that is', async () => {
  const [, theirs] = await identities()
  const it = await serve({ trusted: theirs })
  for (const delayMs of [0, 1, 3, 10]) {
    const given = AbortSignal.timeout(delayMs)
    const connecting = connectServer(
      { host: '127.0.0.1', port: it.port, identity: theirs, distrust: () => undefined },
      given,
    )
    await connecting.then(
      (socket) => socket.destroy(),
      () => {},
    )
  }
  await vi.waitUntil(async () => {
    const probe = await knock(it.port, theirs)
    return !probe.destroyed
  }, patience)
})
