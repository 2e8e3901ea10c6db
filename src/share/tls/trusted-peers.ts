import { join } from 'node:path'
import { EvswitchError } from '../../errors.ts'
import type { Fingerprint } from './fingerprint.ts'
import { type Peer, type PeerRole, peerLine, peersMax, readPeers } from './peer-list.ts'
import { readSmallFile, writeSmallFile } from './small-file.ts'

/** What is thought of a certificate: `expected` is the one that is trusted for this name instead. */
export type Judgement =
  | { readonly verdict: 'trusted' | 'unknown' }
  | { readonly verdict: 'changed'; readonly expected: Fingerprint }

const head =
  '# Certificates of other computers that evswitch trusts: written by `evswitch share trust`.\n'

/**
 * The peers that the user trusts, in a file that the share reads at each connection and only the user's commands write. A name
 * is worth nothing without the certificate that it is bound to, and a certificate nothing with a name that is bound to another.
 */
export class TrustedPeers {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Throws for a file that is of no use: nobody is trusted then. */
  list(): Peer[] {
    const file = readSmallFile(this.#path)
    if (file === undefined) return []
    return readPeers(file.text, this.#path).map(({ rest: _, ...peer }) => peer)
  }

  judge(role: PeerRole, name: string, fingerprint: Fingerprint): Judgement {
    const own = this.list().filter((peer) => peer.role === role)
    const bound = own.filter((peer) => peer.name === name.toLowerCase())
    const [first] = bound
    if (first === undefined) {
      const isKnown = own.some((peer) => peer.name === '*' && peer.fingerprint === fingerprint)
      return { verdict: isKnown ? 'trusted' : 'unknown' }
    }
    const isBound = bound.some((peer) => peer.fingerprint === fingerprint)
    return isBound ? { verdict: 'trusted' } : { verdict: 'changed', expected: first.fingerprint }
  }

  /** Adds peers. What was trusted under their names is not any more. */
  accept(peers: readonly Peer[]): void {
    const kept = this.list().filter(
      (old) =>
        !peers.some((peer) => isSame(peer, old) || (peer.name !== '*' && isNamed(peer, old))),
    )
    this.#write([...kept, ...peers])
  }

  forget(peers: readonly Peer[]): void {
    this.#write(this.list().filter((old) => !peers.some((peer) => isSame(peer, old))))
  }

  get #path(): string {
    return join(this.#folder, 'trusted')
  }

  #write(peers: readonly Peer[]): void {
    if (peers.length > peersMax) {
      throw new EvswitchError('usage', `there is room for ${peersMax} peers`, {
        remedy: '`evswitch share trust forget` makes some',
      })
    }
    writeSmallFile(this.#path, head + peers.map((peer) => peerLine(peer)).join(''), 0o600)
  }
}

function isNamed(one: Peer, other: Peer): boolean {
  return one.role === other.role && one.name === other.name
}

function isSame(one: Peer, other: Peer): boolean {
  return isNamed(one, other) && one.fingerprint === other.fingerprint
}
