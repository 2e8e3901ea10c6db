/** Time for what is not to know of the real one. */
export interface Clock {
  /** Milliseconds that only ever grow, whatever is done to the date. */
  nowMs(): number
  /** Calls once, after so long. Returns what takes it back, and does no harm afterwards. */
  after(delayMs: number, run: () => void): () => void
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
}
