import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { decode, encode } from '../../src/share/messages/codec.ts'
import { MalformedPacket } from '../../src/share/messages/fields.ts'
import { encodeHelloBack } from '../../src/share/messages/hello.ts'
import type { Message } from '../../src/share/messages/table.ts'
import { readPending } from '../../src/share/tls/pending-peers.ts'
import { Trust } from '../../src/share/tls/trust.ts'
import { TrustedPeers } from '../../src/share/tls/trusted-peers.ts'
import { withLength } from './fixtures/packets.ts'
import { temporaryFolder } from './folder.ts'
import { identities, knock, knockPlain, openSockets, patience, serve } from './net/peers.ts'
import {
  activeClient,
  barrier16,
  clientWorld,
  plainWheel,
  serverWorld,
  usualScreen,
} from './protocol/peer.ts'
import { VirtualClock } from './protocol/virtual-clock.ts'

// What went wrong in Barrier, Synergy and Deskflow, once each.

const hello = encodeHelloBack({ protocol: 'Barrier', major: 1, minor: 6, name: 'cli' })
const screen = encode(usualScreen, 6)

describe('CVE-2021-42072: a server that never checked its clients', () => {
  test('a client without a certificate does not even hear the greeting', async () => {
    const [, theirs] = await identities()
    const it = await serve({ trusted: theirs })
    const socket = await knock(it.port)
    const heard: Buffer[] = []
    socket.on('data', (bytes: Buffer) => heard.push(bytes))
    if (!socket.destroyed) await once(socket, 'close')
    expect(Buffer.concat(heard)).toHaveLength(0)
    expect(it.callers).toEqual([])
    expect(it.refusals).toEqual([{ why: 'it has no certificate', count: 1 }])
  })

  test('a client with another certificate gets no screen', async () => {
    const [ours, theirs] = await identities()
    const it = await serve({ trusted: theirs })
    const socket = await knock(it.port, ours)
    socket.write(Buffer.concat([hello, screen]))
    await vi.waitUntil(() => it.callers.length === 1, patience)
    socket.end()
    await vi.waitUntil(() => it.closed.length === 1, patience)
    expect(it.ready).toEqual([])
  })

  test('a client that speaks no TLS gets nothing from a server that did not name it', async () => {
    const it = await serve()
    const socket = await knockPlain(it.port)
    socket.write(hello)
    await once(socket, 'close')
    expect(it.callers).toEqual([])
    expect(it.refusals.map(({ why }) => why)).toEqual(['the TLS handshake failed'])
  })
})

describe('CVE-2021-42073: the name of a screen was enough', () => {
  test('a name is nothing without the certificate that it is bound to, and nobody is asked about it', () => {
    const folder = temporaryFolder()
    const trust = new Trust(folder, new VirtualClock(), () => {})
    const bound = { role: 'screen', name: 'unnamed', fingerprint: 'a'.repeat(64) } as const
    new TrustedPeers(folder).accept([bound])
    const world = serverWorld((name) =>
      trust.distrust('screen', name, 'b'.repeat(64), '10.0.0.66') === undefined
        ? { wheel: plainWheel }
        : 'unknown-screen',
    )
    world.greet({ protocol: 'Barrier', major: 1, minor: 6, name: 'Unnamed' })
    world.say(usualScreen)
    world.session.enter(0, 0, 0)
    world.session.keyDown({ id: 0x61, mask: 0, button: 38 })
    expect(world.far.take().map(({ code }) => code)).toEqual(['QINF', 'CIAK', 'EUNK'])
    trust.close()
    expect(readPending(folder)).toHaveLength(1)
    expect(new TrustedPeers(folder).list()).toEqual([bound])
  })
})

describe('CVE-2021-42074: a crash by connecting, greeting and closing fast', () => {
  test('a hundred times, cut off anywhere, and the next one is served', async () => {
    const [, theirs] = await identities()
    const addresses = Array.from({ length: 10 }, (_, index) => `127.0.0.${index + 1}`)
    const it = await serve({ trusted: theirs, plainAddresses: addresses })
    const all = Buffer.concat([hello, screen])
    for (let index = 0; index < 100; index++) {
      const socket = await knockPlain(it.port, addresses[index % addresses.length])
      socket.write(all.subarray(0, index % all.length))
      if (index % 2 === 0) socket.destroy()
      else socket.resetAndDestroy()
    }
    // Those who came faster than they may were sent away before.
    expect(it.callers.length).toBeGreaterThanOrEqual(15)
    await vi.waitUntil(() => it.closed.length === it.callers.length, patience)
    await vi.waitUntil(async () => {
      const socket = await knockPlain(it.port)
      return await Promise.race([
        once(socket, 'data').then(() => true),
        once(socket, 'close').then(() => false),
      ])
    }, patience)
  })

  test('a session that ends while it is being told something does so once', () => {
    for (const code of ['CBYE', 'EUNK', 'EBAD'] as const) {
      const world = activeClient()
      const again = encode({ code }, 6)
      world.bytes(Buffer.concat([again, again, encode({ code: 'COUT' }, 6), again]))
      world.session.lost()
      expect(world.events().filter(({ event }) => event === 'closed')).toHaveLength(1)
    }
  })
})

describe('CVE-2021-42075: descriptors leaked by handshakes that failed', () => {
  test('none is open when those who made them have gone', async () => {
    const it = await serve()
    const before = openSockets()
    const rounds = Array.from({ length: 60 }, (_, index) => index)
    for (const index of rounds) {
      const socket = await knockPlain(it.port)
      // No TLS, half a record of it, and nothing at all.
      if (index % 3 < 2) socket.write(index % 3 === 0 ? hello : Buffer.from('1603010200', 'hex'))
      if (index % 3 > 0) socket.destroy()
      else await Promise.race([once(socket, 'close'), sleep(100)])
      socket.destroy()
    }
    await vi.waitUntil(() => openSockets() <= before, patience)
  })

  test('those who only wait have 5 s, and are four from one address', async () => {
    const it = await serve()
    const sockets = await Promise.all([1, 2, 3, 4, 5, 6].map(async () => await knockPlain(it.port)))
    await vi.waitUntil(() => sockets.filter(({ destroyed }) => destroyed).length === 2, patience)
    expect(it.refusals[0]?.why).toBe('there are too many that are not trusted yet')
    await vi.waitUntil(() => sockets.every(({ destroyed }) => destroyed), patience)
  })
})

test('strangers who have taken every place make room for one from elsewhere', async () => {
  const [, theirs] = await identities()
  const it = await serve({ trusted: theirs, plainAddresses: ['127.0.0.9'] })
  const crowd = [1, 2, 3, 4].flatMap((last) => Array<string>(4).fill(`127.0.0.${last}`))
  const sockets = await Promise.all(crowd.map(async (from) => await knockPlain(it.port, from)))
  const newcomer = await knockPlain(it.port, '127.0.0.9')
  await once(newcomer, 'data')
  await vi.waitUntil(() => sockets.some(({ destroyed }) => destroyed), patience)
  expect(sockets.filter(({ destroyed }) => destroyed)).toHaveLength(1)
})

describe('CVE-2021-42076: a length of 4 GiB was believed', () => {
  test.each(['ffffffff', '7fffffff', '00500000'])(
    '%s ends a client and a server at once, and takes no memory',
    (length) => {
      const client = activeClient()
      const server = serverWorld()
      server.greet({ protocol: 'Barrier', major: 1, minor: 6, name: 'cli' })
      for (const world of [client, server]) {
        const before = process.memoryUsage().arrayBuffers
        world.bytes(Buffer.from(length, 'hex'))
        expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024)
        expect(world.far.isEnded).toBe(true)
      }
    },
  )
})

describe('CVE-2020-15117 (GHSA-chfm-333q-gfpp): a name of 4 GiB in the greeting', () => {
  test.each(['ffffffff', '00000004', '7fffffff'])(
    '%s ends the connection before anything is asked',
    (length) => {
      const world = serverWorld(() => {
        throw new Error('somebody was asked')
      })
      const greeting = Buffer.concat([
        Buffer.from('Barrier\0\x01\0\x06'),
        Buffer.from(length, 'hex'),
        Buffer.from('cli'),
      ])
      world.bytes(withLength(greeting))
      expect(world.events()).toMatchObject([{ event: 'closed', reason: { kind: 'malformed' } }])
    },
  )
})

describe('CVE-2026-41477: a daemon that ran commands for whoever asked', () => {
  test('nothing in the share starts a program', async () => {
    const { readdirSync, readFileSync } = await import('node:fs')
    const sources = readdirSync('src/share', { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    )
    expect(sources.length).toBeGreaterThan(10)
    for (const file of sources)
      expect(readFileSync(`src/share/${file}`, 'utf8'), file).not.toMatch(
        /child_process|node:vm|\beval\(/,
      )
  })
})

describe('GHSA-8hqj-422h-c6jx: a language of one letter ended a client', () => {
  test.each(['', 'e', 'end', '\0'])('%j is passed over, like any other', (languages) => {
    const world = clientWorld()
    world.greet({ ...barrier16, minor: 8 })
    world.say({ code: 'LSYN', languages }, { code: 'QINF' })
    expect(world.far.take().map(({ code }) => code)).toEqual(['DINF'])
  })
})

describe('Deskflow, April and July 2026: clipboards read beyond their end, and without a limit', () => {
  test.each([
    ['a count of formats that is not there', 'DCLP 00 00000001 02 00000004 ffffffff'],
    [
      'a size of a format that is not there',
      'DCLP 00 00000001 02 0000000c 00000001 00000000 ffffffff',
    ],
    ['a size that is no number', 'DCLP 00 00000001 01 00000001 78'],
    ['an end without a beginning', 'DCLP 00 00000001 03 00000000'],
  ])('%s is nothing to either side', (_, text) => {
    const [code = '', ...rest] = text.split(' ')
    const packet = withLength(Buffer.concat([Buffer.from(code), Buffer.from(rest.join(''), 'hex')]))
    const client = activeClient()
    const server = serverWorld()
    server.greet({ protocol: 'Barrier', major: 1, minor: 6, name: 'cli' })
    server.say(usualScreen)
    server.events()
    for (const world of [client, server]) {
      world.bytes(packet)
      expect(world.events()).toEqual([])
      expect(world.far.isEnded).toBe(false)
    }
  })

  test('a gigabyte of pieces leaves no more memory behind than one', () => {
    const world = activeClient()
    const piece: Message = {
      code: 'DCLP',
      clipboard: 0,
      sequence: 1,
      mark: 2,
      data: Buffer.alloc(1024 * 1024),
    }
    const packet = encode(piece, 6)
    const before = process.memoryUsage().arrayBuffers
    // Not a copy for each: what counts is what the session keeps.
    for (let index = 0; index < 1024; index++) world.session.received(packet)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024)
    expect(world.far.isEnded).toBe(false)
  })
})

describe('deskflow#8253: a flood of strangers flooded the user with questions', () => {
  test('a thousand of them are 32 lines in a file that is written once a second, and nothing else', () => {
    const folder = temporaryFolder()
    const clock = new VirtualClock()
    const trust = new Trust(folder, clock, () => {})
    for (let index = 0; index < 1000; index++) {
      const fingerprint = index.toString(16).padStart(64, '0')
      trust.distrust('screen', `s${index}`, fingerprint, `10.0.${index >> 8}.${index & 255}`)
    }
    expect(clock.pending).toBe(1)
    trust.close()
    expect(readPending(folder)).toHaveLength(32)
  })
})

describe('the original report (oss-security, 2 November 2021)', () => {
  test('a list of options without end is refused by its count', () => {
    const packet = Buffer.concat([Buffer.from('DSOP'), Buffer.from('3fffffff', 'hex')])
    expect(() => decode(packet, 'server', 6)).toThrow(MalformedPacket)
  })

  test('what could not be read is not used', () => {
    const world = activeClient()
    world.bytes(withLength(Buffer.from('DMMV\0\x01')))
    expect(world.events().map(({ event }) => event)).toEqual(['left', 'closed'])
  })
})
