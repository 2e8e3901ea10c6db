/** Tables, charts and files from what was measured. */

import { COLUMNS, formatUs } from '../added/report.ts'
import type { Figures, FrameKind } from '../added/samples.ts'
import { type Bar, drawChart } from './chart.ts'
import type { Clock, Part, Row, Section } from './part.ts'
import { listWays, type Unmeasured } from './ways.ts'

export type Report = {
  readonly part: Part
  readonly unmeasured: readonly Unmeasured[]
  readonly versions: Readonly<Record<string, string>>
}

export const RESULT_NAMES: Readonly<Record<Clock, string>> = {
  virtual: 'compare-virtual',
  ordinary: 'compare-ordinary',
}

export function chartFile(clock: Clock, kind: FrameKind): string {
  return `${RESULT_NAMES[clock]}-${kind}.svg`
}

export function makeCharts({ part }: Report): readonly (readonly [string, string])[] {
  const unit = part.clock === 'virtual' ? '; virtual time: 8 ns for each instruction' : ''
  return part.sections.map((section) => [
    chartFile(part.clock, section.kind),
    drawChart({
      title: `Latency of a ${section.kind} frame, from the device to its reader`,
      subtitle: `${countText(part)}, logarithmic${unit}. At the right: what is added, and × epoll`,
      bars: [
        makeBar('direct', 'reference', section.direct, ''),
        ...section.rows.map((row) =>
          makeBar(
            row.way,
            row.group,
            row.endToEnd,
            `+${formatUs(row.added[part.ratioOf])} µs  ${ratioText(row)}`,
          ),
        ),
      ],
    }),
  ])
}

function makeBar(name: string, group: string, figures: Figures, text: string): Bar {
  return {
    name,
    group,
    p50Us: figures.p50Ns / 1000,
    p99Us: figures.p99Ns / 1000,
    p999Us: figures.p999Ns / 1000,
    maxUs: figures.maxNs / 1000,
    text,
  }
}

function ratioText({ ratioToEpoll }: Row): string {
  return ratioToEpoll === undefined ? '' : `${ratioToEpoll.toFixed(2)}×`
}

function countText({ frames, rounds }: Part): string {
  return rounds === 1
    ? `${frames} frames each`
    : `median of ${rounds} rounds of ${frames} frames each`
}

/** The difference of two worst cases says nothing, so of these the whole way is shown. */
const ADDED = COLUMNS.filter(([, key]) => key !== 'maxNs')

/** The header and the rows of one kind of frame: what each way adds, in microseconds. */
function cells(section: Section): string[][] {
  const sign = (ns: number) => `${ns < 0 ? '' : '+'}${formatUs(ns)}`
  return [
    [`${section.kind} frames`, ...ADDED.map(([title]) => title), '× epoll', 'worst, whole way'],
    [
      'direct',
      ...ADDED.map(([, key]) => formatUs(section.direct[key])),
      '',
      formatUs(section.direct.maxNs),
    ],
    ...section.rows.map((row) => [
      row.way,
      ...ADDED.map(([, key]) => sign(row.added[key])),
      row.ratioToEpoll?.toFixed(3) ?? '',
      formatUs(row.endToEnd.maxNs),
    ]),
  ]
}

/** The first column is text, the others numbers, unless they are told to be text, too. */
function markdownTable([header = [], ...rows]: string[][], others = '---:'): string[] {
  const line = (words: readonly string[]) => `| ${words.join(' | ')} |`
  const marks = header.map((_, index) => (index === 0 ? '---' : others))
  return [line(header), line(marks), ...rows.map(line), '']
}

/** What bench/README.md shows of one clock. */
export function formatMarkdown(report: Report): string {
  const { part, versions, unmeasured } = report
  const unit = part.clock === 'virtual' ? 'Virtual microseconds' : 'Microseconds'
  const ratio = part.ratioOf === 'meanNs' ? 'means' : 'medians'
  const ways = listWays().filter(({ name }) =>
    part.sections.some(({ rows }) => rows.some((row) => row.way === name)),
  )
  return [
    `${unit}, ${countText(part)}. "direct" is the reader on the device itself; the others are what they add to`,
    `it. "× epoll" is what is added against the epoll reference${part.rounds > 1 ? ' of the same round' : ''}, of the ${ratio}.`,
    '',
    ...part.sections.flatMap((section) => [
      `![the latency of a ${section.kind} frame by each way](results/${chartFile(part.clock, section.kind)})`,
      '',
      ...markdownTable(cells(section)),
    ]),
    ...markdownTable([['way', 'what it is'], ...ways.map(({ name, what }) => [name, what])], '---'),
    ...markdownTable(
      [['not measured', 'why'], ...unmeasured.map(({ name, reason }) => [name, reason])],
      '---',
    ),
    ...part.failures.map((failure) => `- **gave no figures**: ${failure}`),
    ...Object.entries(versions).map(([name, version]) => `- ${name}: ${version}`),
  ].join('\n')
}

/** What the project's own README.md shows: one chart and the means. */
export function formatFront({ part }: Report): string {
  const [first] = part.sections
  if (first === undefined) return ''
  const us = (kind: FrameKind, way: string) => {
    const row = part.sections
      .find((section) => section.kind === kind)
      ?.rows.find((one) => one.way === way)
    return row === undefined
      ? ['', '']
      : [`+${formatUs(row.added.meanNs)}`, row.ratioToEpoll?.toFixed(2) ?? '']
  }
  return [
    `![the latency of a mouse frame by each way](bench/results/${chartFile(part.clock, 'mouse')})`,
    '',
    ...markdownTable([
      ['mean added, virtual µs', 'mouse frame', '× epoll', 'key frame', '× epoll'],
      ...first.rows.map(({ way }) => [way, ...us('mouse', way), ...us('key', way)]),
    ]),
  ].join('\n')
}

/** For a terminal. */
export function formatText({ part, unmeasured }: Report): string {
  const pad = (words: readonly string[]) =>
    words
      .map((word, index) => (index === 0 ? word.padEnd(21) : word.padStart(index < 7 ? 9 : 18)))
      .join('')
  const title = part.clock === 'virtual' ? 'Virtual time' : 'Ordinary time'
  return [
    `${title}: added latency in microseconds, ${countText(part)}${part.complete ? '' : ' (NOT COMPLETE)'}`,
    '',
    ...part.sections.flatMap((section) => [...cells(section).map(pad), '']),
    ...part.failures.map((failure) => `gave no figures: ${failure}`),
    ...unmeasured.map(({ name, reason }) => `not measured: ${name} (${reason})`),
    '',
  ].join('\n')
}
