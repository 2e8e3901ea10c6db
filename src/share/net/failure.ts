import { type CloseKind, type CloseReason, closeReason } from '../protocol/close-reason.ts'

/** By what OpenSSL calls it. With TLS 1.3 a server says this after a handshake that went well for us. */
const tlsFailures: Readonly<Record<string, CloseKind>> = {
  ERR_SSL_WRONG_VERSION_NUMBER: 'wants-plain',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'wants-plain',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'wants-certificate',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'wants-certificate',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'wants-certificate',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: 'wants-certificate',
}

/** What an error of a socket means, in plain words. */
export function failureOf(error: Error): CloseReason {
  const code = 'code' in error ? String(error.code) : ''
  const kind = tlsFailures[code]
  if (kind !== undefined) return closeReason(kind)
  return closeReason('lost', code === '' ? undefined : code)
}
