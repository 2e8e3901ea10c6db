/** One chart as SVG: for each way a line from its median to its worst, on a logarithmic axis. */

export interface Bar {
  readonly name: string
  readonly group: string
  readonly p50Us: number
  readonly p99Us: number
  readonly p999Us: number
  readonly maxUs: number
  /** At the right edge. */
  readonly text: string
}

export interface ChartOptions {
  readonly title: string
  readonly subtitle: string
  readonly bars: readonly Bar[]
}

const WIDTH = 860
const ROW = 26
const TOP = 74
const LEFT = 160
const RIGHT = 130
const PLOT = WIDTH - LEFT - RIGHT

/** Both for a page that is light and for one that is dark. */
const STYLE = `
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 }
.small { font-size: 11px; fill: #59636e }
.grid { stroke: #d1d9e0 }
.paper { fill: #ffffff }
.reference { stroke: #59636e; fill: #59636e }
.evswitch { stroke: #0969da; fill: #0969da }
.JavaScript { stroke: #9a6700; fill: #9a6700 }
.peer { stroke: #cf222e; fill: #cf222e }
.hollow { fill: none }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc } .small { fill: #9198a1 } .grid { stroke: #3d444d } .paper { fill: #0d1117 }
.reference { stroke: #9198a1; fill: #9198a1 } .evswitch { stroke: #4493f8; fill: #4493f8 }
.JavaScript { stroke: #d29922; fill: #d29922 } .peer { stroke: #f85149; fill: #f85149 }
}`

/** Values below the lowest that is shown (a difference of quantiles may be negative) stand at the left edge. */
export function drawChart({ title, subtitle, bars }: ChartOptions): string {
  const values = bars.flatMap((bar) => [bar.p50Us, bar.maxUs]).filter((us) => us > 0)
  const low = Math.floor(Math.log10(Math.min(...values)))
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))))
  const x = (us: number): string => {
    const share = us > 0 ? (Math.log10(us) - low) / (high - low) : 0
    return (LEFT + PLOT * Math.min(1, Math.max(0, share))).toFixed(1)
  }
  const bottom = TOP + ROW * bars.length
  const height = bottom + 44
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escapeText(title)}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="paper" width="${WIDTH}" height="${height}" rx="6"/>`,
    text('title', 14, 26, title),
    text('small', 14, 46, subtitle),
    ...Array.from({ length: high - low + 1 }, (_, index) => gridLine(low + index, x, bottom)),
    ...bars.map((bar, index) => drawBar(bar, TOP + ROW * (index + 0.5), x)),
    ...legend(bottom + 34),
    '</svg>',
    '',
  ].join('\n')
}

function gridLine(power: number, x: (us: number) => string, bottom: number): string {
  const at = x(10 ** power)
  const label = power < 3 ? `${10 ** power} µs` : `${10 ** (power - 3)} ms`
  return (
    `<line class="grid" x1="${at}" y1="${TOP - 6}" x2="${at}" y2="${bottom}"/>` +
    `<text class="small" x="${at}" y="${TOP - 10}" text-anchor="middle">${label}</text>`
  )
}

function drawBar(bar: Bar, y: number, x: (us: number) => string): string {
  const [p50, p99, p999, max] = [bar.p50Us, bar.p99Us, bar.p999Us, bar.maxUs].map(x)
  return [
    `<text x="${LEFT - 10}" y="${y + 4}" text-anchor="end">${escapeText(bar.name)}</text>`,
    `<g class="${bar.group}">`,
    `<line x1="${p50}" y1="${y}" x2="${max}" y2="${y}" stroke-width="1.5"/>`,
    dot(p50, y),
    ring(p99, y),
    tick(p999, y),
    cross(max, y),
    '</g>',
    `<text class="small" x="${WIDTH - 14}" y="${y + 4}" text-anchor="end">${escapeText(bar.text)}</text>`,
  ].join('')
}

const dot = (x: string | undefined, y: number) => `<circle cx="${x}" cy="${y}" r="5"/>`
const ring = (x: string | undefined, y: number) =>
  `<circle class="hollow" cx="${x}" cy="${y}" r="5" stroke-width="1.5"/>`
const tick = (x: string | undefined, y: number) =>
  `<line x1="${x}" y1="${y - 7}" x2="${x}" y2="${y + 7}" stroke-width="2"/>`
const cross = (x: string | undefined, y: number) =>
  `<path class="hollow" d="M${Number(x) - 4} ${y - 4}l8 8m0 -8l-8 8" stroke-width="1.5"/>`

function legend(y: number): string[] {
  const marks = [
    ['p50', dot],
    ['p99', ring],
    ['p99.9', tick],
    ['worst', cross],
  ] as const
  return marks.map(([name, mark], index) => {
    const at = LEFT + 90 * index
    const sign = mark(String(at), y - 4)
    return `<g class="reference">${sign}</g>${text('small', at + 12, y, name)}`
  })
}

function text(className: string, x: number, y: number, content: string): string {
  return `<text class="${className}" x="${x}" y="${y}">${escapeText(content)}</text>`
}

function escapeText(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
