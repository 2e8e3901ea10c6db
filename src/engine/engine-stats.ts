import { type HistogramRecord, percentile, type StatsRecord } from '../native/stats.ts'
import type { EngineStats, Latency } from './types.ts'

/** A reading of the statistics page under the names of the service. */
export function engineStats(
  { counters, histograms }: StatsRecord,
  targetName: (id: number) => string,
): EngineStats {
  return {
    framesIn: counters.frames_in,
    eventsIn: counters.events_in,
    framesOut: counters.frames_out,
    eventsOut: counters.events_out,
    writes: counters.writes,
    writeErrors: counters.write_errors,
    wakeups: counters.wakeups,
    drops: counters.drops,
    resyncs: counters.resyncs,
    switches: counters.switches,
    refusals: counters.refusals,
    panics: counters.panics,
    muted: counters.muted,
    unconsumed: counters.unconsumed,
    grabRaces: counters.grab_races,
    eventsLost: counters.events_lost,
    tapLost: counters.tap_lost,
    activeTarget: targetName(counters.active_target),
    sources: counters.sources,
    grabbed: counters.grabbed,
    engineTid: counters.engine_tid,
    realtimePriority: counters.realtime,
    latency: {
      mouse: latency(histograms.MOUSE),
      key: latency(histograms.KEY),
      switch: latency(histograms.SWITCH),
      ungrab: latency(histograms.UNGRAB),
    },
  }
}

function latency(histogram: HistogramRecord): Latency {
  const { count, sumNs, maxNs } = histogram
  return {
    count,
    meanNs: count === 0 ? undefined : sumNs / count,
    p50Ns: percentile(histogram, 0.5),
    p99Ns: percentile(histogram, 0.99),
    p999Ns: percentile(histogram, 0.999),
    maxNs: count === 0 ? undefined : maxNs,
  }
}
