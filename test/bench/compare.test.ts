import { expect, test } from 'vitest'
import type { Figures } from '../../bench/added/samples.ts'
import { drawChart } from '../../bench/compare/chart.ts'
import { checkSpeed } from '../../bench/compare/measure.ts'
import { median, type Part } from '../../bench/compare/part.ts'
import { formatMarkdown, formatText, makeCharts, type Report } from '../../bench/compare/report.ts'
import { makeSpread } from '../../bench/compare/spread.ts'
import { listWays } from '../../bench/compare/ways.ts'

function figures(ns: number): Figures {
  return { meanNs: ns, minNs: ns, p50Ns: ns, p90Ns: ns, p99Ns: ns, p999Ns: ns, maxNs: ns }
}

function part(addedNs: number, more: Partial<Part> = {}): Part {
  const row = {
    way: 'epoll',
    group: 'reference',
    endToEnd: figures(50_000 + addedNs),
    added: figures(addedNs),
    ratioToEpoll: 1,
  } as const
  const plan = { clock: 'virtual', frames: 10, rounds: 1, ratioOf: 'meanNs' } as const
  const sections = [{ kind: 'mouse', direct: figures(50_000), rows: [row] }] as const
  return { ...plan, complete: true, failures: [], sections, ...more }
}

function report(more: Partial<Part> = {}): Report {
  const unmeasured = [{ name: 'rival', reason: 'it is not there' }]
  return { part: part(60_000, more), unmeasured, versions: { kernel: '6.1' } }
}

test('rounds become the median of each figure, and the worst of all', () => {
  const rounds = [figures(30), { ...figures(10), maxNs: 90 }, figures(20)]
  expect(median(rounds)).toEqual({ ...figures(20), maxNs: 90 })
})

test('rivals that were not measured are named with the reason', () => {
  expect(formatMarkdown(report())).toContain('| rival | it is not there |')
  expect(formatText(report())).toContain('not measured: rival (it is not there)')
})

test('what is not complete says so, and which way gave no figures', () => {
  const text = formatText(report({ complete: false, failures: ['mouse epoll: frame 3 was lost'] }))
  expect(text).toContain('NOT COMPLETE')
  expect(text).toContain('gave no figures: mouse epoll: frame 3 was lost')
  expect(formatText(report())).not.toContain('NOT COMPLETE')
})

test('a machine that cannot hold the beat is told so, and gives no latency', () => {
  const runs = (ns: number) => {
    return new Map([['key direct', { ...figures(ns), label: 'key direct', frames: 10 }]])
  }
  expect(() => checkSpeed(runs(10_940_000))).toThrow(
    'cannot hold a frame every millisecond: the direct way alone took 10.9 ms',
  )
  expect(() => checkSpeed(runs(200_000))).not.toThrow()
})

test('the spread of runs is the largest figure against the smallest', () => {
  const { rows, worst } = makeSpread([part(1000), part(1020), part(1010)])
  expect(rows).toMatchObject([{ kind: 'mouse', way: 'epoll', meansNs: [1000, 1020, 1010] }])
  expect(worst).toBeCloseTo(0.02, 9)
})

test('a chart has a line for each way, the direct one first, and what names contain is text', () => {
  const [[file = '', svg = ''] = []] = makeCharts(report())
  expect(file).toBe('compare-virtual-mouse.svg')
  expect([...svg.matchAll(/text-anchor="end">([^<]*)</g)].map(([, name]) => name)).toEqual([
    ...['direct', ''],
    ...['epoll', '+60.0 µs  1.00×'],
  ])
  const bar = { group: 'peer', p50Us: -1, p99Us: 20, p999Us: 30, maxUs: 40, text: '' }
  const odd = drawChart({ title: '<b>&', subtitle: '', bars: [{ ...bar, name: '<i>' }] })
  expect(odd).toContain('&lt;i></text>')
  expect(odd).toContain('&lt;b>&amp;')
  expect(odd).not.toContain('NaN')
})

test('every way has a name of its own and says what it is', () => {
  const ways = listWays()
  expect(new Set(ways.map(({ name }) => name)).size).toBe(ways.length)
  expect(ways.filter(({ what }) => what === '')).toEqual([])
})
