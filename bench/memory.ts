/**
 * `node scripts/run.mjs bench/memory.ts`: resident memory of the installed service under an hour of mixed load, in
 * the lab with systemd. Fails when it needs more than is claimed, or grows.
 */

import { join } from 'node:path'
import { ROOT } from '../test/lab/cache.ts'
import {
  followJournal,
  guestNodes,
  installService,
  type Journal,
  unit,
  unitProperties,
  writeInstalledConfig,
} from '../test/lab/installed.ts'
import type { LabProcess } from '../test/lab/lab-process.ts'
import { type LabPlayer, type PlayedDevice, startPlayer } from '../test/lab/tools.ts'
import { bootLab, type LabVm } from '../test/lab/vm.ts'
import { parseCounted, recordFigures, runProgram } from './added/program.ts'

const DEFAULT_MINUTES = 60
/** Resident, in millions of bytes, at any time. */
const MOST_MB = 80
/** So much more may the last sixth of the time show than the second: what a collection or two make. */
const MOST_GROWTH = 1.03
/** A round of the load begins so often. */
const ROUND_MS = 5000
const FOLLOWERS = 4
/** For an answer, on a machine that is busy with other things. */
const PATIENCE_MS = 300_000
/** A run that is shorter is kept only as what was printed. */
const KEPT_MINUTES = 20
const STATUS_CALLS = 10
const MOTION_FRAMES = 250
const MOTION_GAP_US = 4000
const ROUNDS_PER_RELOAD = 6

const EV_KEY = 1
const EV_REL = 2
const KEY_LEFTCTRL = 29
const KEY_RIGHTCTRL = 97
/** Q to P. */
const LETTERS = [16, 17, 18, 19, 20, 21, 22, 23, 24, 25]

const USAGE = `usage: node scripts/run.mjs bench/memory.ts [options]

Types, moves, switches, replugs, asks, follows and reloads, and watches the service's memory meanwhile.

  --minutes N    how long (default ${DEFAULT_MINUTES})
  --json         print the figures as JSON
  --no-record    keep nothing in bench/results/ and bench/README.md; less than ${KEPT_MINUTES} minutes keep nothing either
  --help         print this
`

/** Devices of uinput are taken only when they are named. */
const SOURCES = ['load keyboard', 'load mouse', 'spare mouse']
  .map((name) => `[[source]]\ndevice = "${name}"\n`)
  .join('')

/** Two configurations that take turns: the second has another target and hotkey, and more in the log. */
const CONFIGS = [
  `${SOURCES}[log]\nlevel = "info"\n`,
  `${SOURCES}[[target]]
name = "guest"
[[target]]
name = "mac"
[[hotkey]]
keys = "leftctrl+rightctrl"
action = "next"
[[hotkey]]
keys = "f12"
action = "switch"
target = "mac"
[log]
level = "debug"
`,
]

interface Sample {
  readonly minute: number
  readonly residentMb: number
  /** Of it what is the process's own: heaps and stacks, no files. */
  readonly anonymousMb: number
}

interface Load {
  rounds: number
  keys: number
  motionFrames: number
  switches: number
  replugs: number
  statusCalls: number
  followersReplaced: number
  reloads: number
  /** A new node may come too late on an emulated machine; then the reload is refused, and nothing changes. */
  reloadsRefused: number
}

interface Scene {
  readonly vm: LabVm
  readonly journal: Journal
  readonly player: LabPlayer
  readonly keyboard: PlayedDevice
  readonly mouse: PlayedDevice
  readonly clients: LabProcess
  readonly pid: string
}

async function prepare(vm: LabVm): Promise<Scene> {
  await installService(vm)
  await writeInstalledConfig(vm, CONFIGS[0] ?? '')
  await vm.check(['systemctl', 'reload', unit])
  const journal = await followJournal(vm)
  const player = await startPlayer(vm)
  const keyboard = await player.create({ kind: 'keyboard', name: 'load keyboard' })
  await arrival(journal, 'load keyboard')
  const mouse = await player.create({ kind: 'mouse', name: 'load mouse' })
  await arrival(journal, 'load mouse')
  for (const node of Object.values(guestNodes)) {
    // A consumer that reads, and tells nobody.
    const quiet = `grabber --read ${node} | { read -r line; echo "$line"; exec cat >/dev/null; }`
    await (await vm.spawn(quiet)).waitForLine('grabbed')
  }
  const tool = join(ROOT, 'test/lab/tools/clients.mjs')
  const clients = await vm.spawn([process.execPath, tool, String(FOLLOWERS)])
  await clients.waitForLine('done')
  const { MainPID = '' } = await unitProperties(vm, 'MainPID')
  return { vm, journal, player, keyboard, mouse, clients, pid: MainPID }
}

async function arrival(journal: Journal, name: string): Promise<void> {
  await journal.waitFor(new RegExp(`"name":"${name}".*"msg":"device arrived"`))
}

/** Gives a command to the clients; what was refused is told. */
async function ask({ clients }: Scene, line: string): Promise<string | undefined> {
  clients.write(`${line}\n`)
  const answer = await clients.waitForLine(/^(done|error)/, PATIENCE_MS)
  return answer === 'done' ? undefined : answer
}

async function command(scene: Scene, line: string): Promise<void> {
  const refusal = await ask(scene, line)
  if (refusal !== undefined) throw new Error(`${line}: ${refusal}`)
}

/** Every other time a target is added, every other time it is removed. */
async function reload(scene: Scene, load: Load): Promise<void> {
  await writeInstalledConfig(scene.vm, CONFIGS[++load.reloads % CONFIGS.length] ?? '')
  const refusal = await ask(scene, 'reload')
  if (refusal === undefined) return
  if (!refusal.includes('may not read its node')) throw new Error(refusal)
  load.reloadsRefused++
}

async function switchTo({ keyboard, journal }: Scene, target: string): Promise<void> {
  for (const key of [KEY_LEFTCTRL, KEY_RIGHTCTRL]) await keyboard.frame([EV_KEY, key, 1])
  await journal.waitFor(new RegExp(`"target":"${target}".*"msg":"switched"`))
  for (const key of [KEY_RIGHTCTRL, KEY_LEFTCTRL]) await keyboard.frame([EV_KEY, key, 0])
}

async function playRound(scene: Scene, load: Load): Promise<void> {
  const { journal, player, keyboard, mouse } = scene
  await switchTo(scene, 'guest')
  for (const key of LETTERS) await keyboard.tap(key)
  await mouse.stream(MOTION_FRAMES, MOTION_GAP_US, [EV_REL, 0, 3], [EV_REL, 1, -2])
  const spare = await player.create({ kind: 'mouse', name: 'spare mouse' })
  await arrival(journal, 'spare mouse')
  await spare.frame([EV_REL, 0, 1])
  await spare.destroy()
  await journal.waitFor(/"name":"spare mouse".*"msg":"device departed"/)
  await command(scene, `status ${STATUS_CALLS}`)
  await command(scene, 'turn')
  if (load.rounds % ROUNDS_PER_RELOAD === 0) await reload(scene, load)
  await switchTo(scene, 'host')
  load.rounds++
  load.keys += LETTERS.length
  load.motionFrames += MOTION_FRAMES + 1
  load.switches += 2
  load.replugs++
  load.statusCalls += STATUS_CALLS
  load.followersReplaced++
}

async function takeSample({ vm, pid }: Scene, minute: number): Promise<Sample> {
  const status = await vm.readFile(`/proc/${pid}/status`)
  const mb = (name: string) => {
    const [, kib = ''] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status) ?? []
    if (kib === '') throw new Error(`no ${name} in /proc/${pid}/status`)
    return round((Number(kib) * 1024) / 1e6)
  }
  return { minute, residentMb: mb('VmRSS'), anonymousMb: mb('RssAnon') }
}

async function measure(vm: LabVm, minutes: number) {
  const scene = await prepare(vm)
  const load: Load = {
    rounds: 0,
    keys: 0,
    motionFrames: 0,
    switches: 0,
    replugs: 0,
    statusCalls: 0,
    followersReplaced: 0,
    reloads: 0,
    reloadsRefused: 0,
  }
  const started = performance.now()
  const samples = [await takeSample(scene, 0)]
  while ((samples.at(-1)?.minute ?? 0) < minutes) {
    const begun = performance.now()
    await playRound(scene, load)
    const sample = await takeSample(scene, round((performance.now() - started) / 60_000))
    samples.push(sample)
    console.error(JSON.stringify({ ...sample, ...load }))
    const restMs = ROUND_MS - (performance.now() - begun)
    if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs))
  }
  const { MainPID } = await unitProperties(vm, 'MainPID')
  if (MainPID !== scene.pid) throw new Error('the service was started again meanwhile')
  return { samples, load }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

/** The time in six parts of the same length; each by its median and most. */
function sixths(samples: readonly Sample[]) {
  const lengthMinutes = (samples.at(-1)?.minute ?? 0) / 6
  return Array.from({ length: 6 }, (_, index) => {
    const part = samples.filter(
      ({ minute }) => Math.min(5, Math.floor(minute / lengthMinutes)) === index,
    )
    const median = (of: (sample: Sample) => number) => {
      const sorted = part.map(of).sort((a, b) => a - b)
      return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
    }
    return {
      untilMinute: Math.round(lengthMinutes * (index + 1) * 10) / 10,
      residentMb: median(({ residentMb }) => residentMb),
      mostMb: Math.max(...part.map(({ residentMb }) => residentMb)),
      anonymousMb: median(({ anonymousMb }) => anonymousMb),
    }
  })
}

type Parts = ReturnType<typeof sixths>

/** What does not hold, a sentence each. */
function broken(parts: Parts): string[] {
  const most = Math.max(...parts.map(({ mostMb }) => mostMb))
  const growth = (parts[5]?.residentMb ?? Number.NaN) / (parts[1]?.residentMb ?? Number.NaN)
  return [
    ...(most < MOST_MB ? [] : [`${most} MB are more than the ${MOST_MB} that are claimed`]),
    ...(growth <= MOST_GROWTH ? [] : [`it grew by ${((growth - 1) * 100).toFixed(1)} %`]),
  ]
}

function formatMarkdown(
  parts: Parts,
  load: Load,
  versions: Readonly<Record<string, string>>,
): string {
  return [
    `Load: ${Object.entries(load)
      .map(
        ([name, count]) =>
          `${count} ${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}`,
      )
      .join(', ')}.`,
    '',
    '| until minute | resident, median | most | its own, median |',
    '| ---: | ---: | ---: | ---: |',
    ...parts.map(({ untilMinute, residentMb, mostMb, anonymousMb }) => {
      const cells = [residentMb, mostMb, anonymousMb].map((mb) => `${mb.toFixed(1)} MB`)
      return `| ${[untilMinute, ...cells].join(' | ')} |`
    }),
    '',
    ...Object.entries(versions).map(([name, version]) => `- ${name}: ${version}`),
  ].join('\n')
}

async function main(): Promise<void> {
  const options = parseCounted('minutes', DEFAULT_MINUTES, 10_000)
  if (options.help) {
    console.log(USAGE)
    return
  }
  const isKept = options.count >= KEPT_MINUTES && !process.argv.includes('--no-record')
  const began = new Date().toISOString()
  const vm = await bootLab({ init: 'systemd', bootDeadlineMs: PATIENCE_MS })
  try {
    const { samples, load } = await measure(vm, options.count)
    const versions = {
      began,
      kernel: (await vm.check(['uname', '-rv'])).trim(),
      node: process.version,
      claimed: `below ${MOST_MB} MB (millions of bytes) always; the last sixth at most ${Math.round((MOST_GROWTH - 1) * 100)} % above the second`,
    }
    const parts = sixths(samples)
    const markdown = formatMarkdown(parts, load, versions)
    if (isKept) recordFigures('memory', { versions, load, parts, samples }, markdown)
    console.log(
      options.json ? JSON.stringify({ versions, load, parts, samples }, null, 2) : markdown,
    )
    const faults = broken(parts)
    if (faults.length > 0) throw new Error(faults.join('; '))
  } finally {
    await vm.shutdown()
  }
}

await runProgram('bench:memory', main)
