/**
 * `node scripts/run.mjs bench/stages.ts`: where the instructions of one frame go, stage by stage, in
 * the lab's virtual time, where they can be counted exactly.
 */

import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bootLab } from '../test/lab/vm.ts'
import { BUILD_DIR, buildPrograms } from './added/build.ts'
import { type Forwarder, listForwarders } from './added/forwarders.ts'
import { recordFigures, runProgram } from './added/program.ts'
import { FRAME_KINDS } from './added/samples.ts'
import { paceArguments } from './added/script.ts'
import { readVersions } from './added/versions.ts'

const USAGE = `usage: node scripts/run.mjs bench/stages.ts [--json] [--no-record] [--help]

Prints the mean number of instructions between the system calls of the forwarding thread, and in
them, for the forwarders that wait in epoll_wait. "write" contains the reader's whole turn, because
the reader runs as soon as the frame is written.

  --json         print the figures as JSON
  --no-record    keep nothing in bench/results/ and bench/README.md
  --help         print this
`

// added/stages.c prints after 1800 rounds; warm-up included, these are more.
const FRAMES = 2000
const DEADLINE_MS = 300_000

const STAGES = ['wokenToRead', 'read', 'decide', 'write', 'after'] as const
type Stages = Readonly<Record<(typeof STAGES)[number], number>>

/** The same forwarder with the counting library preloaded. */
function withStages(forwarder: Forwarder): Forwarder {
  const preload = `LD_PRELOAD=${join(BUILD_DIR, 'stages.so')}`
  return { ...forwarder, command: ['/usr/bin/env', preload, ...forwarder.command] }
}

function parseStages(name: string, stderr: string): Stages {
  const line = stderr.split('\n').find((candidate) => candidate.startsWith('{"stages"'))
  if (line === undefined) throw new Error(`${name} printed no stages: ${stderr}`)
  return (JSON.parse(line) as { stages: Stages }).stages
}

type Report = {
  readonly stages: Readonly<Record<string, Stages>>
  readonly versions: Readonly<Record<string, string>>
}

function formatMarkdown({ stages, versions }: Report): string {
  const row = (name: string, { wokenToRead, read, decide, write, after }: Stages): string => {
    const cells = [wokenToRead, read, decide, write, after].map((mean) => mean.toFixed(0))
    return `| ${[name, ...cells].join(' | ')} |`
  }
  return [
    '| instructions | woken to read | read | decide | write | after |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...Object.entries(stages).map(([name, means]) => row(name, means)),
    '',
    ...Object.entries(versions).map(([name, version]) => `- ${name}: ${version}`),
  ].join('\n')
}

function print(report: Report): void {
  console.log(['instructions'.padEnd(18), ...STAGES.map((stage) => stage.padStart(12))].join(''))
  for (const [name, stages] of Object.entries(report.stages)) {
    const cells = STAGES.map((stage) => stages[stage].toFixed(0).padStart(12))
    console.log([name.padEnd(18), ...cells].join(''))
  }
}

async function measure(): Promise<Report> {
  const forwarders = listForwarders(BUILD_DIR).filter(({ name }) => name !== 'blocking')
  buildPrograms(forwarders)
  const vm = await bootLab({ virtualTime: true, udev: false, devices: [] })
  const stages: Record<string, Stages> = {}
  try {
    for (const kind of FRAME_KINDS) {
      for (const forwarder of forwarders) {
        const name = `${kind} ${forwarder.name}`
        const command = paceArguments(BUILD_DIR, kind, FRAMES, name, withStages(forwarder))
        const { status, stderr } = await vm.run(command, { deadlineMs: DEADLINE_MS })
        if (status !== 0) throw new Error(`could not measure ${name}: ${stderr}`)
        stages[name] = parseStages(name, stderr)
      }
    }
    return { stages, versions: await readVersions(vm) }
  } finally {
    await vm.shutdown()
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      'no-record': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return
  }
  const report = await measure()
  if (!values['no-record']) recordFigures('stages', report, formatMarkdown(report))
  if (values.json) console.log(JSON.stringify(report, null, 2))
  else print(report)
}

await runProgram('bench:stages', main)
