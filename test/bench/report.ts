import { caseResult } from '../../src/bench/case-result.ts'
import type { BenchReport, CaseResult } from '../../src/bench/report.ts'

/** A report of two cases, as a run would make it. */
export function report(): BenchReport {
  return {
    evswitch: 'bench',
    version: 1,
    startedAt: '2026-01-02T03:04:05.000Z',
    complete: true,
    measured: 2,
    planned: 2,
    machine: {
      kernel: '6.1.0 #1 SMP PREEMPT_DYNAMIC',
      processor: 'a processor',
      processors: 8,
      memoryMib: 16_000,
      governor: 'performance',
      preemption: 'full',
      realtimeKernel: false,
      clock: 'tsc',
      virtual: false,
      node: 'v20.20.0',
    },
    secondsPerCase: 1,
    notes: [],
    cases: [oneCase('direct', 20_000), oneCase('evswitch', 30_000)],
    switching: [
      {
        realtime: true,
        switches: 10,
        firstEvent: {
          count: 10,
          meanNs: 1,
          p50Ns: 40_000,
          p90Ns: 1,
          p99Ns: 1,
          p999Ns: 1,
          maxNs: 90_000,
        },
        engine: { count: 10, meanNs: 1, p50Ns: 30_000, p99Ns: 1, p999Ns: 1, maxNs: 1 },
      },
    ],
    throughput: [
      { devices: 1, realtime: true, losslessHz: 32_000, failedHz: 48_000, failure: 'lost' },
      {
        devices: 8,
        realtime: true,
        losslessHz: undefined,
        failedHz: undefined,
        failure: undefined,
      },
    ],
    memoryMib: 61,
  }
}

function oneCase(way: CaseResult['way'], fromNs: number): CaseResult {
  const tookNs = Array.from({ length: 1000 }, (_, index) => fromNs + index * 10)
  const beats = { sent: 1000, received: 1000, drops: 0, spanNs: 999_000_000 }
  const latency = { count: 1000, meanNs: 1, p50Ns: 1, p99Ns: 25_000, p999Ns: 1, maxNs: 1 }
  return caseResult(
    { way, kind: 'mouse', hz: 1000, busy: false, realtime: way === 'evswitch' },
    { ...beats, lateNs: tookNs.map(() => 0), tookNs },
    way === 'evswitch' ? { latency, cpuNs: 9_000_000 } : undefined,
  )
}
