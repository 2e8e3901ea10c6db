import fc from 'fast-check'
import { expect, test } from 'vitest'
import { barsOf, slotOf } from '../../src/bench/histogram.ts'
import { figuresOf, quantile, rank } from '../../src/bench/samples.ts'
import { percentile, slotFloor } from '../../src/native/stats.ts'

/** Durations up to 68 s, small and large ones alike often, and each with neighbours at powers of two. */
const duration = fc
  .tuple(fc.integer({ min: 0, max: 35 }), fc.double({ min: 1, max: 2, noNaN: true }))
  .map(([exponent, factor]) => Math.floor(2 ** exponent * factor))
  .filter((ns) => ns < 2 ** 36)
const durations = fc.array(duration, { minLength: 1, maxLength: 500 })

function histogramOf(samples: readonly number[]) {
  const slots = new Float64Array(1024)
  for (const sample of samples) slots[slotOf(sample)] = (slots[slotOf(sample)] ?? 0) + 1
  return {
    count: samples.length,
    sumNs: samples.reduce((sum, ns) => sum + ns, 0),
    maxNs: Math.max(...samples),
    slots,
  }
}

test('a duration lies in its slot', () => {
  fc.assert(
    fc.property(duration, (ns) => {
      const slot = slotOf(ns)
      expect(slotFloor(slot)).toBeLessThanOrEqual(ns)
      expect(slotFloor(slot + 1)).toBeGreaterThan(ns)
    }),
  )
})

test("the engine's histogram tells each quantile of sorted samples from above, within 1/32", () => {
  fc.assert(
    fc.property(durations, fc.constantFrom(0.5, 0.9, 0.99, 0.999, 1), (samples, share) => {
      const sorted = [...samples].sort((a, b) => a - b)
      const exact = sorted[rank(sorted.length, share)] ?? Number.NaN
      const told = percentile(histogramOf(samples), share) ?? Number.NaN
      expect(told).toBeGreaterThanOrEqual(exact)
      expect(told).toBeLessThanOrEqual(exact + exact / 32)
    }),
  )
})

test('bars hold every sample once, in their place, with no gap between them', () => {
  const steps = fc.constantFrom<1 | 2 | 4 | 8 | 16 | 32>(1, 2, 4, 8, 16, 32)
  fc.assert(
    fc.property(durations, steps, (samples, of) => {
      const bars = barsOf(samples, of)
      for (const { fromNs, toNs, count } of bars) {
        expect(count).toBe(samples.filter((ns) => ns >= fromNs && ns < toNs).length)
      }
      expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe(samples.length)
      expect(bars.slice(1).map(({ fromNs }) => fromNs)).toEqual(
        bars.slice(0, -1).map(({ toNs }) => toNs),
      )
      expect(bars[0]?.count).toBeGreaterThan(0)
      expect(bars.at(-1)?.count).toBeGreaterThan(0)
    }),
  )
})

test('figures are those of the sorted samples, and none is told that too few samples know', () => {
  const thousand = Array.from({ length: 1000 }, (_, index) => 1000 - index)
  expect(figuresOf(thousand)).toEqual({
    count: 1000,
    meanNs: 500.5,
    p50Ns: 500,
    p90Ns: 900,
    p99Ns: 990,
    p999Ns: 999,
    maxNs: 1000,
  })
  expect(figuresOf(thousand.slice(0, 999)).p999Ns).toBeUndefined()
  expect(figuresOf([7])).toEqual({ count: 1, meanNs: 7, maxNs: 7 })
  expect(figuresOf([])).toEqual({ count: 0 })
})

test('a quantile is the smallest sample that its share of all does not exceed', () => {
  fc.assert(
    fc.property(durations, fc.constantFrom(0.5, 0.9, 0.99), (samples, share) => {
      const sorted = Float64Array.from(samples).sort()
      const found = quantile(sorted, share)
      fc.pre(found !== undefined)
      const below = (limit: number) => sorted.filter((ns) => ns <= limit).length
      expect(below(found ?? 0)).toBeGreaterThanOrEqual(share * sorted.length - 1e-9)
      expect(below((found ?? 0) - 1)).toBeLessThan(share * sorted.length)
    }),
  )
})
