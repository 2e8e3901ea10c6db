/** Why a connection is over. */
export type CloseKind = keyof typeof reasons

export interface CloseReason {
  readonly kind: CloseKind
  /** One line for people. */
  readonly text: string
  /** What to do about it. */
  readonly remedy: string | undefined
}

const trust = '`evswitch share trust` shows both, and accepts one'

/** In words: what happened, and what helps where something does. */
const reasons = {
  ended: ['it was ended on this side'],
  bye: ['the other side ended the connection'],
  lost: ['the connection was lost'],
  silent: ['the other side does not answer any more'],
  slow: ['the other side does not keep up with what it is sent'],
  malformed: ['the other side does not speak Barrier'],
  complained: ['the other side took a message for none (EBAD)'],
  unreachable: ['there is no connection to the other side'],
  handshake: ['the other side did not finish the handshake in time'],
  'refused-version': ['the two sides speak different versions of Barrier'],
  'refused-greeting': [
    'the server hung up at the greeting',
    'it wants another version of Barrier, or does not like the name of the screen',
  ],
  'unknown-screen': [
    'the server has no screen of this name, or does not trust this certificate for it',
    'add the screen to the configuration of the server',
  ],
  'screen-in-use': [
    'a screen of this name is connected already',
    'it is tried again until the other connection has ended',
  ],
  'wants-tls': ['the server says nothing', 'it probably wants TLS: leave the plain mode off'],
  'distrusts-us': [
    'the server says nothing',
    'it probably does not trust this certificate: add its fingerprint to the trusted clients of the server',
  ],
  'wants-plain': [
    'the server does not speak TLS',
    'switch TLS on there; or ask for the plain mode, in which everybody on the way can read every key',
  ],
  'wants-certificate': [
    'the server wants a certificate that it knows',
    'add the fingerprint of this certificate to the trusted clients of the server',
  ],
  untrusted: ['the certificate of the other side is not known', trust],
  'certificate-changed': [
    'the other side has another certificate than the one that is trusted',
    trust,
  ],
} as const satisfies Readonly<Record<string, readonly [text: string, remedy?: string]>>

/** @param detail what is known beyond that: an errno, two fingerprints. Never what a peer said. */
export function closeReason(kind: CloseKind, detail?: string): CloseReason {
  const [text, remedy] = reasons[kind] as readonly [string, string?]
  return { kind, text: detail === undefined ? text : `${text}: ${detail}`, remedy }
}
