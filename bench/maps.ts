/**
 * `node scripts/run.mjs bench/maps.ts`: what a map costs a frame that it has no rule for, and one that it has, in one boot
 * of the lab in virtual time. bench/README.md tells the method.
 */

import { BUILD_DIR } from './added/build.ts'
import { type Forwarder, listForwarders } from './added/forwarders.ts'
import { measureInLab } from './added/measure.ts'
import { parseCounted, recordFigures, runProgram } from './added/program.ts'
import type { Report } from './added/report.ts'
import { FRAME_KINDS, type FrameKind } from './added/samples.ts'

const USUAL_FRAMES = 2000
const RULES = 200

/** What is claimed: at most so much more than without a map. */
const MOST_UNMAPPED = 0.01
const MOST_MAPPED = 0.05

const USAGE = `usage: node scripts/run.mjs bench/maps.ts -- [options]

Measures what a map of ${RULES} rules costs, in the lab's virtual time. Fails when it is more than is claimed.

  --frames N     frames per run (default ${USUAL_FRAMES})
  --json         print the report as JSON
  --no-record    keep nothing in bench/results/ and bench/README.md; --frames keeps nothing either
  --help         print this
`

const NO_MAP = 'no map'
const OTHER_KEYS = `${RULES} rules for other keys`
const THIS_KEY = `${RULES} rules, one for this key`

function forwarders(): readonly Forwarder[] {
  const evswitch = listForwarders(BUILD_DIR).find(({ name }) => name === 'evswitch')
  if (evswitch === undefined) throw new Error('there is no forwarder named evswitch')
  const withArguments = (name: string, ...more: string[]): Forwarder => ({
    ...evswitch,
    name,
    command: [...evswitch.command, ...more],
  })
  return [
    withArguments(NO_MAP),
    withArguments(OTHER_KEYS, '--rules', String(RULES)),
    withArguments(THIS_KEY, '--rules', String(RULES - 1), '--mapped'),
  ]
}

interface Cost {
  readonly kind: FrameKind
  readonly map: string
  readonly meanNs: number
  /** Of what is added without a map. */
  readonly more: number
  /** What is claimed. */
  readonly most: number
}

function costs(report: Report): readonly Cost[] {
  return FRAME_KINDS.flatMap((kind) => {
    const rows = report.sections.find((section) => section.kind === kind)?.rows ?? []
    const base = rows.find(({ forwarder }) => forwarder === NO_MAP)?.added.meanNs ?? Number.NaN
    return rows.map(({ forwarder, added }) => ({
      kind,
      map: forwarder,
      meanNs: added.meanNs,
      more: added.meanNs / base - 1,
      most: kind === 'key' && forwarder === THIS_KEY ? MOST_MAPPED : MOST_UNMAPPED,
    }))
  })
}

function percent(share: number): string {
  return `${share < 0 ? '' : '+'}${(100 * share).toFixed(2)} %`
}

function markdown(all: readonly Cost[], { versions, framesPerRun }: Report): string {
  const rows = all.map(
    ({ kind, map, meanNs, more, most }) =>
      `| ${kind} | ${map} | +${(meanNs / 1000).toFixed(2)} | ${map === NO_MAP ? '' : percent(more)} | ${map === NO_MAP ? '' : `at most ${percent(most)}`} |`,
  )
  return [
    `What evswitch adds to a frame, mean of ${framesPerRun} in virtual microseconds.`,
    '',
    '| frames | map | added | against no map | claimed |',
    '| --- | --- | ---: | ---: | ---: |',
    ...rows,
    '',
    ...Object.entries(versions).map(([name, version]) => `- ${name}: ${version}`),
  ].join('\n')
}

async function main(): Promise<void> {
  const options = parseCounted('frames', USUAL_FRAMES, 1_000_000)
  if (options.help) {
    console.log(USAGE)
    return
  }
  const report = await measureInLab(forwarders(), options.count)
  const all = costs(report)
  if (options.record) recordFigures('maps', { ...report, costs: all }, markdown(all, report))
  console.log(
    options.json ? JSON.stringify({ ...report, costs: all }, null, 2) : markdown(all, report),
  )
  const broken = all.find(({ more, most }) => !(more <= most))
  if (broken === undefined) return
  throw new Error(`${broken.kind} frames with ${broken.map} cost ${percent(broken.more)}`)
}

await runProgram('maps', main)
