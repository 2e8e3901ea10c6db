/**
 * `node scripts/run.mjs bench/flood.ts`: the latency of routed input while clients of the control socket do everything
 * wrong, against a calm time of the same length. On `evswitch service run` in the lab, in ordinary time.
 */

import type { Status } from '../src/control/protocol.ts'
import { flood, type RoutedInput, routeDuring } from '../test/lab/control-flood.ts'
import { bootLab } from '../test/lab/vm.ts'
import { parseCounted, recordFigures, runProgram } from './added/program.ts'

const DEFAULT_CONNECTIONS = 10_000
const motion = { hz: 250 }

const USAGE = `usage: node scripts/run.mjs bench/flood.ts [options]

Measures the latency of input while hostile clients come to the control socket, and without them.

  --connections N   how many clients (default ${DEFAULT_CONNECTIONS})
  --json            print the figures as JSON
  --no-record       keep nothing in bench/results/ and bench/README.md; --connections keeps nothing either
  --help            print this
`

interface Row {
  readonly time: 'flooded' | 'calm'
  readonly kind: 'mouse' | 'key'
  readonly latency: Status['latency']['mouse']
}

function rowsOf(time: Row['time'], { after }: RoutedInput): Row[] {
  return (['mouse', 'key'] as const).map((kind) => ({ time, kind, latency: after.latency[kind] }))
}

/** Frames that were sent and did not go out, by the engine's counters. */
function lostFrames({ sent, before, after }: RoutedInput): number {
  return sent.frames + 2 * sent.keys - (after.counters.framesOut - before.counters.framesOut)
}

function formatMarkdown(
  rows: readonly Row[],
  facts: readonly string[],
  versions: Readonly<Record<string, string>>,
): string {
  const us = (ns: number | undefined) => (ns === undefined ? '-' : (ns / 1000).toFixed(1))
  return [
    ...facts.map((fact) => `- ${fact}`),
    '',
    '| microseconds | frames | p50 | p99 | p99.9 | max |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...rows.map(({ time, kind, latency: { count, p50Ns, p99Ns, p999Ns, maxNs } }) => {
      const cells = [count, ...[p50Ns, p99Ns, p999Ns, maxNs].map(us)]
      return `| ${kind}, ${time} | ${cells.join(' | ')} |`
    }),
    '',
    ...Object.entries(versions).map(([name, version]) => `- ${name}: ${version}`),
  ].join('\n')
}

async function main(): Promise<void> {
  const options = parseCounted('connections', DEFAULT_CONNECTIONS, 1_000_000)
  if (options.help) {
    console.log(USAGE)
    return
  }
  const vm = await bootLab({ devices: [], bootDeadlineMs: 300_000 })
  try {
    const flooded = await routeDuring(vm, motion, (service) => flood(vm, service, options.count))
    await vm.reset()
    const calm = await routeDuring(
      vm,
      motion,
      () => new Promise((resolve) => setTimeout(resolve, flooded.durationMs)),
    )
    const lost = [flooded, calm].map(lostFrames)
    const { connections, refused, mostDescriptors, mostResidentKb } = flooded.result
    const facts = [
      `${connections} connections in ${(flooded.durationMs / 1000).toFixed(0)} s, of which ${refused} were refused for being too many`,
      `the service: at most ${mostDescriptors} open descriptors and ${((mostResidentKb * 1024) / 1e6).toFixed(1)} MB resident; the same process afterwards`,
      `frames lost: ${lost[0]} flooded, ${lost[1]} calm; overruns: ${flooded.after.counters.drops} and ${calm.after.counters.drops}`,
    ]
    const versions = {
      kernel: (await vm.check(['uname', '-rv'])).trim(),
      node: process.version,
      time: 'ordinary time of two emulated processors, on a machine with other work; SCHED_FIFO 20',
    }
    const rows = [...rowsOf('flooded', flooded), ...rowsOf('calm', calm)]
    const figures = { versions, flood: flooded.result, lost, rows }
    const markdown = formatMarkdown(rows, facts, versions)
    if (options.record) recordFigures('flood', figures, markdown)
    console.log(options.json ? JSON.stringify(figures, null, 2) : markdown)
    if (lost.some((count) => count !== 0) || flooded.after.pid !== flooded.before.pid) {
      throw new Error('frames were lost, or the service was')
    }
  } finally {
    await vm.shutdown()
  }
}

await runProgram('bench:flood', main)
