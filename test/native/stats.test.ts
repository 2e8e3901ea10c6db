import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { counters, histogramKinds, histogramSlots } from '../../src/native/abi.ts'
import {
  type HistogramRecord,
  percentile,
  StatsPage,
  slotFloor,
  statsSize,
} from '../../src/native/stats.ts'

/** The formula in evswitch.h, with whole numbers of any size. */
function slotOf(ns: bigint): number {
  if (ns < 32n) return Number(ns)
  const exponent = ns.toString(2).length - 1
  const step = Number((ns >> BigInt(exponent - 5)) & 31n)
  return Math.min((exponent - 4) * 32 + step, histogramSlots - 1)
}

function histogram(...durations: readonly number[]): HistogramRecord {
  const slots = new Float64Array(histogramSlots)
  for (const ns of durations) {
    const slot = slotOf(BigInt(ns))
    slots[slot] = (slots[slot] ?? 0) + 1
  }
  const sumNs = durations.reduce((sum, ns) => sum + ns, 0)
  return { count: durations.length, sumNs, maxNs: Math.max(0, ...durations), slots }
}

describe('a histogram', () => {
  test('has slots that follow each other without a gap', () => {
    for (let slot = 0; slot < histogramSlots - 1; slot++) {
      expect(slotOf(BigInt(slotFloor(slot)))).toBe(slot)
      expect(slotOf(BigInt(slotFloor(slot + 1) - 1))).toBe(slot)
    }
  })

  test('knows a percentile within one part in 32, and never above the longest', () => {
    const durations = fc.array(fc.integer({ min: 1, max: 2 ** 31 - 1 }), { minLength: 1 })
    fc.assert(
      fc.property(durations, fc.double({ min: 0, max: 1, noNaN: true }), (all, share) => {
        const sorted = [...all].sort((a, b) => a - b)
        const exact = sorted[Math.max(1, Math.ceil(all.length * share)) - 1] ?? 0
        const found = percentile(histogram(...all), share) ?? 0
        expect(found).toBeGreaterThanOrEqual(exact)
        expect(found).toBeLessThanOrEqual(Math.min(exact * (1 + 1 / 32), sorted.at(-1) ?? 0))
      }),
    )
  })

  test('that is empty has no percentile', () => {
    expect(percentile(histogram(), 0.5)).toBe(undefined)
  })
})

test('the statistics page is read word by word', () => {
  const page = new ArrayBuffer(statsSize)
  const words = new BigUint64Array(page)
  words.forEach((_, index) => {
    words[index] = BigInt(index)
  })
  const stats = new StatsPage(page).read()
  expect(Object.values(stats.counters)).toEqual([...counters.keys()])
  const first = stats.histograms.MOUSE
  expect([first.sumNs, first.maxNs]).toEqual([first.count + 1, first.count + 2])
  expect(first.slots[0]).toBe(first.count + 4)
  const last = stats.histograms.UNGRAB
  expect(last.slots.at(-1)).toBe(words.length - 1)
  expect(Object.keys(stats.histograms)).toEqual(Object.keys(histogramKinds))
})
