/**
 * `node scripts/run.mjs bench/plug.ts`: how long a mouse that was just plugged in takes until its first movement
 * reaches a guest. Measured on `evswitch run` in the lab, in virtual time, with and without udev.
 */

import { join } from 'node:path'
import { startEvswitch } from '../test/lab/evswitch.ts'
import { startPlayer } from '../test/lab/tools.ts'
import { bootLab, type LabVm } from '../test/lab/vm.ts'
import { BUILD_DIR, buildPrograms } from './added/build.ts'
import { parseCounted, recordFigures, runProgram } from './added/program.ts'
import { readVersions } from './added/versions.ts'

const DEFAULT_PLUGS = 50
/** A plug that starts the service's code for the first time, and has it compiled. */
const WARM_UP = 5
/** So long may all of them take. */
const PATIENCE_MS = 600_000
const EV_KEY = 1
const CHORD = [29, 97] as const

const USAGE = `usage: node scripts/run.mjs bench/plug.ts [options]

Measures the time from plugging a mouse in to its first movement at a guest.

  --plugs N      how often (default ${DEFAULT_PLUGS})
  --json         print the figures as JSON
  --no-record    keep nothing in bench/results/ and bench/README.md; --plugs keeps nothing either
  --help         print this
`

interface Row {
  readonly udev: boolean
  readonly plugs: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

async function measure(vm: LabVm, plugs: number): Promise<number[]> {
  const player = await startPlayer(vm)
  const keyboard = await player.create({ kind: 'keyboard', name: 'bench keyboard' })
  const tool = await vm.spawn([join(BUILD_DIR, 'plug'), String(plugs + WARM_UP)])
  await tool.waitForLine('ready')
  const evswitch = await startEvswitch(vm, { args: ['--device', 'bench', '--device', 'pace'] })
  tool.write(`${evswitch.guestNodes.mouse}\n`)
  await tool.waitForLine('grabbed')
  for (const value of [1, 0]) {
    for (const key of CHORD) await keyboard.frame([EV_KEY, key, value])
  }
  await evswitch.waitFor('switched', { target: 'guest' })
  tool.write('\n')
  const { status } = await tool.waitForExit(PATIENCE_MS)
  if (status !== 0) throw new Error(tool.describe())
  return tool.stdout.lines
    .filter((line) => line.startsWith('plug '))
    .slice(WARM_UP)
    .map((line) => Number(line.slice('plug '.length)) / 1e6)
}

async function measureIn(udev: boolean, plugs: number) {
  const vm = await bootLab({ devices: [], udev, virtualTime: true })
  try {
    const sorted = (await measure(vm, plugs)).sort((a, b) => a - b)
    const at = (share: number) => round(sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN)
    const row: Row = { udev, plugs, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) }
    return { row, versions: await readVersions(vm) }
  } finally {
    await vm.shutdown()
  }
}

function round(ms: number): number {
  return Number(ms.toPrecision(3))
}

function formatMarkdown(rows: readonly Row[], versions: Readonly<Record<string, string>>): string {
  return [
    `Virtual milliseconds from plugging a mouse in to its first movement at the guest, ${rows[0]?.plugs} times each.`,
    '',
    '| udev | p50 | p99 | max |',
    '| --- | ---: | ---: | ---: |',
    ...rows.map(({ udev, p50Ms, p99Ms, maxMs }) => {
      const cells = [udev ? 'runs' : 'none', p50Ms, p99Ms, maxMs]
      return `| ${cells.join(' | ')} |`
    }),
    '',
    ...Object.entries(versions).map(([name, version]) => `- ${name}: ${version}`),
  ].join('\n')
}

async function main(): Promise<void> {
  const options = parseCounted('plugs', DEFAULT_PLUGS, 10_000)
  if (options.help) {
    console.log(USAGE)
    return
  }
  buildPrograms([])
  const bare = await measureIn(false, options.count)
  const full = await measureIn(true, options.count)
  const { versions } = bare
  const rows = [bare.row, full.row]
  const markdown = formatMarkdown(rows, versions)
  if (options.record) recordFigures('plug', { versions, rows }, markdown)
  console.log(options.json ? JSON.stringify({ versions, rows }, null, 2) : markdown)
}

await runProgram('bench:plug', main)
