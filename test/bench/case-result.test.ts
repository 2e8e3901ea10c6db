import { expect, test } from 'vitest'
import { caseResult } from '../../src/bench/case-result.ts'
import type { Case } from '../../src/bench/report.ts'

const what: Case = { way: 'direct', kind: 'mouse', hz: 1000, busy: false, realtime: false }
const spanNs = 999_000_000

function beats(late: (index: number) => number, took: (index: number) => number | null) {
  const tookNs = Array.from({ length: 1000 }, (_, index) => took(index))
  return {
    sent: 1000,
    received: tookNs.filter((ns) => ns !== null).length,
    drops: 0,
    spanNs,
    lateNs: tookNs.map((_, index) => late(index)),
    tookNs,
  }
}

test('the time of a frame begins when it was due, so a stall counts for every frame that it held up', () => {
  // The sender stands still for 50 ms and then sends what was due at once: each is fast by itself.
  const stall = (index: number) => (index >= 500 && index < 550 ? (550 - index) * 1_000_000 : 0)
  const { latency, sinceSent, held } = caseResult(
    what,
    beats(stall, () => 10_000),
  )
  expect(sinceSent).toMatchObject({ p99Ns: 10_000, maxNs: 10_000 })
  expect(latency).toMatchObject({ p50Ns: 10_000, maxNs: 50_010_000 })
  expect(Number(latency.p99Ns)).toBeGreaterThan(30_000_000)
  expect(held).toBe(true)
})

test('frames that never came are lost, and have no latency', () => {
  const result = caseResult(
    what,
    beats(
      () => 0,
      (index) => (index % 100 === 0 ? null : 5000),
    ),
  )
  expect(result).toMatchObject({ sent: 1000, lost: 10, latency: { count: 990, maxNs: 5000 } })
})

test('a rate that was not reached is not held', () => {
  const slow = {
    ...beats(
      () => 0,
      () => 5000,
    ),
    spanNs: spanNs * 1.5,
  }
  expect(caseResult(what, slow)).toMatchObject({ held: false })
  const late = beats(
    () => 2_000_000,
    () => 5000,
  )
  expect(caseResult(what, late)).toMatchObject({ held: false })
})

test('the time line keeps the worst of each moment', () => {
  const { timeline } = caseResult(
    what,
    beats(
      () => 0,
      (index) => (index === 701 ? 9_000_000 : 5000),
    ),
  )
  expect(timeline.length).toBeLessThanOrEqual(400)
  expect(timeline.filter(([, worst]) => worst === 9_000_000)).toHaveLength(1)
})

test("the engine's side comes with it", () => {
  const latency = { count: 1000, meanNs: 1, p50Ns: 1, p99Ns: 1, p999Ns: 1, maxNs: 1 }
  const result = caseResult(
    what,
    beats(
      () => 0,
      () => 5000,
    ),
    { latency, cpuNs: 5_000_000 },
  )
  expect(result).toMatchObject({ engine: latency, cpuUsPerThousandFrames: 5000 })
})
