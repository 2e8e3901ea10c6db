import { createHash } from 'node:crypto'
import type { TLSSocket } from 'node:tls'

/** SHA-256 of a certificate in DER, 64 lower-case hexadecimal digits. */
export type Fingerprint = string

export function fingerprintOf(certificate: Uint8Array): Fingerprint {
  return createHash('sha256').update(certificate).digest('hex')
}

/** Of the certificate that a peer has shown; undefined when it has none. */
export function peerFingerprint(socket: TLSSocket): Fingerprint | undefined {
  // Without a certificate it is an empty object, whatever its type says.
  const { raw } = socket.getPeerCertificate() as { raw?: Buffer }
  return raw === undefined ? undefined : fingerprintOf(raw)
}

/** A fingerprint as programs write it: with or without colons, in either case, alone or behind `sha256:` or `v2:sha256:`. */
export function readFingerprint(text: string): Fingerprint | undefined {
  const digits = text
    .trim()
    .toLowerCase()
    .replace(/^(?:v2:)?sha256:/, '')
    .replaceAll(':', '')
  return /^[0-9a-f]{64}$/.test(digits) ? digits : undefined
}
