import koffi from 'koffi'
import { counters, histogramKinds, histogramSlots, statsStruct, structs } from './abi.ts'

/** Steps of a power of two: a value is known within 1/32. */
const steps = 32

export const statsSize = koffi.sizeof(statsStruct)

type CounterName = (typeof counters)[number]
type HistogramName = keyof typeof histogramKinds

/** Everything in the statistics page at one moment, under the names of the header. */
export interface StatsRecord {
  readonly counters: Readonly<Record<CounterName, number>>
  readonly histograms: Readonly<Record<HistogramName, HistogramRecord>>
}

/** Durations in ns. What is recorded while it is read may be in `count` and not yet in a slot. */
export interface HistogramRecord {
  readonly count: number
  readonly sumNs: number
  readonly maxNs: number
  /** How many durations fell into each slot: see `slotFloor`. */
  readonly slots: Float64Array
}

/** The lowest duration of a slot, in ns: struct evs_histogram in evswitch.h. */
export function slotFloor(slot: number): number {
  if (slot < steps) return slot
  return (steps + (slot % steps)) * 2 ** (Math.floor(slot / steps) - 1)
}

/**
 * The duration in ns that a share of all (0.5 = the median) did not exceed: the top of its slot, but never
 * more than the longest. Undefined when nothing was recorded.
 */
export function percentile(histogram: HistogramRecord, share: number): number | undefined {
  const total = histogram.slots.reduce((sum, count) => sum + count, 0)
  if (total === 0) return undefined
  let left = Math.max(1, Math.ceil(total * share))
  for (const [slot, count] of histogram.slots.entries()) {
    left -= count
    if (left <= 0) return Math.min(slotFloor(slot + 1) - 1, histogram.maxNs)
  }
  return histogram.maxNs
}

/**
 * The statistics page of an engine, written by its thread all the time. Counters are read one by one: each
 * is whole, together they are of about the same moment.
 */
export class StatsPage {
  readonly #words: BigUint64Array

  /** @param page the `statsSize` bytes of a struct evs_stats */
  constructor(page: ArrayBuffer) {
    this.#words = new BigUint64Array(page, 0, statsSize / BigUint64Array.BYTES_PER_ELEMENT)
  }

  read(): StatsRecord {
    return {
      counters: mapKeys(counters, (_, index) => this.#word(index)),
      histograms: mapKeys(Object.keys(histogramKinds) as HistogramName[], (name) =>
        this.#histogram(histogramKinds[name]),
      ),
    }
  }

  #histogram(kind: number): HistogramRecord {
    const first = wordOf(koffi.offsetof(statsStruct, 'histograms')) + kind * histogramWords
    const member = (name: string) =>
      this.#word(first + wordOf(koffi.offsetof(structs.histogram, name)))
    const slots = first + wordOf(koffi.offsetof(structs.histogram, 'slots'))
    return {
      count: member('count'),
      sumNs: member('sum_ns'),
      maxNs: member('max_ns'),
      slots: Float64Array.from({ length: histogramSlots }, (_, slot) => this.#word(slots + slot)),
    }
  }

  /** Exact up to 2^53, which is 104 days of ns or more events than a keyboard lasts. */
  #word(index: number): number {
    return Number(Atomics.load(this.#words, index))
  }
}

const histogramWords = wordOf(koffi.sizeof(structs.histogram))

function wordOf(bytes: number): number {
  return bytes / BigUint64Array.BYTES_PER_ELEMENT
}

function mapKeys<Key extends string, Value>(
  keys: readonly Key[],
  value: (key: Key, index: number) => Value,
): Record<Key, Value> {
  return Object.fromEntries(keys.map((key, index) => [key, value(key, index)])) as Record<
    Key,
    Value
  >
}
