import { expect, test } from 'vitest'
import { PollingMeter } from '../../src/bench/polling.ts'

const mouse = { kind: 'mouse', pollRateHz: undefined }

/** Reports at these times in us, each read 20 us later. */
function meterOf(timesUs: readonly number[]): PollingMeter {
  const meter = new PollingMeter()
  for (const timeUs of timesUs) {
    const kernelNs = BigInt(Math.round(timeUs * 1000))
    meter.report(kernelNs, kernelNs + 20_000n, false)
  }
  return meter
}

function steady(count: number, periodUs: number): number[] {
  return Array.from({ length: count }, (_, index) => 1000 + index * periodUs)
}

test.each([125, 250, 500, 1000, 2000, 4000, 8000])('%d Hz is known for what it is', (hz) => {
  const result = meterOf(steady(200, 1e6 / hz)).result(mouse)
  expect(result).toMatchObject({ usualHz: hz, reports: 200, drops: 0, findings: [] })
  expect(result.jitter.maxNs).toBeLessThan(2)
  expect(result.read).toMatchObject({ p50Ns: 20_000, maxNs: 20_000 })
})

test('a pause of the hand is no interval', () => {
  const times = [...steady(100, 1000), ...steady(100, 1000).map((us) => us + 5e6)]
  expect(meterOf(times).result(mouse)).toMatchObject({ usualHz: 1000, findings: [] })
})

test('reports that are left out are seen', () => {
  const times = steady(300, 1000).filter((_, index) => index % 5 !== 4)
  const { skipped, findings } = meterOf(times).result(mouse)
  expect(skipped).toBeCloseTo(0.25, 1)
  expect(findings[0]).toMatch(/^25 % of the reports came a period late/)
})

test('a device that answers less often than USB asks is told', () => {
  const { findings } = meterOf(steady(200, 8000)).result({ kind: 'mouse', pollRateHz: 1000 })
  expect(findings).toEqual([
    expect.stringMatching(/^USB asks it 1000 times a second and it answers 125/),
  ])
})

test('an unusual rate, uneven intervals and late reading are told', () => {
  expect(meterOf(steady(200, 1430)).result(mouse).findings[0]).toMatch(/^699 Hz is no usual rate/)
  const uneven = steady(200, 1000).map((us, index) => us + (index % 4 === 0 ? 450 : 0))
  expect(meterOf(uneven).result(mouse).findings).toContainEqual(
    expect.stringMatching(/^intervals are uneven/),
  )
  const meter = new PollingMeter()
  for (const us of steady(200, 1000)) {
    meter.report(BigInt(us) * 1000n, BigInt(us) * 1000n + 3_000_000n, false)
  }
  expect(meter.result(mouse).findings[0]).toMatch(/waits 3\.0 ms or longer$/)
})

test('an overrun is counted, and what lies before it is no interval', () => {
  const meter = meterOf(steady(100, 1000))
  meter.report(150_000_000n, 150_010_000n, true)
  const { drops, intervals, findings } = meter.result(mouse)
  expect(drops).toBe(1)
  expect(intervals.count).toBe(99)
  expect(findings).toEqual(["the kernel's buffer overran 1 times: reports were lost"])
})

test('too few reports have no rate', () => {
  const { hz, usualHz, findings } = meterOf(steady(20, 1000)).result(mouse)
  expect([hz, usualHz]).toEqual([undefined, undefined])
  expect(findings[0]).toMatch(/too few: move it faster/)
})
