import type { LatencyFigures, SessionStats } from '../evswitch.ts'
import type { Claim, Claims } from './claims.ts'
import type { Paint } from './paint.ts'
import { wrap } from './text.ts'

/** How it ended, and on what. */
export interface SummaryFacts {
  readonly kernelRelease: string
  readonly isEmulated: boolean
  readonly seconds: number
}

const WIDTH = 80

/** A claim with its mark, for a terminal of this width. */
export function claimLines({ text, holds }: Claim, width: number, paint: Paint): string[] {
  const mark = holds === true ? paint.apply('good', '✓') : paint.apply('bad', '✗')
  const end = holds === undefined ? ' (not reached)' : ''
  return wrap(text + end, width - 2).map((line, index) =>
    index === 0 ? `${mark} ${line}` : `  ${line}`,
  )
}

/** What was proven. */
export function claimsSummary(
  claims: Claims<string>,
  { kernelRelease, seconds }: SummaryFacts,
  paint: Paint,
): string[] {
  const title = `What was shown in ${Math.round(seconds)} s, with Linux ${kernelRelease} and QEMU:`
  const lines = claims.all.flatMap((claim) => claimLines(claim, WIDTH, paint))
  const proven = claims.all.filter(({ holds }) => holds === true).length
  const count = `${proven} of ${claims.all.length} proven`
  return [paint.apply('bold', title), ...lines, paint.apply(claims.allHold ? 'good' : 'bad', count)]
}

/** What evswitch measured. */
export function latencySummary(
  { latency }: SessionStats,
  { isEmulated }: SummaryFacts,
  paint: Paint,
): string[] {
  const processor = isEmulated
    ? 'The machine’s processor is emulated: a real one is many times faster.'
    : 'In a virtual machine; without one they are shorter.'
  return [
    paint.apply('bold', 'Latencies, measured by evswitch itself'),
    processor,
    row('', 'count', 'median', 'worst'),
    figures('key: from the kernel to the guest’s node', latency.key),
    figures('movement: from the kernel to that node', latency.mouse),
    figures('switch: last key to input rerouted', latency.switch),
    figures('then: the host has its devices again', latency.ungrab),
  ]
}

function figures(what: string, { count, p50Ns, maxNs }: LatencyFigures): string {
  return row(what, String(count), milliseconds(p50Ns), milliseconds(maxNs))
}

function milliseconds(ns: number | undefined): string {
  return ns === undefined ? '-' : `${(ns / 1e6).toFixed(ns < 1e7 ? 2 : 1)} ms`
}

function row(what: string, count: string, median: string, worst: string): string {
  return `  ${what.padEnd(42)}${count.padStart(6)}${median.padStart(12)}${worst.padStart(12)}`
}
