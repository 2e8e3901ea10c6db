import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { BenchReport, CaseResult } from './report.ts'

/**
 * One HTML page with the whole report in it: figures, charts and the program that draws them. It asks nobody for
 * anything, so it can be sent around and opened anywhere.
 */
export function reportPage(report: BenchReport): string {
  const { uplot, style } = readUplot()
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>evswitch bench, ${escapeHtml(report.startedAt)}</title>`,
    `<style>${style}\n${ownStyle}</style>`,
    '</head>',
    '<body>',
    '<h1>evswitch bench</h1>',
    ...introduction(report),
    '<h2>Latency</h2>',
    '<p>From when a frame was due to when the reader had it, in microseconds. <b>direct</b> is the reader on the ' +
      'device itself: what any program in between adds to. The engine column is its own figure, from the ' +
      "kernel's stamp to its write. A dash: too few frames to know.</p>",
    table(caseHead, report.cases.map(caseCells)),
    '<p><label>Measurement <select id="case"></select></label></p>',
    '<h3>Distribution</h3><div id="distribution"></div>',
    '<h3>Percentiles</h3><div id="percentiles"></div>',
    '<h3>Time line, worst of each moment</h3><div id="timeline"></div>',
    '<h2>Switching</h2>',
    table(
      ['', 'switches', 'p50', 'p90', 'p99', 'max', 'engine p50', 'engine max'],
      report.switching.map(({ realtime, switches, firstEvent, engine }) => [
        realtime ? 'real-time' : 'ordinary',
        String(switches),
        us(firstEvent.p50Ns),
        us(firstEvent.p90Ns),
        us(firstEvent.p99Ns),
        us(firstEvent.maxNs),
        us(engine.p50Ns),
        us(engine.maxNs),
      ]),
    ),
    '<h2>Throughput until loss</h2>',
    table(
      ['mice', 'lossless Hz each', 'first trouble at Hz', 'which'],
      report.throughput.map(({ devices, losslessHz, failedHz, failure }) => [
        String(devices),
        String(losslessHz ?? '–'),
        String(failedHz ?? 'none'),
        failure === 'lost'
          ? 'frames lost'
          : failure === undefined
            ? ''
            : 'could not be sent in time',
      ]),
    ),
    `<p>Resident memory, Node included: ${report.memoryMib ?? '–'} MiB.</p>`,
    `<script type="application/json" id="report">${embedded(report)}</script>`,
    `<script>${uplot}</script>`,
    `<script>${drawing}</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n')
}

function readUplot(): { readonly uplot: string; readonly style: string } {
  const require = createRequire(import.meta.url)
  const read = (name: string) => readFileSync(require.resolve(`uplot/dist/${name}`), 'utf8')
  return { uplot: read('uPlot.iife.min.js'), style: read('uPlot.min.css') }
}

function introduction({
  complete,
  measured,
  planned,
  machine,
  notes,
  startedAt,
}: BenchReport): string[] {
  const facts = [
    ['measured', startedAt],
    ['kernel', machine.kernel],
    ['processor', `${machine.processor}, ${machine.processors} usable`],
    ['virtual machine', machine.virtual ? 'yes: its host has a part in every figure' : 'no'],
    ['governor', machine.governor ?? 'not known'],
    ['preemption', machine.preemption ?? 'not known'],
    ['real-time kernel', machine.realtimeKernel ? 'yes' : 'no'],
    ['clock', machine.clock ?? 'not known'],
    ['memory', `${machine.memoryMib} MiB`],
    ['Node', machine.node],
  ]
  return [
    ...(complete
      ? []
      : [`<p class="partial">Interrupted: ${measured} of ${planned} measurements were made.</p>`]),
    ...notes.map((note) => `<p class="note">${escapeHtml(note)}</p>`),
    `<table class="facts">${facts.map(([name, value]) => `<tr><th>${name}</th><td>${escapeHtml(value ?? '')}</td></tr>`).join('')}</table>`,
  ]
}

const caseHead = [
  'frames',
  'way',
  'load',
  'p50',
  'p90',
  'p99',
  'p99.9',
  'max',
  'engine p50',
  'engine p99',
  'lost',
  'CPU ms per 1000',
]

function caseCells(result: CaseResult): string[] {
  const { kind, hz, way, realtime, busy, latency, engine, lost, held, reachedHz } = result
  const name = [
    `${kind} ${hz} Hz`,
    way === 'direct' ? 'direct' : `evswitch${realtime ? ', real-time' : ''}`,
    busy ? 'busy' : 'idle',
  ]
  if (!held) return [...name, `not held: ${Math.round(reachedHz)} Hz`, ...Array(8).fill('')]
  return [
    ...name,
    us(latency.p50Ns),
    us(latency.p90Ns),
    us(latency.p99Ns),
    us(latency.p999Ns),
    us(latency.maxNs),
    us(engine?.p50Ns),
    us(engine?.p99Ns),
    String(lost),
    result.cpuUsPerThousandFrames === undefined
      ? '–'
      : (result.cpuUsPerThousandFrames / 1000).toFixed(1),
  ]
}

function us(ns: number | undefined): string {
  return ns === undefined ? '–' : (ns / 1000).toFixed(1)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]) =>
    `<tr>${row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`
  return `<table>${cells('th', head)}${rows.map((row) => cells('td', row)).join('')}</table>`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** Nothing in it may end the script element. */
function embedded(report: BenchReport): string {
  return JSON.stringify(report).replaceAll('<', '\\u003c')
}

const ownStyle = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1000px; margin: 2em auto; padding: 0 1em; color: #222; }
table { border-collapse: collapse; margin: 1em 0; font-variant-numeric: tabular-nums; }
th, td { padding: 2px 8px; white-space: nowrap; border-bottom: 1px solid #ddd; text-align: right; }
td:nth-child(-n+3), .facts th, .facts td { text-align: left; }
.partial { background: #fdd; padding: .5em 1em; } .note { background: #ffd; padding: .5em 1em; }
`

/** Runs in the page. Charts are kept in window.charts, where a test looks at their data. */
const drawing = `
const report = JSON.parse(document.getElementById('report').textContent)
const shown = report.cases.filter((each) => each.held && each.bars.length > 0)
const select = document.getElementById('case')
const nameOf = ({ kind, hz, way, realtime, busy }) =>
  kind + ' ' + hz + ' Hz, ' + way + (realtime ? ', real-time' : '') + ', ' + (busy ? 'busy' : 'idle')
// The way and the scheduling are compared; what they are compared in is chosen.
const groupOf = ({ kind, hz, busy }) => kind + ' ' + hz + ' Hz, ' + (busy ? 'busy' : 'idle')
const groups = [...new Set(shown.map(groupOf))]
for (const group of groups) select.add(new Option(group, group))
const colours = ['#888', '#0a7', '#c40']
const wayOf = ({ way, realtime }) => way + (realtime ? ', real-time' : '')
const size = { width: Math.min(960, document.body.clientWidth), height: 280 }
const us = (ns) => ns / 1000
function chart(id, options, data) {
  const place = document.getElementById(id)
  place.replaceChildren()
  return new uPlot({ ...size, ...options }, data, place)
}
function lines(members, extra) {
  return members.map((each, index) => ({ label: wayOf(each), stroke: colours[index % colours.length], width: 2, ...extra }))
}
function aligned(members, pointsOf) {
  const tables = members.map((each) => { const points = pointsOf(each); return [points.map((p) => p[0]), points.map((p) => p[1])] })
  return uPlot.join(tables)
}
function draw() {
  const members = shown.filter((each) => groupOf(each) === select.value)
  const logX = { x: { time: false, distr: 3 } }
  window.charts = {
    distribution: chart('distribution', {
      scales: logX,
      axes: [{ label: 'microseconds' }, { label: '% of frames' }],
      series: [{ label: 'us' }, ...lines(members, { paths: uPlot.paths.stepped({ align: 1 }), spanGaps: true })],
    }, aligned(members, ({ bars, latency }) => bars.map(({ fromNs, count }) => [us(Math.max(1, fromNs)), 100 * count / latency.count]))),
    percentiles: chart('percentiles', {
      scales: { x: { time: false, distr: 3 }, y: { distr: 3 } },
      axes: [
        { label: 'share of frames above it', values: (_, marks) => marks.map((mark) => mark === null ? '' : mark + ' %') },
        { label: 'microseconds' },
      ],
      series: [{ label: '% above' }, ...lines(members, { spanGaps: true })],
    }, aligned(members, ({ bars, latency }) => {
      let above = latency.count
      const points = []
      for (const { toNs, count } of bars) { above -= count; if (above > 0) points.push([100 * above / latency.count, us(toNs)]) }
      return points.reverse()
    })),
    timeline: chart('timeline', {
      scales: { x: { time: false } },
      axes: [{ label: 'seconds' }, { label: 'microseconds' }],
      series: [{ label: 's' }, ...lines(members, { spanGaps: true, width: 1 })],
    }, aligned(members, ({ timeline }) => timeline.map(([seconds, worst]) => [seconds, us(worst)]))),
  }
}
select.onchange = draw
if (groups.length > 0) draw()
`
