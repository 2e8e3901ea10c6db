import { describe, expect, test } from 'vitest'
import { figuresOf, resultLine, withResult } from '../../scripts/lib/fuzz-report.mjs'

const log = `#2	INITED cov: 10 ft: 11 corp: 1/1b exec/s: 0 rss: 40Mb
#1048576	pulse  cov: 812 ft: 2400 corp: 300/10Kb lim: 512 exec/s: 2000 rss: 90Mb
#1200000	DONE   cov: 815 ft: 2411 corp: 301/10Kb lim: 512 exec/s: 2000 rss: 90Mb
stat::number_of_executed_units: 1200000
`

const result = {
  date: '2026-01-31',
  target: 'play',
  minutes: '10',
  figures: figuresOf(log),
  crashes: 0,
  commit: 'abc1234',
  compiler: 'clang version 19.1.4',
  kernel: '6.1.0',
}

describe('the report of a fuzzer', () => {
  test('is what it printed last', () => {
    expect(figuresOf(log)).toEqual({
      runs: 1_200_000,
      coverage: 815,
      features: 2411,
      corpus: 301,
    })
  })

  test('is a row of zeros when it printed nothing', () => {
    expect(figuresOf('')).toEqual({ runs: 0, coverage: 0, features: 0, corpus: 0 })
  })

  test('fits on a line', () => {
    expect(resultLine(result)).toBe(
      'play: 1,200,000 runs in 10 min, 815 edges and 2411 features covered, 0 crashes',
    )
  })

  test('is added to the table of the page, under a head that is written once', () => {
    const once = withResult('# Fuzzing\n', result)
    const twice = withResult(once, { ...result, target: 'feed' })

    expect(twice.match(/\| date \|/g)).toHaveLength(1)
    expect(twice.trim().split('\n').slice(-2)).toEqual([
      expect.stringContaining('| 2026-01-31 | play | 10 | 1,200,000 |'),
      expect.stringContaining('| 2026-01-31 | feed | 10 | 1,200,000 |'),
    ])
  })
})
