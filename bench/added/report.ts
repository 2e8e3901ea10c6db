/** From the runs of one boot to the figures, the table and the lines that are compared. */

import { type Figures, FRAME_KINDS, type FrameKind, type Run, subtract } from './samples.ts'

/** The whole way and what of it the forwarder adds, for one kind of frame. */
export type Row = {
  readonly forwarder: string
  readonly endToEnd: Figures
  readonly added: Figures
}

export type Section = {
  readonly kind: FrameKind
  /** The reader on the device itself. */
  readonly direct: Figures
  readonly rows: readonly Row[]
  /** evswitch's mean added latency as a multiple of a reference's; absent when not measured. */
  readonly ratioToEpoll?: number
  readonly ratioToBlocking?: number
}

export type Report = {
  readonly versions: Readonly<Record<string, string>>
  readonly framesPerRun: number
  readonly sections: readonly Section[]
}

/** The direct way is measured first and last; a boot where these disagree measures nothing. */
export const MAX_DRIFT = 0.01

export const DIRECT_FIRST = 'direct'
export const DIRECT_LAST = 'direct again'

/** How the run of one forwarder and kind is called between the script and the report. */
export function runLabel(kind: FrameKind, name: string): string {
  return `${kind} ${name}`
}

function getRun(runs: ReadonlyMap<string, Run>, kind: FrameKind, name: string): Run {
  const run = runs.get(runLabel(kind, name))
  if (run === undefined) throw new Error(`no figures came for ${runLabel(kind, name)}`)
  return run
}

function checkDrift(kind: FrameKind, first: Run, last: Run): void {
  const drift = Math.abs(last.meanNs / first.meanNs - 1)
  if (drift > MAX_DRIFT) {
    throw new Error(
      `the direct way of ${kind} frames took ${formatUs(first.meanNs)} us at first and ` +
        `${formatUs(last.meanNs)} us in the end: this boot measures nothing, repeat it`,
    )
  }
}

function ratioTo(rows: readonly Row[], reference: string): number | undefined {
  const own = rows.find((row) => row.forwarder === 'evswitch')
  const other = rows.find((row) => row.forwarder === reference)
  return own && other ? own.added.meanNs / other.added.meanNs : undefined
}

function makeSection(
  runs: ReadonlyMap<string, Run>,
  kind: FrameKind,
  forwarders: readonly string[],
): Section {
  const direct = getRun(runs, kind, DIRECT_FIRST)
  checkDrift(kind, direct, getRun(runs, kind, DIRECT_LAST))
  const rows = forwarders.map((forwarder) => {
    const endToEnd = getRun(runs, kind, forwarder)
    return { forwarder, endToEnd, added: subtract(endToEnd, direct) }
  })
  const ratioToEpoll = ratioTo(rows, 'epoll')
  const ratioToBlocking = ratioTo(rows, 'blocking')
  return {
    kind,
    direct,
    rows,
    ...(ratioToEpoll === undefined ? {} : { ratioToEpoll }),
    ...(ratioToBlocking === undefined ? {} : { ratioToBlocking }),
  }
}

/** Throws when a run is missing or the boot was not steady. */
export function makeReport(
  runs: ReadonlyMap<string, Run>,
  forwarders: readonly string[],
  versions: Readonly<Record<string, string>>,
): Report {
  const sections = FRAME_KINDS.map((kind) => makeSection(runs, kind, forwarders))
  const framesPerRun = getRun(runs, 'mouse', DIRECT_FIRST).frames
  return { versions, framesPerRun, sections }
}

export function formatUs(ns: number): string {
  return (ns / 1000).toFixed(1)
}

export const COLUMNS = [
  ['mean', 'meanNs'],
  ['p50', 'p50Ns'],
  ['p90', 'p90Ns'],
  ['p99', 'p99Ns'],
  ['p99.9', 'p999Ns'],
  ['max', 'maxNs'],
] as const

function tableCells(section: Section): readonly (readonly string[])[] {
  const cells = (name: string, figures: Figures, sign: string): readonly string[] => [
    name,
    ...COLUMNS.map(([, key]) => (figures[key] < 0 ? '' : sign) + formatUs(figures[key])),
  ]
  return [
    cells('direct', section.direct, ''),
    ...section.rows.map((row) => cells(row.forwarder, row.added, '+')),
  ]
}

/** One table per kind of frame, for a terminal. */
export function formatText(report: Report): string {
  const pad = (cells: readonly string[]): string =>
    cells.map((cell, index) => (index === 0 ? cell.padEnd(14) : cell.padStart(8))).join('')
  return report.sections
    .flatMap((section) => [
      pad([`${section.kind} frames`, ...COLUMNS.map(([title]) => title)]),
      ...tableCells(section).map(pad),
      '',
    ])
    .join('\n')
}

/** The lines that the regression gate and the reader compare. */
export function formatRatios(report: Report): readonly string[] {
  const lines = (name: string, pick: (section: Section) => number | undefined) =>
    report.sections.flatMap((section) => {
      const ratio = pick(section)
      return ratio === undefined ? [] : [`${name} ${section.kind} ${ratio.toFixed(3)}`]
    })
  return [
    ...lines('ratio', (section) => section.ratioToEpoll),
    ...lines('floor', (section) => section.ratioToBlocking),
  ]
}

/** What bench/README.md shows. */
export function formatMarkdown(report: Report): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const table = (section: Section): readonly string[] => [
    row([`${section.kind} frames`, ...COLUMNS.map(([title]) => title)]),
    row(['---', ...COLUMNS.map(() => '---:')]),
    ...tableCells(section).map(row),
    '',
  ]
  return [
    `Virtual microseconds, ${report.framesPerRun} frames each. "direct" is the reader on the device`,
    'itself; the others are what they add to it.',
    '',
    ...report.sections.flatMap(table),
    '```',
    ...formatRatios(report),
    '```',
    '',
    ...Object.entries(report.versions).map(([name, version]) => `- ${name}: ${version}`),
  ].join('\n')
}
