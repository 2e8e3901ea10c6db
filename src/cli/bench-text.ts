import type { Bar } from '../bench/histogram.ts'
import type { BenchReport, CaseResult, SwitchResult, ThroughputResult } from '../bench/report.ts'

/** The report of `evswitch bench` for a terminal. */
export function benchText(report: BenchReport): string[] {
  const { cases, switching, throughput, memoryMib, machine } = report
  return [
    ...(report.complete
      ? []
      : [`INTERRUPTED: ${report.measured} of ${report.planned} measurements were made`, '']),
    `${machine.processor}, ${machine.processors} processors${machine.virtual ? ', a virtual machine' : ''}`,
    `kernel ${machine.kernel}; governor ${machine.governor ?? 'not known'}`,
    ...report.notes.map((note) => `! ${note}`),
    '',
    ...caseTable(cases),
    ...histogramText(cases),
    ...switching.flatMap(switchText),
    ...throughput.map(throughputText),
    ...(memoryMib === undefined ? [] : [`memory: ${memoryMib} MiB resident, Node included`]),
  ]
}

const columns = ['p50', 'p90', 'p99', 'p99.9', 'max', 'engine', 'CPU'] as const

function caseTable(cases: readonly CaseResult[]): string[] {
  if (cases.length === 0) return []
  return [
    'Microseconds from when a frame was due to when its reader had it. "direct" has',
    "nothing in between. engine: its own 99th percentile, from the kernel's stamp to",
    'its write. CPU: ms of its thread for 1000 frames.',
    '',
    `${''.padEnd(27)}${columns.map((name) => name.padStart(8)).join('')}`,
    ...[false, true].flatMap((busy) => {
      const rows = cases.filter((each) => each.busy === busy)
      return rows.length === 0
        ? []
        : [busy ? 'all processors busy' : 'idle', ...rows.map(caseLine), '']
    }),
  ]
}

function caseLine(result: CaseResult): string {
  const { kind, hz, way, realtime, latency, engine, lost } = result
  const how = way === 'direct' ? 'direct' : realtime ? 'real-time' : 'ordinary'
  const name = `  ${kind.padEnd(6)}${String(hz).padStart(5)} Hz ${how}`.padEnd(27)
  if (!result.held) {
    return `${name}  this machine sends ${Math.round(result.reachedHz)} a second, or too late: no figures`
  }
  const { cpuUsPerThousandFrames: cpu } = result
  const cells = [
    us(latency.p50Ns),
    us(latency.p90Ns),
    us(latency.p99Ns),
    us(latency.p999Ns),
    us(latency.maxNs),
    way === 'direct' ? '' : us(engine?.p99Ns),
    cpu === undefined ? '' : (cpu / 1000).toFixed(1),
  ]
  const trouble = lost > 0 ? `  ${lost} LOST` : ''
  return `${name}${cells.map((cell) => cell.padStart(8)).join('')}${trouble}`
}

function us(ns: number | undefined): string {
  return ns === undefined ? '–' : (ns / 1000).toFixed(ns < 9_999_950 ? 1 : 0)
}

/** Of what most people have: a mouse of 1000 Hz, or what was measured. */
function histogramText(cases: readonly CaseResult[]): string[] {
  const candidates = cases.filter(({ way, busy, held }) => way === 'evswitch' && !busy && held)
  const chosen = candidates.find(({ hz }) => hz === 1000) ?? candidates[0]
  if (chosen === undefined) return []
  return [
    `Frames by latency, ${chosen.kind} ${chosen.hz} Hz, ${chosen.realtime ? 'real-time' : 'ordinary'}, idle:`,
    ...barLines(chosen.bars, 40),
    '',
  ]
}

const mostBars = 24

/** One line a bar; a long tail of empty bars is left out. */
export function barLines(bars: readonly Bar[], width: number): string[] {
  const most = bars.reduce((max, { count }) => Math.max(max, count), 0)
  const filled = bars.filter(({ count }) => count > 0)
  const shown = bars.length <= mostBars ? bars : filled.slice(0, mostBars - 1)
  const rest = bars.length <= mostBars ? [] : filled.slice(mostBars - 1)
  const line = (from: string, count: number) =>
    `${from.padStart(9)} us ${bar((count / most) * width).padEnd(width)} ${count}`
  return [
    ...shown.map(({ fromNs, count }) => line((fromNs / 1000).toFixed(1), count)),
    ...(rest.length === 0
      ? []
      : [
          line(
            `>= ${((rest[0]?.fromNs ?? 0) / 1000).toFixed(0)}`,
            rest.reduce((sum, { count }) => sum + count, 0),
          ),
        ]),
  ]
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const

function bar(length: number): string {
  const whole = Math.floor(length)
  const part = eighths[Math.round((length - whole) * 8) % 8] ?? ''
  const text = '█'.repeat(whole) + part
  // Something that happened is seen.
  return text === '' && length > 0 ? '▏' : text
}

function switchText({ realtime, switches, firstEvent, engine }: SwitchResult): string[] {
  return [
    `switch, ${realtime ? 'real-time' : 'ordinary'}, ${switches} times: first event at the new guest after ` +
      `${us(firstEvent.p50Ns)} us (p50), ${us(firstEvent.maxNs)} us (max);`,
    `  routing changed ${us(engine.p50Ns)} us (p50) after the press`,
  ]
}

function throughputText({ devices, losslessHz, failedHz, failure }: ThroughputResult): string {
  const what = `${devices} ${devices === 1 ? 'mouse' : 'mice'}`
  const each = devices === 1 ? '' : ' each'
  const end =
    failure === undefined
      ? 'no end was found'
      : `${failure === 'lost' ? 'frames are lost' : 'this machine cannot send'} at ${failedHz} Hz`
  return losslessHz === undefined
    ? `throughput, ${what}: ${end}`
    : `throughput, ${what}: ${losslessHz} Hz${each} without loss; ${end}`
}
