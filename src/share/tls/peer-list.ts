import { EvswitchError } from '../../errors.ts'
import { isScreenName } from '../protocol/input.ts'
import { type Fingerprint, readFingerprint } from './fingerprint.ts'

/** What a peer is to us: a screen that we serve, or a server that we join. */
export type PeerRole = 'screen' | 'server'

export interface Peer {
  readonly role: PeerRole
  /** Of a screen; of a server its address. `*` is any that has no certificate of its own in the list. */
  readonly name: string
  readonly fingerprint: Fingerprint
}

/** More computers than anybody has on a desk. */
export const peersMax = 256

const nameMax = 255

/**
 * Reads a list of peers: one in each line, its role, its name and its fingerprint, and behind it what is known besides. Throws
 * for a line that is something else.
 */
export function readPeers(text: string, path: string): (Peer & { readonly rest: string[] })[] {
  const peers = []
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue
    const [role = '', name = '', digits = '', ...rest] = line.trim().split(/\s+/)
    const fingerprint = readFingerprint(digits)
    const isPeer = isRole(role) && isPeerName(role, name)
    if (!isPeer || fingerprint === undefined) {
      throw new EvswitchError('bad-share-file', `${path}:${index + 1}: no peer stands here`, {
        remedy: 'a line is: screen or server, its name, sha256: and 64 digits',
      })
    }
    peers.push({ role, name: name.toLowerCase(), fingerprint, rest })
    if (peers.length > peersMax) {
      throw new EvswitchError('bad-share-file', `${path} has more than ${peersMax} peers`)
    }
  }
  return peers
}

export function peerLine({ role, name, fingerprint }: Peer, ...rest: readonly string[]): string {
  return `${[role, name, `sha256:${fingerprint}`, ...rest].join(' ')}\n`
}

/** A peer as a person tells it. Throws for a name that cannot be one. */
export function peerOf(role: PeerRole, name: string, fingerprint: Fingerprint): Peer {
  if (isPeerName(role, name)) return { role, name: name.toLowerCase(), fingerprint }
  throw new EvswitchError('usage', `${JSON.stringify(name)} cannot be the name of a ${role}`)
}

function isRole(text: string): text is PeerRole {
  return text === 'screen' || text === 'server'
}

/** Addresses of servers are names or numbers with a port; both are printable. */
function isPeerName(role: PeerRole, name: string): boolean {
  if (name === '*') return true
  if (role === 'screen') return name.length <= nameMax && isScreenName(name)
  return name.length <= nameMax + 8 && /^[\w.:%[\]-]+$/.test(name)
}
