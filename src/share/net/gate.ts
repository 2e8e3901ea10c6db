/** Sockets in all; those of strangers; and of those the ones from one address. */
const socketsMax = 64
const strangersMax = 16
const strangersPerAddressMax = 4
/** Each costs us a signature: so many at once, and so many more in a second. */
const callsAtOnce = 20
const callsPerSecond = 10
/** However many are sent away, it is told no more often. */
const tellMs = 10_000

export type Refusal =
  | 'there are too many connections'
  | 'there are too many that are not trusted yet'
  | 'there were too many in a short time'
  | 'the TLS handshake failed'
  | 'it has no certificate'

/** Decides who may come in that nobody knows yet, so that a flood costs little, and fills neither memory nor log. */
export class Gate {
  readonly #tell: (address: string, why: Refusal, count: number) => void
  readonly #nowMs: () => number
  #calls = callsAtOnce
  #countedAtMs: number
  #untold = 0
  #toldAtMs = Number.NEGATIVE_INFINITY

  constructor(
    tell: (address: string, why: Refusal, count: number) => void,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#tell = tell
    this.#nowMs = nowMs
    this.#countedAtMs = nowMs()
  }

  /** Why one more from there may not come in. */
  refusalOf(
    address: string,
    sockets: number,
    strangers: readonly { readonly address: string }[],
  ): Refusal | undefined {
    if (sockets >= socketsMax) return 'there are too many connections'
    const neighbours = strangers.filter((other) => other.address === address).length
    if (strangers.length >= strangersMax || neighbours >= strangersPerAddressMax) {
      return 'there are too many that are not trusted yet'
    }
    const nowMs = this.#nowMs()
    const earned = ((nowMs - this.#countedAtMs) / 1000) * callsPerSecond
    this.#calls = Math.min(callsAtOnce, this.#calls + earned)
    this.#countedAtMs = nowMs
    if (this.#calls < 1) return 'there were too many in a short time'
    this.#calls--
    return undefined
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
}
