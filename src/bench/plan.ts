import type { Case } from './report.ts'

/** Reports a second of mice that are sold, from the oldest USB mouse to the fastest. */
export const mouseRates: readonly number[] = [125, 1000, 4000, 8000]
/** Presses and releases of somebody who types very fast, 20 keys a second. */
export const typingRate = 40

export interface PlanOptions {
  readonly rates: readonly number[]
  readonly seconds: number
  readonly realtime: boolean
}

/** One thing to be measured; throughput and switching come after the cases. */
export type Step =
  | { readonly kind: 'case'; readonly of: Case; readonly frames: number }
  | { readonly kind: 'switching'; readonly realtime: boolean }
  | { readonly kind: 'throughput'; readonly devices: number; readonly realtime: boolean }

/** Enough for a 90th percentile of rare frames. */
const fewestFrames = 20

/** What is measured, in this order: what an interrupted run has is what matters most. */
export function makePlan({ rates, seconds, realtime }: PlanOptions): Step[] {
  const frames = (hz: number) => Math.max(fewestFrames, Math.round(hz * seconds))
  const kinds = [
    ...rates.map((hz) => ({ kind: 'mouse', hz }) as const),
    { kind: 'key', hz: typingRate } as const,
  ]
  const schedulings = realtime ? [true, false] : [false]
  const cases = [false, true].flatMap((busy) =>
    kinds.flatMap((what) => [
      { way: 'direct', ...what, busy, realtime: false } as const,
      ...schedulings.map((with_) => ({ way: 'evswitch', ...what, busy, realtime: with_ }) as const),
    ]),
  )
  return [
    ...cases.map((of): Step => ({ kind: 'case', of, frames: frames(of.hz) })),
    { kind: 'switching', realtime },
    { kind: 'throughput', devices: 1, realtime },
    { kind: 'throughput', devices: 8, realtime },
  ]
}
