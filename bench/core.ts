/**
 * `node scripts/run.mjs bench/core.ts`: what the switching core alone costs on this machine's real processor, with
 * sources and sinks in memory.
 */

import { cpus } from 'node:os'
import { join } from 'node:path'
import { runTool } from '../test/lab/programs.ts'
import { BUILD_DIR, buildPrograms } from './added/build.ts'
import { parseCounted, recordFigures, runProgram } from './added/program.ts'

const USUAL_RUNS = 9
const FRAMES = 2_000_000
/** Eight mice at 8 kHz. */
const FRAMES_A_SECOND = 8 * 8000
/** What is claimed: their share of a core. */
const MOST = 0.05

const USAGE = `usage: node scripts/run.mjs bench/core.ts [options]

Measures the processor time that the core needs for a frame, and what that is for 8 mice at 8 kHz. Fails when they take
more than ${100 * MOST} % of a core.

  --runs N       how often (default ${USUAL_RUNS})
  --json         print the figures as JSON
  --no-record    keep nothing in bench/results/ and bench/README.md; --runs keeps nothing either
  --help         print this
`

interface Line {
  readonly kind: string
  readonly nsPerFrame: number
}

interface Row {
  readonly kind: string
  /** Of the runs. */
  readonly medianNs: number
  readonly worstNs: number
  /** Of a core, for 8 mice at 8 kHz, by the worst run. */
  readonly share: number
}

function measure(runs: number): readonly Row[] {
  const lines = Array.from({ length: runs }, () =>
    runTool(join(BUILD_DIR, 'core'), [String(FRAMES)])
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line),
  ).flat()
  return [...new Set(lines.map(({ kind }) => kind))].map((kind) => {
    const sorted = lines
      .filter((line) => line.kind === kind)
      .map(({ nsPerFrame }) => nsPerFrame)
      .sort((a, b) => a - b)
    const worstNs = sorted.at(-1) ?? Number.NaN
    const medianNs = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN
    return { kind, medianNs, worstNs, share: (worstNs * FRAMES_A_SECOND) / 1e9 }
  })
}

function formatMarkdown(rows: readonly Row[], versions: Readonly<Record<string, string>>): string {
  return [
    'Nanoseconds of processor time for a frame, and what 8 mice at 8 kHz take of a core by the worst run.',
    '',
    '| frames | median | worst | 8 mice, 8 kHz |',
    '| --- | ---: | ---: | ---: |',
    ...rows.map(
      ({ kind, medianNs, worstNs, share }) =>
        `| ${kind} | ${medianNs.toFixed(1)} | ${worstNs.toFixed(1)} | ${(100 * share).toFixed(2)} % |`,
    ),
    '',
    ...Object.entries(versions).map(([name, version]) => `- ${name}: ${version}`),
  ].join('\n')
}

async function main(): Promise<void> {
  const options = parseCounted('runs', USUAL_RUNS, 1000)
  if (options.help) {
    console.log(USAGE)
    return
  }
  buildPrograms([])
  const rows = measure(options.count)
  const versions = {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    compiler: runTool('gcc', ['--version']).toString().split('\n')[0] ?? '',
  }
  const markdown = formatMarkdown(rows, versions)
  if (options.record) recordFigures('core', { versions, rows }, markdown)
  console.log(options.json ? JSON.stringify({ versions, rows }, null, 2) : markdown)
  const broken = rows.find(({ share }) => share > MOST)
  if (broken !== undefined) {
    throw new Error(
      `${broken.kind}: 8 mice at 8 kHz take ${(100 * broken.share).toFixed(1)} % of a core`,
    )
  }
}

await runProgram('core', main)
