import { EvswitchError } from '../../errors.ts'
import type { Peer } from './peer-list.ts'

/** Fewer digits of a fingerprint are too easily hit by chance, or on purpose. */
const digitsMin = 8

/**
 * The one of these peers that is meant by a name, or by the beginning of a fingerprint. Throws where there is none; and where several
 * have the name, since a stranger may call itself by any.
 */
export function choosePeer<P extends Peer>(peers: readonly P[], who: string): P {
  const word = who.trim().toLowerCase()
  const digits = word.replace(/^(?:v2:)?sha256:/, '').replaceAll(':', '')
  const isPrefix = digits.length >= digitsMin && /^[0-9a-f]+$/.test(digits)
  const named = peers.filter((peer) => peer.name === word)
  const found =
    named.length > 0
      ? named
      : peers.filter((peer) => isPrefix && peer.fingerprint.startsWith(digits))
  const [first, second] = found
  if (first === undefined) {
    throw new EvswitchError('usage', `there is no peer ${JSON.stringify(who)}`, {
      remedy: '`evswitch share trust` shows all; a fingerprint may be cut after eight digits',
    })
  }
  if (second !== undefined) {
    throw new EvswitchError('usage', `${found.length} peers are called ${JSON.stringify(who)}`, {
      remedy: `say which, by its fingerprint: ${found.map((peer) => peer.fingerprint.slice(0, 16)).join(', ')}`,
    })
  }
  return first
}
