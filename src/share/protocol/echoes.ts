/** Keep-alives on their way to a client and back. What was sent before one was read when it comes back. */
export class Echoes {
  /** Of the last one that came back. */
  roundTripMs: number | undefined
  readonly #sentAtMs: number[] = []

  get isWaiting(): boolean {
    return this.#sentAtMs.length > 0
  }

  sent(nowMs: number): void {
    if (this.#sentAtMs.length < waitingMax) this.#sentAtMs.push(nowMs)
  }

  /** One came back; they keep their order. */
  heard(nowMs: number): void {
    const sentAtMs = this.#sentAtMs.shift()
    if (sentAtMs !== undefined) this.roundTripMs = nowMs - sentAtMs
  }

  /** How long the oldest has been away. */
  waitingMs(nowMs: number): number {
    return nowMs - (this.#sentAtMs[0] ?? nowMs)
  }
}

/** A client that owes so many is given up long before. */
const waitingMax = 16
