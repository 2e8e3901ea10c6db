/** Exact figures of durations in ns; a quantile is undefined where there are too few samples to know it. */
export interface Figures {
  readonly count: number
  readonly meanNs: number | undefined
  readonly p50Ns: number | undefined
  readonly p90Ns: number | undefined
  readonly p99Ns: number | undefined
  readonly p999Ns: number | undefined
  readonly maxNs: number | undefined
}

/** Sorts all samples, and bins none. */
export function figuresOf(samples: readonly number[]): Figures {
  const sorted = Float64Array.from(samples).sort()
  const count = sorted.length
  return {
    count,
    meanNs: count === 0 ? undefined : sorted.reduce((sum, value) => sum + value, 0) / count,
    p50Ns: quantile(sorted, 0.5),
    p90Ns: quantile(sorted, 0.9),
    p99Ns: quantile(sorted, 0.99),
    p999Ns: quantile(sorted, 0.999),
    maxNs: sorted.at(-1),
  }
}

/**
 * The smallest sample that a share of all does not exceed. Undefined with fewer samples than tell it from the
 * maximum: 10 for the 90th of a hundred, 1,000 for the 999th of a thousand.
 */
export function quantile(sorted: Float64Array, share: number): number | undefined {
  const needed = Math.round(1 / (1 - share))
  if (sorted.length < needed) return undefined
  return sorted[rank(sorted.length, share)]
}

/** Where in a sorted list it stands; products such as 0.999 x 1000 come out a little too large. */
export function rank(count: number, share: number): number {
  return Math.max(0, Math.ceil(count * share - 1e-9) - 1)
}
