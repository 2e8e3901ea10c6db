/** Figures of one run of the tool `pace`, and what one run adds to another. */

export const FRAME_KINDS = ['mouse', 'key'] as const
export type FrameKind = (typeof FRAME_KINDS)[number]

/** Exact figures of sorted latencies, nanoseconds of the lab's virtual time. */
export type Figures = {
  readonly meanNs: number
  readonly minNs: number
  readonly p50Ns: number
  readonly p90Ns: number
  readonly p99Ns: number
  readonly p999Ns: number
  readonly maxNs: number
}

/** What one run of `pace` prints: a line of JSON. */
export type Run = Figures & { readonly label: string; readonly frames: number }

export const FIGURES = ['meanNs', 'minNs', 'p50Ns', 'p90Ns', 'p99Ns', 'p999Ns', 'maxNs'] as const

/** Picks the runs out of a script's output, which may hold other lines. */
export function parseRuns(output: string): ReadonlyMap<string, Run> {
  const runs = new Map<string, Run>()
  for (const line of output.split('\n')) {
    if (!line.startsWith('{"label"')) continue
    const run = JSON.parse(line) as Run
    if (FIGURES.some((name) => !Number.isFinite(run[name]))) {
      throw new Error(`pace printed an incomplete line: ${line}`)
    }
    runs.set(run.label, run)
  }
  return runs
}

/**
 * What a forwarder adds: each figure of the whole way minus the same figure of the direct way. For
 * the mean that is exact; for a quantile it is the distance of two quantiles.
 */
export function subtract(whole: Figures, direct: Figures): Figures {
  const entries = FIGURES.map((name) => [name, whole[name] - direct[name]] as const)
  return Object.fromEntries(entries) as Record<(typeof FIGURES)[number], number>
}
