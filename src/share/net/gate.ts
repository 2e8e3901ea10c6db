import { networkOf } from './network-of.ts'

/** Sockets in all; those of strangers; and of those the ones from one address. */
const socketsMax = 64
const strangersMax = 16
const strangersPerAddressMax = 4
/** Each call costs us a signature: so many at once, and so many more in a second, from all, a network, an address. */
const allAllowance = { atOnce: 20, perSecond: 10 }
const networkAllowance = { atOnce: 14, perSecond: 6 }
const addressAllowance = { atOnce: 8, perSecond: 2 }
/** Addresses and networks that are remembered: who called longest ago is forgotten first. */
const rememberedMax = 256
/** However many are sent away, it is told no more often. */
const tellMs = 10_000

export type Refusal =
  | 'there are too many connections'
  | 'there are too many that are not trusted yet'
  | 'there were too many in a short time'
  | 'the TLS handshake failed'
  | 'it has no certificate'

/** Somebody who is connected and whom nobody trusts yet. */
export interface Stranger {
  readonly address: string
}

/** What becomes of a call. */
export type Verdict<S> =
  | { readonly refusal: Refusal }
  /** It may come in; who is to go for that, if there is no room beside it. */
  | { readonly refusal: undefined; readonly displaced: S | undefined }

/**
 * Decides who may come in that nobody knows yet, so that a flood costs little, fills neither memory nor log, and keeps
 * nobody out but those who make it.
 */
export class Gate {
  readonly #tell: (address: string, why: Refusal, count: number) => void
  readonly #nowMs: () => number
  readonly #calls: Calls
  /** By address, and by network where that has many of them, in the order of their last calls. */
  readonly #callers = new Map<string, Calls>()
  #untold = 0
  #toldAtMs = Number.NEGATIVE_INFINITY

  constructor(
    tell: (address: string, why: Refusal, count: number) => void,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#tell = tell
    this.#nowMs = nowMs
    this.#calls = new Calls(allAllowance, nowMs())
  }

  /** Whether one more from there may come in. @param strangers oldest first */
  judge<S extends Stranger>(address: string, sockets: number, strangers: readonly S[]): Verdict<S> {
    if (sockets >= socketsMax) return { refusal: 'there are too many connections' }
    const neighbours = strangers.filter((other) => other.address === address).length
    const network = networkOf(address)
    const networks = byNetwork(strangers)
    const isFull = strangers.length >= strangersMax
    const crowd = isFull ? longest(networks.values()) : []
    // Room is made only for who has fewer then than those who are to make it.
    const hasMost = isFull && (networks.get(network)?.length ?? 0) + 1 >= crowd.length
    if (hasMost || neighbours >= strangersPerAddressMax) {
      return { refusal: 'there are too many that are not trusted yet' }
    }
    if (!this.#mayCall(address, network)) return { refusal: 'there were too many in a short time' }
    return { refusal: undefined, displaced: crowd[0] }
  }

  /** One was sent away. */
  refuse(address: string, why: Refusal): void {
    this.#untold++
    const nowMs = this.#nowMs()
    if (nowMs - this.#toldAtMs < tellMs) return
    this.#toldAtMs = nowMs
    const count = this.#untold
    this.#untold = 0
    this.#tell(address, why, count)
  }

  /** In this order one who calls too often takes nothing from the others. */
  #mayCall(address: string, network: string): boolean {
    const nowMs = this.#nowMs()
    if (!this.#callsFrom(address, addressAllowance).take(nowMs)) return false
    if (network !== address && !this.#callsFrom(network, networkAllowance).take(nowMs)) return false
    return this.#calls.take(nowMs)
  }

  #callsFrom(caller: string, allowance: Allowance): Calls {
    const calls = this.#callers.get(caller) ?? new Calls(allowance, this.#nowMs())
    this.#callers.delete(caller)
    this.#callers.set(caller, calls)
    if (this.#callers.size > rememberedMax) {
      const [oldest] = this.#callers.keys()
      if (oldest !== undefined) this.#callers.delete(oldest)
    }
    return calls
  }
}

interface Allowance {
  readonly atOnce: number
  readonly perSecond: number
}

/** So many at once, which grow again by so much a second. */
class Calls {
  readonly #allowance: Allowance
  #left: number
  #countedAtMs: number

  constructor(allowance: Allowance, nowMs: number) {
    this.#allowance = allowance
    this.#left = allowance.atOnce
    this.#countedAtMs = nowMs
  }

  /** Whether there is one left, which is taken then. */
  take(nowMs: number): boolean {
    const earned = ((nowMs - this.#countedAtMs) / 1000) * this.#allowance.perSecond
    this.#left = Math.min(this.#allowance.atOnce, this.#left + earned)
    this.#countedAtMs = nowMs
    if (this.#left < 1) return false
    this.#left--
    return true
  }
}

function byNetwork<S extends Stranger>(strangers: readonly S[]): Map<string, S[]> {
  const groups = new Map<string, S[]>()
  for (const stranger of strangers) {
    const network = networkOf(stranger.address)
    const group = groups.get(network)
    if (group === undefined) groups.set(network, [stranger])
    else group.push(stranger)
  }
  return groups
}

function longest<T>(lists: Iterable<readonly T[]>): readonly T[] {
  let most: readonly T[] = []
  for (const list of lists) if (list.length > most.length) most = list
  return most
}
