/**
 * `node scripts/run.mjs bench/restarts.ts`: what a running guest notices of a service that is restarted, killed and
 * brought up to date. In the lab with systemd; a nested QEMU has the nodes, and one of its keys is down each time.
 * The first key that is lost or stuck ends it, and then no figures are kept.
 */

import { installService, unitProperties } from '../test/lab/installed.ts'
import { ends, guestWithInput, KEY_A, KEY_B, KEY_C, outlive } from '../test/lab/outlive.ts'
import type { ScannedKey } from '../test/lab/scan-codes.ts'
import { bootLab, type LabVm } from '../test/lab/vm.ts'
import { parseCounted, recordFigures, runProgram } from './added/program.ts'

const DEFAULT_RESTARTS = 100
/** What a round types: a key before the end, one that is down meanwhile, and one afterwards. */
const TYPED: readonly number[] = [KEY_A, KEY_B, KEY_C]

const USAGE = `usage: node scripts/run.mjs bench/restarts.ts [options]

Restarts the service under a running guest, kills it a fifth as often, and then brings it up to date once.
Every key must arrive, none may be stuck, and the guest's nodes must stay. Half a minute a round.

  --restarts N   how often (default ${DEFAULT_RESTARTS})
  --json         print the figures as JSON
  --no-record    keep nothing in bench/results/ and docs/service.md; --restarts keeps nothing either
  --help         print this
`

type End = keyof typeof ends

interface Row {
  readonly end: End
  readonly rounds: number
  readonly keysTyped: number
  readonly keysPressed: number
  readonly keysReleased: number
  readonly p50Ms: number
  readonly maxMs: number
}

/** How often the guest saw one of the typed keys go down, and up; the repeats of a key are no presses. */
function countKeys(seen: readonly ScannedKey[]): { pressed: number; released: number } {
  const down = new Set<number>()
  let pressed = 0
  let released = 0
  for (const { key, down: isDown } of seen) {
    if (!TYPED.includes(key)) continue
    if (isDown && !down.has(key)) pressed++
    if (!isDown) released++
    if (isDown) down.add(key)
    else down.delete(key)
  }
  return { pressed, released }
}

async function measure(vm: LabVm, plan: readonly (readonly [End, number])[]): Promise<Row[]> {
  await installService(vm)
  const scene = await guestWithInput(vm)
  const rows: Row[] = []
  for (const [end, rounds] of plan) {
    const seenBefore = scene.guest.keys.length
    const tookMs: number[] = []
    for (let round = 1; round <= rounds; round++) {
      tookMs.push(await outlive(vm, scene, ends[end]))
      console.error(`${new Date().toISOString()} ${end} ${round} of ${rounds}`)
    }
    const keys = countKeys(scene.guest.keys.slice(seenBefore))
    const keysTyped = rounds * TYPED.length
    if (keys.pressed !== keysTyped || keys.released !== keysTyped) {
      throw new Error(`${end}: ${keysTyped} keys were typed, the guest saw ${JSON.stringify(keys)}`)
    }
    const sorted = tookMs.sort((a, b) => a - b)
    const at = (share: number) => Math.round(sorted[Math.ceil(share * rounds) - 1] ?? Number.NaN)
    const row = { end, rounds, keysTyped, keysPressed: keys.pressed, keysReleased: keys.released }
    rows.push({ ...row, p50Ms: at(0.5), maxMs: at(1) })
  }
  const { NFileDescriptorStore } = await unitProperties(vm, 'NFileDescriptorStore')
  if (NFileDescriptorStore !== '2') {
    throw new Error(`systemd keeps ${NFileDescriptorStore} descriptors for two nodes`)
  }
  return rows
}

function formatMarkdown(rows: readonly Row[], versions: Readonly<Record<string, string>>): string {
  return [
    '| the service was | rounds | keys typed | seen pressed | seen released | ready again, p50 | max |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows.map(({ end, rounds, keysTyped, keysPressed, keysReleased, p50Ms, maxMs }) => {
      const words: Record<End, string> = {
        restart: 'restarted',
        kill: 'killed (SIGKILL)',
        update: 'replaced by another build',
      }
      const seconds = [p50Ms, maxMs].map((ms) => `${(ms / 1000).toFixed(1)} s`)
      return `| ${[words[end], rounds, keysTyped, keysPressed, keysReleased, ...seconds].join(' | ')} |`
    }),
    '',
    ...Object.entries(versions).map(([name, version]) => `- ${name}: ${version}`),
  ].join('\n')
}

async function main(): Promise<void> {
  const options = parseCounted('restarts', DEFAULT_RESTARTS, 10_000)
  if (options.help) {
    console.log(USAGE)
    return
  }
  const started = new Date().toISOString()
  const vm = await bootLab({ init: 'systemd', bootDeadlineMs: 300_000 })
  try {
    const rows = await measure(vm, [
      ['restart', options.count],
      ['kill', Math.ceil(options.count / 5)],
      ['update', 1],
    ])
    const versions = {
      began: started,
      kernel: (await vm.check(['uname', '-rv'])).trim(),
      systemd: (await vm.check(['systemctl', '--version'])).split('\n')[0] ?? '',
      time: 'of an emulated machine beside other work; the update includes its installation',
    }
    const markdown = formatMarkdown(rows, versions)
    if (options.record) recordFigures('restarts', { versions, rows }, markdown)
    console.log(options.json ? JSON.stringify({ versions, rows }, null, 2) : markdown)
  } finally {
    await vm.shutdown()
  }
}

await runProgram('bench:restarts', main)
