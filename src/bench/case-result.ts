import type { Latency } from '../engine/types.ts'
import { barsOf } from './histogram.ts'
import type { Beats } from './metronome.ts'
import type { Case, CaseResult } from './report.ts'
import { figuresOf } from './samples.ts'

/** So many points have room beside each other on a chart. */
const timelinePoints = 400
/** Of the wanted rate; less is another rate. */
const reachedShare = 0.99

/** What the engine says of the run. */
export interface EngineSide {
  readonly latency: Latency
  readonly cpuNs: number | undefined
}

/** From what the metronome saw to what is reported. */
export function caseResult(what: Case, beats: Beats, engine?: EngineSide): CaseResult {
  const arrived = beats.tookNs.flatMap((tookNs, index) =>
    tookNs === null ? [] : [{ index, tookNs, lateNs: beats.lateNs[index] ?? 0 }],
  )
  const latencies = arrived.map(({ tookNs, lateNs }) => tookNs + lateNs)
  const late = figuresOf(beats.lateNs)
  const reachedHz = rateOf(beats)
  const cpuNs = engine?.cpuNs
  return {
    ...what,
    sent: beats.sent,
    lost: beats.sent - beats.received,
    reachedHz,
    held: isHeld(what, reachedHz, late.p90Ns ?? late.maxNs ?? 0),
    latency: figuresOf(latencies),
    sinceSent: figuresOf(arrived.map(({ tookNs }) => tookNs)),
    late,
    engine: engine?.latency,
    cpuUsPerThousandFrames: cpuNs === undefined ? undefined : cpuNs / beats.sent,
    bars: barsOf(latencies),
    timeline: timelineOf(
      arrived.map(({ index }) => index / what.hz),
      latencies,
    ),
  }
}

/** The last frame was due one period before the end of the run. */
function rateOf({ sent, spanNs }: Beats): number {
  return sent < 2 || spanNs <= 0 ? 0 : ((sent - 1) * 1e9) / spanNs
}

/** One frame of ten may be late by a period: a machine has other things to do, and late frames are counted as late. */
function isHeld({ hz }: Case, reachedHz: number, usuallyLateNs: number): boolean {
  return reachedHz >= reachedShare * hz && usuallyLateNs < 1e9 / hz
}

/** The worst of each part: an average would hide what is looked for. */
function timelineOf(
  seconds: readonly number[],
  latencies: readonly number[],
): (readonly [number, number])[] {
  const size = Math.max(1, Math.ceil(latencies.length / timelinePoints))
  const points: (readonly [number, number])[] = []
  for (let start = 0; start < latencies.length; start += size) {
    const part = latencies.slice(start, start + size)
    points.push([seconds[start] ?? 0, part.reduce((worst, ns) => Math.max(worst, ns))])
  }
  return points
}
