import { slotFloor } from '../native/stats.ts'

/** How many durations fell between `fromNs` and `toNs`, that one excluded. */
export interface Bar {
  readonly fromNs: number
  readonly toNs: number
  readonly count: number
}

/** Steps of a power of two of the finest histogram, the engine's: struct evs_histogram in evswitch.h. */
const finestSteps = 32

/** The slot of the engine's histogram that a duration in ns falls into. */
export function slotOf(ns: number): number {
  const whole = Math.max(0, Math.floor(ns))
  if (whole < finestSteps) return whole
  // Not by Math.log2, which rounds just below a power of two up to it.
  const exponent =
    31 - Math.clz32(Math.min(whole, 0xffff_ffff)) + (whole > 0xffff_ffff ? high(whole) : 0)
  return (exponent - 4) * finestSteps + (Math.floor(whole / 2 ** (exponent - 5)) % finestSteps)
}

function high(whole: number): number {
  return 31 - Math.clz32(Math.floor(whole / 2 ** 32)) + 1
}

/**
 * Counts durations in bars that grow with them: `steps` to a power of two, so that a bar's edge is at most
 * 1/steps beside a sample. Bars without samples between others are there, with 0.
 */
export function barsOf(samples: readonly number[], steps: 1 | 2 | 4 | 8 | 16 | 32 = 8): Bar[] {
  if (samples.length === 0) return []
  const merged = finestSteps / steps
  const counts = new Map<number, number>()
  for (const sample of samples) {
    const bar = Math.floor(slotOf(sample) / merged)
    counts.set(bar, (counts.get(bar) ?? 0) + 1)
  }
  const keys = [...counts.keys()]
  const first = keys.reduce((least, key) => Math.min(least, key))
  const last = keys.reduce((most, key) => Math.max(most, key))
  return Array.from({ length: last - first + 1 }, (_, index) => ({
    fromNs: slotFloor((first + index) * merged),
    toNs: slotFloor((first + index + 1) * merged),
    count: counts.get(first + index) ?? 0,
  }))
}
