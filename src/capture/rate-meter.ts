/** Longer pauses are of the hand, not of the device. */
const longestPauseUs = 50_000
/** Intervals that one measurement is made of. */
const windowSize = 64
/** With fewer intervals nothing is said. */
const fewest = 16

/**
 * Measures how often a device reports while it is used: from the median of the last intervals, so that
 * neither a pause of the hand nor a burst counts. Memory and time for one report are constant.
 */
export class RateMeter {
  readonly #intervalsUs = new Float64Array(windowSize)
  #count = 0
  #lastNs: bigint | undefined
  #highest: number | undefined

  /** A report was made at this time. */
  report(timeNs: bigint): void {
    const last = this.#lastNs
    this.#lastNs = timeNs
    if (last === undefined) return
    const intervalUs = Number(timeNs - last) / 1000
    if (intervalUs <= 0 || intervalUs > longestPauseUs) return
    this.#intervalsUs[this.#count % windowSize] = intervalUs
    this.#count++
    if (this.#count % fewest === 0) this.#measure()
  }

  /** Reports in a second while the device was used at its fastest; undefined before it was used enough. */
  get hz(): number | undefined {
    return this.#highest
  }

  #measure(): void {
    const window = this.#intervalsUs.slice(0, Math.min(this.#count, windowSize)).sort()
    const median = window[window.length >> 1] ?? longestPauseUs
    this.#highest = Math.max(this.#highest ?? 0, Math.round(1e6 / median))
  }
}
