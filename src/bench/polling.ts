import { type Bar, barsOf } from './histogram.ts'
import { type Figures, figuresOf } from './samples.ts'

/** Rates of devices that are sold. */
const usualRates = [125, 250, 500, 1000, 2000, 4000, 8000] as const
/** Within so much of it a device has a rate. */
const rateTolerance = 0.15
/** A longer pause is of the hand, not of the device. */
const longestPauseNs = 30_000_000
/** With fewer intervals nothing is said. */
export const fewestIntervals = 64
/** Reports that follow at twice the interval or more were left out, one of ten by a hand that is slow. */
const skippedShare = 0.05
const slowReadNs = 1_000_000
/** Half a period beside its place is as good as no place. */
const jitterShare = 0.35

/** What a device did while it was used. */
export interface Polling {
  readonly reports: number
  /** From one report to the next, pauses of the hand left out. */
  readonly intervals: Figures
  readonly bars: readonly Bar[]
  /** Reports a second while it was moved steadily: by the median interval. */
  readonly hz: number | undefined
  /** The usual rate that this is, if it is one. */
  readonly usualHz: number | undefined
  /** How far intervals are from the median. */
  readonly jitter: Figures
  /** Share of intervals in which one or more reports were left out. */
  readonly skipped: number | undefined
  /** From the kernel's stamp until the engine had read it. */
  readonly read: Figures
  /** How often the kernel's buffer overran. */
  readonly drops: number
  /** Sentences for the person who asked. */
  readonly findings: readonly string[]
}

/** What is known of the device from elsewhere. */
export interface PollingContext {
  readonly kind: string
  /** How often USB asks it for reports, when it is on USB. */
  readonly pollRateHz: number | undefined
}

/** Collects reports of one device; one call a frame. */
export class PollingMeter {
  readonly #intervalsNs: number[] = []
  readonly #readNs: number[] = []
  #reports = 0
  #drops = 0
  #last: bigint | undefined

  report(kernelNs: bigint, readNs: bigint, dropped: boolean): void {
    this.#reports++
    this.#readNs.push(Math.max(0, Number(readNs - kernelNs)))
    const last = this.#last
    this.#last = kernelNs
    if (dropped) {
      this.#drops++
      return // what lies before it is not known
    }
    const intervalNs = last === undefined ? 0 : Number(kernelNs - last)
    if (intervalNs > 0 && intervalNs <= longestPauseNs) this.#intervalsNs.push(intervalNs)
  }

  get reports(): number {
    return this.#reports
  }

  result(context: PollingContext): Polling {
    const intervals = figuresOf(this.#intervalsNs)
    const enough = intervals.count >= fewestIntervals
    const median = enough ? intervals.p50Ns : undefined
    const hz = median === undefined ? undefined : 1e9 / median
    const jitter = figuresOf(
      median === undefined ? [] : this.#intervalsNs.map((ns) => Math.abs(ns - median)),
    )
    const measured = {
      reports: this.#reports,
      intervals,
      bars: barsOf(this.#intervalsNs, 4),
      hz,
      usualHz: hz === undefined ? undefined : usualRate(hz),
      jitter,
      skipped: median === undefined ? undefined : skippedOf(this.#intervalsNs, median),
      read: figuresOf(this.#readNs),
      drops: this.#drops,
    }
    return { ...measured, findings: findingsOf(measured, context) }
  }
}

function usualRate(hz: number): number | undefined {
  return usualRates.find((rate) => Math.abs(hz / rate - 1) <= rateTolerance)
}

/** Among intervals of a hand that moves steadily; one that is four times as long is a hand that slows down. */
function skippedOf(intervalsNs: readonly number[], median: number): number {
  const steady = intervalsNs.filter((ns) => ns < 4.5 * median)
  const long = steady.filter((ns) => ns >= 1.6 * median)
  return steady.length === 0 ? 0 : long.length / steady.length
}

function findingsOf(measured: Omit<Polling, 'findings'>, context: PollingContext): string[] {
  const { intervals, hz, usualHz, jitter, skipped, read, drops } = measured
  const findings: string[] = []
  if (hz === undefined) {
    findings.push(
      context.kind === 'keyboard'
        ? `${intervals.count} reports came close together: roll your fingers over many keys, for longer`
        : `${intervals.count} reports came close together, which is too few: move it faster, for longer`,
    )
  } else if (context.kind === 'keyboard') {
    findings.push('a keyboard reports when keys change: its rate is at least what is shown')
  } else if (usualHz === undefined) {
    findings.push(
      `${Math.round(hz)} Hz is no usual rate: a slow hand, or a wireless link that waits`,
    )
  }
  if (hz !== undefined && context.pollRateHz !== undefined && hz < 0.75 * context.pollRateHz) {
    findings.push(
      `USB asks it ${context.pollRateHz} times a second and it answers ${Math.round(hz)} times: the device is ` +
        'set to less (its own software or a switch below it), or was moved slowly',
    )
  }
  if (skipped !== undefined && skipped > skippedShare) {
    findings.push(
      `${percent(skipped)} of the reports came a period late or later: the device skips reports`,
    )
  }
  if (intervals.p50Ns !== undefined && (jitter.p90Ns ?? 0) > jitterShare * intervals.p50Ns) {
    findings.push('intervals are uneven: one of ten is a third of a period or more off')
  }
  if ((read.p99Ns ?? 0) > slowReadNs) {
    findings.push(
      `this machine reads late: one report of a hundred waits ${((read.p99Ns ?? 0) / 1e6).toFixed(1)} ms or longer`,
    )
  }
  if (drops > 0) findings.push(`the kernel's buffer overran ${drops} times: reports were lost`)
  return findings
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`
}
