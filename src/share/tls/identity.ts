import { createPrivateKey, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { EvswitchError } from '../../errors.ts'
import { makeCertificate } from './certificate.ts'
import { type Fingerprint, fingerprintOf } from './fingerprint.ts'
import { readSmallFile, writeSmallFile } from './small-file.ts'

/** Who we are to peers. */
export interface Identity {
  /** The key and the certificate. */
  readonly pem: string
  readonly fingerprint: Fingerprint
}

const privateMode = 0o600
const readableByOthers = 0o077

export function certificateFile(folder: string): string {
  return join(folder, 'certificate.pem')
}

/** The certificate in a share's folder; undefined where there is none yet. Throws for one that is of no use, or that others can read. */
export function readIdentity(folder: string): Identity | undefined {
  const path = certificateFile(folder)
  const file = readSmallFile(path)
  if (file === undefined) return undefined
  if ((file.mode & readableByOthers) !== 0) {
    throw new EvswitchError('bad-share-file', `other users can read the key in ${path}`, {
      remedy: `chmod 600 ${path}; or remove the file, and let every peer trust the new one`,
    })
  }
  return identityOf(file.text, path)
}

/** The same, with a new certificate where there is none. */
export async function openIdentity(folder: string): Promise<Identity> {
  const known = readIdentity(folder)
  if (known !== undefined) return known
  const pem = await makeCertificate()
  writeIdentity(folder, pem)
  return identityOf(pem, certificateFile(folder))
}

export function writeIdentity(folder: string, pem: string): void {
  writeSmallFile(certificateFile(folder), pem, privateMode)
}

/** Reads a PEM with a key and the certificate of it, which others made perhaps. */
export function identityOf(pem: string, path: string): Identity {
  try {
    const certificate = new X509Certificate(pem)
    if (certificate.checkPrivateKey(createPrivateKey(pem))) {
      return { pem, fingerprint: fingerprintOf(certificate.raw) }
    }
  } catch {
    // What OpenSSL says about it helps nobody.
  }
  throw new EvswitchError('bad-share-file', `${path} has no private key with a certificate of it`)
}
