/**
 * `npm run bench:added`: what evswitch adds to the latency of a frame, against the reference
 * forwarders, in one boot of the lab in virtual time. bench/README.md tells the method.
 */

import { parseArgs } from 'node:util'
import { BUILD_DIR } from './added/build.ts'
import { type Forwarder, listForwarders } from './added/forwarders.ts'
import { measureInLab } from './added/measure.ts'
import { recordFigures, runProgram, UsageError } from './added/program.ts'
import { formatMarkdown, formatRatios, formatText, type Report } from './added/report.ts'

const DEFAULT_FRAMES = 2000
// Of the host's clock. A boot and eight runs take about half a minute on an idle machine.

const USAGE = `usage: npm run bench:added -- [options]

Measures what a forwarder adds to the latency of mouse and key frames, in the lab's virtual time.

  --frames N     frames per run, after 200 to warm up (default ${DEFAULT_FRAMES})
  --only NAMES   only these forwarders, by comma: blocking, epoll, evswitch
  --json         print the report as JSON
  --no-record    keep nothing in bench/results/ and bench/README.md; --only and --frames keep nothing either
  --help         print this
`

type Options = {
  readonly frames: number
  readonly forwarders: readonly Forwarder[]
  readonly json: boolean
  readonly record: boolean
}

function chooseForwarders(only: string | undefined): readonly Forwarder[] {
  const all = listForwarders(BUILD_DIR)
  if (only === undefined) return all
  return only.split(',').map((name) => {
    const forwarder = all.find((candidate) => candidate.name === name)
    if (forwarder) return forwarder
    throw new UsageError(
      `unknown forwarder ${name}; there are ${all.map((f) => f.name).join(', ')}`,
    )
  })
}

/** Undefined when only the usage is wanted. */
function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      frames: { type: 'string' },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      'no-record': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const frames = Number(values.frames ?? DEFAULT_FRAMES)
  if (!Number.isInteger(frames) || frames < 1 || frames > 1_000_000) {
    throw new UsageError(`--frames must be a number from 1 to 1000000, not ${values.frames}`)
  }
  const complete = values.frames === undefined && values.only === undefined
  return {
    frames,
    forwarders: chooseForwarders(values.only),
    json: values.json,
    record: complete && !values['no-record'],
  }
}

function print(report: Report): void {
  console.log(`Added latency, virtual microseconds, ${report.framesPerRun} frames each.`)
  console.log('"direct" is the reader on the device itself; the others are what they add.\n')
  console.log(formatText(report))
  for (const line of formatRatios(report)) console.log(line)
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2))
  if (!options) {
    console.log(USAGE)
    return
  }
  const report = await measureInLab(options.forwarders, options.frames)
  if (options.record) recordFigures('added', report, formatMarkdown(report))
  if (options.json) console.log(JSON.stringify(report, null, 2))
  else print(report)
}

await runProgram('bench:added', main)
