/** How far apart the figures of several whole runs are. */

import type { FrameKind } from '../added/samples.ts'
import type { Part } from './part.ts'

export interface SpreadRow {
  readonly kind: FrameKind
  readonly way: string
  /** What it adds, run by run. */
  readonly meansNs: readonly number[]
  /** The largest against the smallest, less one. */
  readonly spread: number
}

export interface Spread {
  readonly rows: readonly SpreadRow[]
  readonly worst: number
}

/** Of complete parts with the same ways. */
export function makeSpread(parts: readonly Part[]): Spread {
  const [first] = parts
  const rows = (first?.sections ?? []).flatMap(({ kind, rows: ways }) =>
    ways.map(({ way }): SpreadRow => {
      const meansNs = parts.flatMap((part) => meanOf(part, kind, way) ?? [])
      return { kind, way, meansNs, spread: Math.max(...meansNs) / Math.min(...meansNs) - 1 }
    }),
  )
  return { rows, worst: Math.max(...rows.map(({ spread }) => spread)) }
}

function meanOf(part: Part, kind: FrameKind, way: string): number | undefined {
  const section = part.sections.find((one) => one.kind === kind)
  return section?.rows.find((row) => row.way === way)?.added.meanNs
}

export function formatSpread({ rows, worst }: Spread): string {
  const runs = rows[0]?.meansNs.length ?? 0
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`
  return [
    `Mean added, virtual microseconds, in ${runs} runs, each in a machine of its own. The worst spread is ${percent(worst)}.`,
    '',
    `| frames | way |${' run |'.repeat(runs)} spread |`,
    `| --- | --- |${' ---: |'.repeat(runs + 1)}`,
    ...rows.map(({ kind, way, meansNs, spread }) => {
      const cells = meansNs.map((ns) => (ns / 1000).toFixed(2))
      return `| ${[kind, way, ...cells, percent(spread)].join(' | ')} |`
    }),
  ].join('\n')
}
