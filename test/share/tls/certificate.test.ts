import { execFileSync, spawnSync } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { makeCertificate } from '../../../src/share/tls/certificate.ts'
import { readFingerprint } from '../../../src/share/tls/fingerprint.ts'
import {
  certificateFile,
  openIdentity,
  readIdentity,
  writeIdentity,
} from '../../../src/share/tls/identity.ts'
import { temporaryFolder } from '../folder.ts'

let pem: string
beforeAll(async () => {
  pem = await makeCertificate()
})

describe('a new certificate', () => {
  test('is one for Node: signed by its own key, with a number above zero', () => {
    const certificate = new X509Certificate(pem)
    expect(certificate.subject).toBe('CN=evswitch')
    expect(certificate.issuer).toBe('CN=evswitch')
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    expect(certificate.checkPrivateKey(createPrivateKey(pem))).toBe(true)
    expect(certificate.serialNumber).toMatch(/^4[0-9A-F]{31}$/)
    expect(certificate.publicKey.asymmetricKeyDetails).toMatchObject({ modulusLength: 2048 })
  })

  test.skipIf(spawnSync('openssl', ['version']).status !== 0)(
    'is one for OpenSSL, whatever the date is',
    () => {
      const text = execFileSync('openssl', ['x509', '-noout', '-text', '-fingerprint', '-sha256'], {
        input: pem,
        encoding: 'utf8',
      })
      expect(text).toContain('Version: 3 (0x2)')
      expect(text).toContain('Signature Algorithm: sha256WithRSAEncryption')
      expect(text).toContain('Not Before: Jan  1 00:00:00 2000 GMT')
      expect(text).toContain('Not After : Dec 31 23:59:59 9999 GMT')
      const fingerprint = readFingerprint(/Fingerprint=(.*)/.exec(text)?.[1] ?? '')
      expect(fingerprint).toBe(readFingerprint(new X509Certificate(pem).fingerprint256))
      const folder = temporaryFolder()
      const file = join(folder, 'a.pem')
      writeFileSync(file, pem)
      expect(
        execFileSync('openssl', ['verify', '-CAfile', file, file], { encoding: 'utf8' }),
      ).toContain('OK')
    },
  )

  test('is another one each time', async () => {
    expect(new X509Certificate(await makeCertificate()).serialNumber).not.toBe(
      new X509Certificate(pem).serialNumber,
    )
  })
})

describe('the identity of a share', () => {
  test('is made once, for nobody else to read, and is the same later', async () => {
    const folder = join(temporaryFolder(), 'share')
    expect(readIdentity(folder)).toBe(undefined)
    const first = await openIdentity(folder)
    const { mode } = statSync(certificateFile(folder))
    expect(mode & 0o777).toBe(0o600)
    expect(await openIdentity(folder)).toEqual(first)
    expect(first.fingerprint).toBe(readFingerprint(new X509Certificate(first.pem).fingerprint256))
    expect(readdirSync(folder)).toEqual(['certificate.pem'])
  })

  test('is refused when others can read its key', () => {
    const folder = temporaryFolder()
    writeIdentity(folder, pem)
    chmodSync(certificateFile(folder), 0o640)
    expect(() => readIdentity(folder)).toThrow(/other users can read the key in .*\nchmod 600/)
  })

  test.each([
    ['without a key', (text: string) => text.slice(text.indexOf('-----BEGIN CERT'))],
    ['without a certificate', (text: string) => text.slice(0, text.indexOf('-----BEGIN CERT'))],
    ['that is text', () => 'hello'],
    ['that is empty', () => ''],
  ])('is no file %s, and it is not replaced', async (_, spoil) => {
    const folder = temporaryFolder()
    writeIdentity(folder, spoil(pem))
    await expect(openIdentity(folder)).rejects.toMatchObject({
      code: 'bad-share-file',
      exitCode: 6,
    })
  })

  test('is no certificate of another key', async () => {
    const folder = temporaryFolder()
    const other = await makeCertificate()
    writeIdentity(
      folder,
      pem.replace(/-----BEGIN CERT[\s\S]*/, other.slice(other.indexOf('-----BEGIN CERT'))),
    )
    await expect(openIdentity(folder)).rejects.toMatchObject({ code: 'bad-share-file' })
  })

  test('is no directory, no pipe that one would wait for, and nothing without end', () => {
    const folder = temporaryFolder()
    mkdirSync(certificateFile(folder))
    expect(() => readIdentity(folder)).toThrow('it is no file')
    const other = temporaryFolder()
    execFileSync('mkfifo', [certificateFile(other)])
    expect(() => readIdentity(other)).toThrow('it is no file')
    const third = temporaryFolder()
    writeFileSync(certificateFile(third), Buffer.alloc(70_000), { mode: 0o600 })
    expect(() => readIdentity(third)).toThrow('more than 65536 bytes')
  })

  test('survives an attempt that was cut off', async () => {
    const folder = temporaryFolder()
    writeFileSync(`${certificateFile(folder)}.${process.pid}.new`, 'half a')
    await openIdentity(folder)
    expect(existsSync(`${certificateFile(folder)}.${process.pid}.new`)).toBe(false)
    expect(readIdentity(folder)).toBeDefined()
  })
})

test.each([
  ['ab'.repeat(32)],
  ['AB'.repeat(32)],
  [`v2:sha256:${'ab'.repeat(32)}`],
  [`sha256:${'ab'.repeat(32)}`],
  [` ${Array(32).fill('AB').join(':')}\n`],
])('a fingerprint may be written as %s', (text) => {
  expect(readFingerprint(text)).toBe('ab'.repeat(32))
})

test.each(['', 'ab'.repeat(31), 'ab'.repeat(33), `sha1:${'ab'.repeat(20)}`, 'xy'.repeat(32)])(
  '%j is none',
  (text) => {
    expect(readFingerprint(text)).toBe(undefined)
  },
)
