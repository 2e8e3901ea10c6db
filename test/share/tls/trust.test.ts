import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EvswitchError } from '../../../src/errors.ts'
import { choosePeer } from '../../../src/share/tls/choose-peer.ts'
import { type Peer, peerLine, readPeers } from '../../../src/share/tls/peer-list.ts'
import { PendingPeers, readPending } from '../../../src/share/tls/pending-peers.ts'
import { Trust } from '../../../src/share/tls/trust.ts'
import { TrustedPeers } from '../../../src/share/tls/trusted-peers.ts'
import { temporaryFolder } from '../folder.ts'
import { VirtualClock } from '../protocol/virtual-clock.ts'

const print = (digit: string) => digit.repeat(64)
const laptop: Peer = { role: 'screen', name: 'laptop', fingerprint: print('a') }
const server: Peer = { role: 'server', name: '192.168.1.5:24800', fingerprint: print('b') }

describe('who is trusted', () => {
  test('is nobody where there is no file', () => {
    const trusted = new TrustedPeers(join(temporaryFolder(), 'none'))
    expect(trusted.list()).toEqual([])
    expect(trusted.judge('screen', 'laptop', print('a'))).toEqual({ verdict: 'unknown' })
  })

  test('is a name with its certificate, in either case of letters, and neither alone', () => {
    const trusted = new TrustedPeers(temporaryFolder())
    trusted.accept([laptop, server])
    expect(trusted.judge('screen', 'Laptop', print('a'))).toEqual({ verdict: 'trusted' })
    expect(trusted.judge('screen', 'laptop', print('c'))).toEqual({
      verdict: 'changed',
      expected: print('a'),
    })
    expect(trusted.judge('screen', 'other', print('a'))).toEqual({ verdict: 'unknown' })
    expect(trusted.judge('server', 'laptop', print('a'))).toEqual({ verdict: 'unknown' })
    expect(trusted.judge('server', server.name, print('b'))).toEqual({ verdict: 'trusted' })
  })

  test('may be one of any name, but of none that is bound to another certificate', () => {
    const trusted = new TrustedPeers(temporaryFolder())
    trusted.accept([laptop, { role: 'screen', name: '*', fingerprint: print('d') }])
    expect(trusted.judge('screen', 'anything', print('d'))).toEqual({ verdict: 'trusted' })
    expect(trusted.judge('screen', 'laptop', print('d'))).toMatchObject({ verdict: 'changed' })
    expect(trusted.judge('server', 'anything', print('d'))).toEqual({ verdict: 'unknown' })
  })

  test('is the newest under a name, and every one of any name', () => {
    const folder = temporaryFolder()
    const trusted = new TrustedPeers(folder)
    const any = (digit: string): Peer => ({ role: 'server', name: '*', fingerprint: print(digit) })
    trusted.accept([laptop, any('1')])
    trusted.accept([{ ...laptop, fingerprint: print('e') }, any('1'), any('2')])
    expect(trusted.list()).toEqual([{ ...laptop, fingerprint: print('e') }, any('1'), any('2')])
    trusted.forget([any('1')])
    expect(trusted.judge('server', 'x:1', print('1'))).toEqual({ verdict: 'unknown' })
    expect(statSync(join(folder, 'trusted')).mode & 0o777).toBe(0o600)
  })

  test('is at most 256', () => {
    const trusted = new TrustedPeers(temporaryFolder())
    const many = Array.from({ length: 257 }, (_, index): Peer => ({ ...laptop, name: `s${index}` }))
    trusted.accept(many.slice(0, 256))
    expect(() => trusted.accept(many.slice(256))).toThrow('there is room for 256 peers')
  })
})

describe('a list', () => {
  test('is read as it was written, whatever peers there are', () => {
    const name = fc.stringMatching(/^[a-z0-9_]{1,20}$/)
    const peer = fc.record({
      role: fc.constantFrom('screen', 'server'),
      name,
      fingerprint: fc.stringMatching(/^[0-9a-f]{64}$/),
    })
    fc.assert(
      fc.property(fc.array(peer), fc.array(name, { maxLength: 3 }), (peers, rest) => {
        const text = peers.map((each) => peerLine(each, ...rest)).join('\n# a comment\n')
        expect(readPeers(text, 'x')).toEqual(peers.map((each) => ({ ...each, rest })))
      }),
    )
  })

  test('whatever stands in it, it is read or refused with its line', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = Buffer.from(bytes).toString('utf8')
        try {
          readPeers(text, 'trusted')
        } catch (error) {
          expect(error).toBeInstanceOf(EvswitchError)
          expect(String(error)).toMatch(/trusted:\d+: no peer stands here/)
        }
      }),
    )
  })

  test.each([
    ['a role that there is not', `guest laptop sha256:${print('a')}`],
    ['a name that is none', `screen lap$top sha256:${print('a')}`],
    ['a sequence for the terminal', `screen \u001b[2Jlaptop sha256:${print('a')}`],
    ['no fingerprint', 'screen laptop'],
    ['a fingerprint that is cut off', 'screen laptop sha256:abcdef'],
  ])('is refused with %s', (_, line) => {
    expect(() => readPeers(`${peerLine(laptop)}\n${line}\n`, 'trusted')).toThrow(
      'trusted:3: no peer',
    )
  })

  test('is refused when it is too long', () => {
    expect(() => readPeers(peerLine(laptop).repeat(257), 'trusted')).toThrow('more than 256')
  })
})

describe('who has knocked', () => {
  const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 12, minute))

  function pendingIn(folder: string) {
    const clock = new VirtualClock()
    const failures: unknown[] = []
    return {
      clock,
      failures,
      pending: new PendingPeers(folder, clock, (error) => failures.push(error)),
    }
  }

  test('is written down once a second at most, the newest last', () => {
    const folder = temporaryFolder()
    const { clock, pending } = pendingIn(folder)
    pending.add(laptop, '192.168.1.7', at(0))
    pending.add(server, '192.168.1.5', at(1))
    pending.add(laptop, '192.168.1.7', at(2))
    expect(readPending(folder)).toEqual([])
    clock.advance(1000)
    expect(readPending(folder)).toEqual([
      { ...server, address: '192.168.1.5', seen: '2026-01-01T12:01:00.000Z' },
      { ...laptop, address: '192.168.1.7', seen: '2026-01-01T12:02:00.000Z' },
    ])
    expect(clock.pending).toBe(0)
  })

  test('is remembered over a restart, and written at the end', () => {
    const folder = temporaryFolder()
    const first = pendingIn(folder)
    first.pending.add(laptop, '::1', at(0))
    first.pending.flush()
    expect(first.clock.pending).toBe(0)
    const second = pendingIn(folder)
    second.pending.add(server, '::1', at(1))
    second.pending.flush()
    expect(readPending(folder).map(({ name }) => name)).toEqual(['laptop', server.name])
  })

  test('is at most 32, and 4 from one address, which pushes out its own only', () => {
    const folder = temporaryFolder()
    const { pending } = pendingIn(folder)
    pending.add(laptop, '10.0.0.1', at(0))
    for (let index = 0; index < 100; index++)
      pending.add({ ...laptop, name: `flood${index}` }, '10.0.0.9', at(1))
    pending.flush()
    expect(readPending(folder).map(({ name }) => name)).toEqual([
      'laptop',
      'flood96',
      'flood97',
      'flood98',
      'flood99',
    ])
    for (let index = 0; index < 100; index++)
      pending.add({ ...laptop, name: `n${index}` }, `10.0.1.${index}`, at(2))
    pending.flush()
    expect(readPending(folder)).toHaveLength(32)
    expect(readPending(folder).at(-1)?.name).toBe('n99')
  })

  test('is told to nobody when the file cannot be written, and that is told once', () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'pending'))
    const { clock, pending, failures } = pendingIn(folder)
    pending.add(laptop, '::1', at(0))
    clock.advance(1000)
    expect(failures).toHaveLength(2)
  })
})

describe('trust', () => {
  function trustIn(folder: string) {
    const failures: unknown[] = []
    return {
      failures,
      trust: new Trust(folder, new VirtualClock(), (error) => failures.push(error)),
    }
  }

  test('is asked for each connection, so that accepting needs no restart', () => {
    const folder = temporaryFolder()
    const { trust } = trustIn(folder)
    const ask = () => trust.distrust('screen', 'Laptop', print('a'), '192.168.1.7')
    expect(ask()).toMatchObject({
      kind: 'untrusted',
      text: expect.stringContaining(`sha256:${print('a')}`),
    })
    trust.close()
    expect(readPending(folder)).toMatchObject([{ ...laptop, address: '192.168.1.7' }])
    new TrustedPeers(folder).accept([laptop])
    expect(ask()).toBe(undefined)
  })

  test('ends with another certificate: both are shown, and how to trust the new one', () => {
    const folder = temporaryFolder()
    new TrustedPeers(folder).accept([server])
    const { trust } = trustIn(folder)
    const reason = trust.distrust('server', server.name, print('c'), '192.168.1.5')
    expect(reason?.kind).toBe('certificate-changed')
    expect(reason?.text).toContain(`it was sha256:${print('b')}, it is sha256:${print('c')}`)
    expect(reason?.remedy).toContain('evswitch share trust')
  })

  test('is nobody’s while the file is of no use, and the file is left', () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'trusted'), 'screen laptop\n')
    const { trust, failures } = trustIn(folder)
    expect(trust.distrust('screen', 'laptop', print('a'), '::1')?.kind).toBe('untrusted')
    expect(failures).toHaveLength(1)
    expect(readFileSync(join(folder, 'trusted'), 'utf8')).toBe('screen laptop\n')
  })
})

describe('one that is meant', () => {
  const peers = [
    laptop,
    server,
    { ...laptop, name: 'tablet', fingerprint: `abcdef01${'0'.repeat(56)}` },
  ]

  test.each([
    ['laptop', laptop],
    ['LAPTOP', laptop],
    [server.name, server],
    ['abcdef01', peers[2]],
    ['sha256:ABCDEF0100', peers[2]],
    ['AB:CD:EF:01', peers[2]],
  ])('is found by %j', (who, peer) => {
    expect(choosePeer(peers, who)).toEqual(peer)
  })

  test('is not found by few digits', () => {
    expect(() => choosePeer(peers, 'abcdef0')).toThrow('there is no peer "abcdef0"')
  })

  test('must be told by its fingerprint where a stranger took its name', () => {
    const both = [...peers, { ...laptop, fingerprint: print('9') }]
    expect(() => choosePeer(both, 'laptop')).toThrow(
      /2 peers are called "laptop"\nsay which, by its fingerprint: a{16}, 9{16}/,
    )
    expect(choosePeer(both, '99999999')).toEqual(both[3])
  })
})
