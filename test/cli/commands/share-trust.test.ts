import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeCertificate } from '../../../src/share/tls/certificate.ts'
import { openIdentity, readIdentity } from '../../../src/share/tls/identity.ts'
import { peerLine } from '../../../src/share/tls/peer-list.ts'
import { type Captured, capture } from '../capture.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evswitch-trust-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const print = (digit: string) => digit.repeat(64)

async function trust(...args: string[]): Promise<Captured> {
  return await capture(['share', 'trust', ...args, '--folder', folder])
}

function knocked(
  ...peers: readonly [role: 'screen' | 'server', name: string, digit: string][]
): void {
  const lines = peers.map(([role, name, digit]) =>
    peerLine({ role, name, fingerprint: print(digit) }, '192.168.1.7', '2026-01-01T12:00:00.000Z'),
  )
  writeFileSync(join(folder, 'pending'), lines.join(''))
}

describe('evswitch share trust', () => {
  test('says that nobody is trusted before anything has happened', async () => {
    const { code, out } = await trust()
    expect(code).toBe(0)
    expect(out).toContain('none yet')
    expect(out).toContain('Nobody is trusted yet.')
    expect(readdirSync(folder)).toEqual([])
  })

  test('shows our own fingerprint, whom we trust, and who has knocked', async () => {
    const { fingerprint } = await openIdentity(folder)
    knocked(['screen', 'laptop', 'a'], ['server', '10.0.0.2:24800', 'b'])
    await trust('accept', '10.0.0.2:24800')
    const { out } = await trust()
    expect(out).toBe(`This computer  sha256:${fingerprint}

Trusted
  server 10.0.0.2:24800           sha256:${print('b')}

Seen, and not trusted
  screen laptop                   sha256:${print('a')}
                                  from 192.168.1.7, 2026-01-01 12:00

Compare the digits with what the other computer shows, then: evswitch share trust accept NAME
`)
    expect(JSON.parse((await trust('--json')).out)).toMatchObject({
      own: fingerprint,
      trusted: [{ role: 'server', name: '10.0.0.2:24800', fingerprint: print('b') }],
      pending: [{ role: 'screen', name: 'laptop', address: '192.168.1.7' }],
    })
  })

  test('warns of a stranger who has the name of a friend, and accepts the new one in its place', async () => {
    await trust('accept', print('a'), '--screen', 'laptop')
    knocked(['screen', 'laptop', 'c'])
    expect((await trust()).out).toContain('A PEER OF THIS NAME IS TRUSTED WITH ANOTHER CERTIFICATE')
    expect((await trust('accept', 'laptop')).out).toBe(
      `trusted from now on: screen laptop with sha256:${print('c')}\n`,
    )
    const { out } = await trust()
    expect(out).not.toContain(print('a'))
    expect(out).not.toContain('Seen')
  })

  test('does not say which of two strangers of one name is meant', async () => {
    knocked(['screen', 'laptop', 'a'], ['screen', 'laptop', 'b'])
    const refused = await trust('accept', 'laptop')
    expect(refused).toMatchObject({ code: 2, out: '' })
    expect(refused.err).toContain('2 peers are called "laptop"')
    expect((await trust('accept', 'bbbbbbbb')).code).toBe(0)
  })

  test('forgets', async () => {
    await trust('accept', print('a'), '--server', 'desk.lan:24800')
    expect((await trust('forget', 'desk.lan:24800')).out).toContain(
      'not trusted any more: server desk.lan:24800',
    )
    expect((await trust()).out).toContain('Nobody is trusted yet.')
  })

  test.each([
    [['accept', 'nobody'], 'there is no peer "nobody"'],
    [['forget', 'nobody'], 'there is no peer "nobody"'],
    [['accept', 'abcdef', '--screen', 'x'], '"abcdef" is no whole fingerprint'],
    [['accept', print('a'), '--screen', 'a b'], '"a b" cannot be the name of a screen'],
    [['accept', print('a'), '--screen', 'a', '--server', 'b:1'], 'it is a screen, or a server'],
    [['import', '/nowhere'], 'there is no profile in /nowhere'],
    [['laptop'], 'too many arguments'],
  ])('%j is refused', async (args, message) => {
    const { code, err } = await trust(...args)
    expect(code).toBe(2)
    expect(err).toContain(message)
  })

  test('says where a list is spoiled', async () => {
    writeFileSync(join(folder, 'trusted'), 'screen laptop nonsense\n')
    const { code, err } = await trust()
    expect(code).toBe(6)
    expect(err).toContain('trusted:1: no peer stands here')
  })

  test('does not show a terminal what strangers wrote', async () => {
    writeFileSync(
      join(folder, 'pending'),
      peerLine({ role: 'screen', name: 'x', fingerprint: print('a') }, '\u001b[2J', 'yesterday'),
    )
    const { out } = await trust()
    expect(out).not.toContain('\u001b')
    expect(out).toContain('some time ago')
  })
})

describe('evswitch share trust import', () => {
  function profile(files: Readonly<Record<string, string>>): string {
    const place = join(folder, 'profile')
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(join(place, file, '..'), { recursive: true })
      writeFileSync(join(place, file), text)
    }
    return place
  }

  test.each([
    [
      'Barrier',
      'SSL/Barrier.pem',
      'SSL/Fingerprints/TrustedServers.txt',
      'SSL/Fingerprints/TrustedClients.txt',
    ],
    [
      'Input Leap',
      'SSL/InputLeap.pem',
      'SSL/Fingerprints/TrustedServers.txt',
      'SSL/Fingerprints/TrustedClients.txt',
    ],
    ['Deskflow', 'tls/deskflow.pem', 'tls/trusted-servers', 'tls/trusted-clients'],
  ])(
    'takes certificate and trust of %s, and says what it passes over',
    async (_, pem, servers, clients) => {
      const certificate = await makeCertificate()
      const old = Array(20).fill('AB').join(':')
      const place = profile({
        [pem]: certificate,
        [servers]: `v2:sha256:${print('d')}\n${old}\n`,
        [clients]: `v2:sha256:${print('e')}\nnonsense\n`,
      })
      const { code, out } = await trust('import', place)
      expect(code).toBe(0)
      expect(out.split('\n').slice(1)).toEqual([
        '  its certificate is ours now: who trusts it trusts us',
        `  trusted: any server with sha256:${print('d')}`,
        `  trusted: any screen with sha256:${print('e')}`,
        '  passed over: 1 by SHA-1, which is not enough; accept them when they have connected',
        '  passed over: 1 that are no fingerprint of SHA-256',
        '',
      ])
      expect(readIdentity(folder)?.pem).toBe(certificate)
      expect((await trust('import', place)).out).toContain('its certificate was left')
    },
  )

  test('leaves our own certificate, unless it is told to replace it', async () => {
    const own = await openIdentity(folder)
    const certificate = await makeCertificate()
    const place = profile({ 'SSL/Barrier.pem': certificate })
    await trust('import', place)
    expect(readIdentity(folder)).toEqual(own)
    await trust('import', place, '--replace')
    expect(readIdentity(folder)?.pem).toBe(certificate)
  })

  test('takes no certificate that is of no use, and nothing else with it', async () => {
    const place = profile({
      'SSL/Barrier.pem': 'x',
      'SSL/Fingerprints/TrustedServers.txt': `v2:sha256:${print('d')}`,
    })
    expect(await trust('import', place)).toMatchObject({ code: 6, out: '' })
    expect((await trust()).out).toContain('Nobody is trusted yet.')
  })
})

describe.skipIf(process.geteuid?.() !== 0)('as root, in the folder of another user', () => {
  const nobody = 65_534

  test('what is written is his', async () => {
    chownSync(folder, nobody, nobody)
    expect((await trust('accept', print('a'), '--screen', 'laptop')).code).toBe(0)
    const { uid, gid } = statSync(join(folder, 'trusted'))
    expect([uid, gid]).toEqual([nobody, nobody])
    expect(process.geteuid?.()).toBe(0)
  })

  test('his links lead root to nothing that he cannot read', async () => {
    chownSync(folder, nobody, nobody)
    symlinkSync('/etc/shadow', join(folder, 'pending'))
    const { code, out } = await trust()
    expect([code, out]).toEqual([4, ''])
  })
})
