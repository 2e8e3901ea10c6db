import { clip, printable } from '../devices/sanitize.ts'
import type { Fingerprint } from '../share/tls/fingerprint.ts'
import type { Profile } from '../share/tls/import-profile.ts'
import type { Peer } from '../share/tls/peer-list.ts'
import type { PendingPeer } from '../share/tls/pending-peers.ts'

/** What is known of certificates. */
export interface TrustFacts {
  /** Undefined before the share has run for the first time. */
  readonly own: Fingerprint | undefined
  readonly trusted: readonly Peer[]
  /** Newest last. */
  readonly pending: readonly PendingPeer[]
}

const nameColumns = 24

export function trustText({ own, trusted, pending }: TrustFacts): string {
  const lines = [
    `This computer  ${own === undefined ? 'none yet: the share makes it at its first start' : digits(own)}`,
    '',
    ...(trusted.length === 0 ? ['Nobody is trusted yet.'] : ['Trusted', ...trusted.map(row)]),
  ]
  if (pending.length > 0) {
    lines.push('', 'Seen, and not trusted')
    for (const peer of pending) {
      lines.push(
        row(peer),
        `  ${''.padEnd(7 + nameColumns)} from ${printable(peer.address)}, ${seenText(peer.seen)}`,
      )
      const other = trusted.find(({ role, name }) => role === peer.role && name === peer.name)
      if (other !== undefined) {
        lines.push('          A PEER OF THIS NAME IS TRUSTED WITH ANOTHER CERTIFICATE, see above')
      }
    }
    lines.push(
      '',
      'Compare the digits with what the other computer shows, then: evswitch share trust accept NAME',
    )
  }
  return `${lines.join('\n')}\n`
}

export function peerText({ role, name, fingerprint }: Peer): string {
  return `${name === '*' ? `any ${role}` : `${role} ${name}`} with ${digits(fingerprint)}`
}

/** What came in from a profile. */
export function importText(
  { folder, peers, passedOver }: Profile,
  certificate: 'taken' | 'kept' | 'none',
): string {
  const certificateText = {
    taken: 'its certificate is ours now: who trusts it trusts us',
    kept: 'its certificate was left, since we have one (--replace takes it)',
    none: 'it has no certificate',
  }[certificate]
  const lines = [
    printable(folder),
    `  ${certificateText}`,
    ...peers.map((peer) => `  trusted: ${peerText(peer)}`),
  ]
  if (passedOver.old > 0) {
    lines.push(
      `  passed over: ${passedOver.old} by SHA-1, which is not enough; accept them when they have connected`,
    )
  }
  if (passedOver.unknown > 0)
    lines.push(`  passed over: ${passedOver.unknown} that are no fingerprint of SHA-256`)
  return `${lines.join('\n')}\n`
}

function row({ role, name, fingerprint }: Peer): string {
  return `  ${role.padEnd(7)}${clip(name, nameColumns - 1).padEnd(nameColumns)} ${digits(fingerprint)}`
}

/** In the form that Barrier and its heirs show. */
function digits(fingerprint: Fingerprint): string {
  return `sha256:${fingerprint}`
}

/** The file is no secret of ours alone: a date there may be anything. */
function seenText(seen: string): string {
  const date = new Date(seen)
  if (Number.isNaN(date.getTime())) return 'some time ago'
  return date.toISOString().replace('T', ' ').slice(0, 16)
}
