/**
 * `node scripts/run.mjs bench/switch.ts`: how long a switch takes, from the press that completes the chord,
 * with one device and with ten, for a released and for a proxied host. Measured on `evswitch run` in the lab's
 * virtual time; what the kernel waits for at an ungrab, which is time and no instruction, in ordinary time too.
 */

import { type LabEvswitch, startEvswitch } from '../test/lab/evswitch.ts'
import type { HostMode } from '../test/lab/scene.ts'
import { type PlayedDevice, startPlayer } from '../test/lab/tools.ts'
import { bootLab, type LabVm } from '../test/lab/vm.ts'
import { parseCounted, recordFigures, runProgram } from './added/program.ts'
import { readVersions } from './added/versions.ts'

const DEFAULT_SWITCHES = 100
const DEVICE_COUNTS = [1, 10]
const EV_KEY = 1
const KEY_LEFTCTRL = 29
const KEY_RIGHTCTRL = 97

const USAGE = `usage: node scripts/run.mjs bench/switch.ts [options]

Measures how long a switch takes with 1 and with 10 devices.

  --switches N   switches each way and case (default ${DEFAULT_SWITCHES})
  --json         print the figures as JSON
  --no-record    keep nothing in bench/results/ and bench/README.md; --switches keeps nothing either
  --help         print this
`

/** In the order of the table; each is counted from the kernel's stamp of the completing press. */
const MOMENTS = ['guest receives', 'guest is left', 'host has all devices'] as const
type Moment = (typeof MOMENTS)[number]

type Clock = 'virtual' | 'ordinary'

type Row = {
  readonly clock: Clock
  readonly hostMode: HostMode
  readonly devices: number
  readonly moment: Moment
  readonly switches: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

type Samples = Record<Moment, number[]>

/** One keyboard, which has the chord, and as many mice as it takes. */
async function makeDevices(vm: LabVm, count: number): Promise<PlayedDevice[]> {
  const player = await startPlayer(vm)
  const devices = [await player.create({ kind: 'keyboard', name: 'bench keyboard' })]
  while (devices.length < count) {
    devices.push(await player.create({ kind: 'mouse', name: `bench mouse ${devices.length}` }))
  }
  return devices
}

async function pressChord(keyboard: PlayedDevice): Promise<void> {
  await keyboard.frame([EV_KEY, KEY_LEFTCTRL, 1])
  await keyboard.frame([EV_KEY, KEY_RIGHTCTRL, 1])
}

async function liftChord(keyboard: PlayedDevice): Promise<void> {
  await keyboard.frame([EV_KEY, KEY_RIGHTCTRL, 0])
  await keyboard.frame([EV_KEY, KEY_LEFTCTRL, 0])
}

/** Presses the chord and waits for the switch. Gives its latency. */
async function switchTo(
  target: string,
  evswitch: LabEvswitch,
  keyboard: PlayedDevice,
): Promise<number> {
  await pressChord(keyboard)
  const { latencyNs } = await evswitch.waitFor('switched', { target })
  await liftChord(keyboard)
  return Number(latencyNs) / 1e6
}

async function measure(
  vm: LabVm,
  { clock, hostMode, count }: { clock: Clock; hostMode: HostMode; count: number },
  switches: number,
): Promise<Row[]> {
  const devices = await makeDevices(vm, count)
  const [keyboard] = devices
  if (keyboard === undefined) throw new Error('there is no keyboard')
  const named = devices.flatMap(({ node }) => ['--device', node])
  const evswitch = await startEvswitch(vm, { args: ['--host-mode', hostMode, ...named] })
  for (const node of [evswitch.guestNodes.keyboard, evswitch.guestNodes.mouse]) {
    const consumer = await vm.spawn(['grabber', '--read', node])
    await consumer.waitForLine('grabbed')
  }
  const samples: Samples = { 'guest receives': [], 'guest is left': [], 'host has all devices': [] }
  for (let time = 0; time < switches; time++) {
    samples['guest receives'].push(await switchTo('guest', evswitch, keyboard))
    const leftMs = await switchTo('host', evswitch, keyboard)
    samples['guest is left'].push(leftMs)
    if (hostMode === 'proxy') continue
    await evswitch.waitUntilGivenBack()
    samples['host has all devices'].push(leftMs + slowestOf(evswitch, count))
  }
  await evswitch.stop()
  await vm.reset()
  return MOMENTS.filter((moment) => samples[moment].length > 0).map((moment) => ({
    clock,
    hostMode,
    devices: count,
    moment,
    switches,
    ...summary(samples[moment]),
  }))
}

/** How long the last of the devices of a switch took to be given back. */
function slowestOf(evswitch: LabEvswitch, count: number): number {
  const given = evswitch.log.filter(({ msg }) => msg === 'device given back').slice(-count)
  return Math.max(...given.map(({ durationMs }) => Number(durationMs)))
}

function summary(samples: readonly number[]): Pick<Row, 'p50Ms' | 'p99Ms' | 'maxMs'> {
  const sorted = [...samples].sort((a, b) => a - b)
  const at = (share: number) => round(sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN)
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) }
}

function round(ms: number): number {
  return Number(ms.toPrecision(3))
}

function formatMarkdown(rows: readonly Row[], versions: Readonly<Record<string, string>>): string {
  return [
    `Milliseconds from the press that completes the chord, ${rows[0]?.switches} switches each.`,
    '',
    '| host | devices | until | time | p50 | p99 | max |',
    '| --- | ---: | --- | --- | ---: | ---: | ---: |',
    ...rows.map(({ clock, hostMode, devices, moment, p50Ms, p99Ms, maxMs }) => {
      const host = hostMode === 'release' ? 'released' : 'proxied'
      const cells = [host, devices, momentText(moment, hostMode), clock, p50Ms, p99Ms, maxMs]
      return `| ${cells.join(' | ')} |`
    }),
    '',
    ...Object.entries(versions).map(([name, version]) => `- ${name}: ${version}`),
  ].join('\n')
}

/** Leaving a guest is receiving for a host whose nodes are ours. */
function momentText(moment: Moment, hostMode: HostMode): string {
  return moment === 'guest is left' && hostMode === 'proxy' ? 'host receives' : moment
}

async function main(): Promise<void> {
  const options = parseCounted('switches', DEFAULT_SWITCHES, 10_000)
  if (options.help) {
    console.log(USAGE)
    return
  }
  const virtual = await measureIn('virtual', ['release', 'proxy'], options.count)
  const ordinary = await measureIn('ordinary', ['release'], options.count)
  const waits = ordinary.rows.filter(({ moment }) => moment === 'host has all devices')
  const { kernel = '', emulator = '', time = '' } = virtual.versions
  const processors = ordinary.isKvm ? 'processors of the host' : 'emulated processors'
  const versions = {
    kernel,
    emulator,
    'virtual time': time,
    'ordinary time': `of two ${processors}, on a machine with other work`,
  }
  const rows = [...virtual.rows, ...waits]
  const markdown = formatMarkdown(rows, versions)
  if (options.record) recordFigures('switch', { versions, rows }, markdown)
  console.log(options.json ? JSON.stringify({ versions, rows }, null, 2) : markdown)
}

async function measureIn(clock: Clock, hostModes: readonly HostMode[], switches: number) {
  const append = clock === 'ordinary' ? 'tsc=reliable' : undefined
  const vm = await bootLab({ devices: [], udev: false, virtualTime: clock === 'virtual', append })
  try {
    const rows: Row[] = []
    for (const hostMode of hostModes) {
      for (const count of DEVICE_COUNTS) {
        rows.push(...(await measure(vm, { clock, hostMode, count }, switches)))
      }
    }
    return { rows, versions: await readVersions(vm), isKvm: vm.accelerator === 'kvm' }
  } finally {
    await vm.shutdown()
  }
}

await runProgram('bench:switch', main)
