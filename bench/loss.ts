/**
 * `node scripts/run.mjs bench/loss.ts`: at which rate does evswitch begin to lose frames, and at which does the epoll
 * reference, with one mouse and with eight, in the lab's virtual time.
 */

import { join } from 'node:path'
import type { Beats } from '../src/bench/metronome.ts'
import { bootLab, type LabVm } from '../test/lab/vm.ts'
import { BUILD_DIR, buildPrograms } from './added/build.ts'
import { forwarderPriority, listForwarders } from './added/forwarders.ts'
import { LabMetronome } from './added/lab-metronome.ts'
import { parseCounted, recordFigures, runProgram } from './added/program.ts'
import { readVersions } from './added/versions.ts'

const DEVICE_COUNTS = [1, 8]
/** Below what either forwards. */
const SLOWEST_HZ = 3000
/** Of all mice together. Nothing here forwards so fast; a rate that cannot even be sent is reported as such. */
const FASTEST_HZ = 64_000
/** The rates that are tried at last are so far apart. */
const PRECISION = 0.01
/** What is claimed: nothing is lost up to this share of the rate at which the reference begins to lose. */
const CLAIMED = 0.95
const USUAL_BEATS = 20_000
/**
 * A rate is tried for so long. The kernel takes the processor away from real-time threads for 50 ms when they have used
 * 95 % of a second (sched_rt_runtime_us), as on every machine: a shorter run would not see it.
 */
const TRIAL_S = 2.5

const USAGE = `usage: node scripts/run.mjs bench/loss.ts [options]

Looks for the rate at which frames begin to be lost, for the epoll reference and for evswitch, with 1 and with 8 mice. Then
sends evswitch ${100 * CLAIMED} % of the reference's. Fails when it loses any.

  --beats N      frames in that last run, of all mice together (default ${USUAL_BEATS})
  --json         print the figures as JSON
  --no-record    keep nothing in bench/results/ and bench/README.md; --beats keeps nothing either
  --help         print this
`

interface Row {
  readonly devices: number
  readonly forwarder: string
  /** Frames a second of all mice together: the fastest that lost none, and the slowest that lost some. */
  readonly losslessHz: number
  readonly lossyHz: number
  /** That rate could be sent; otherwise it is the machine's limit and not the forwarder's. */
  readonly wasSent: boolean
}

interface Claim {
  readonly devices: number
  readonly hz: number
  readonly sent: number
  readonly lost: number
}

type Program = 'epoll' | 'evswitch'

function commandOf(program: Program, nodes: readonly string[]): string[] {
  const [first = '', ...others] = nodes
  const fifo = ['--fifo', String(forwarderPriority)]
  if (program === 'epoll') {
    return [join(BUILD_DIR, 'epoll-many'), '--device', first, ...fifo, '--', ...others]
  }
  const devices = nodes.flatMap((node) => ['--device', node])
  return [join(BUILD_DIR, 'evswitch-forward'), ...devices, ...fifo]
}

/** Mice with a listener at the other end of a forwarder. */
async function open(vm: LabVm, program: Program, devices: number): Promise<LabMetronome> {
  const metronome = await LabMetronome.start(vm, devices)
  const forwarder = await vm.spawn(commandOf(program, metronome.nodes))
  const ready = await forwarder.waitForLine(/^ready /)
  await metronome.listen(ready.slice('ready '.length))
  await metronome.warmUp()
  return metronome
}

function isLost({ sent, received, drops }: Beats): boolean {
  return received < sent || drops > 0
}

function wasSent({ sent, spanNs }: Beats, hz: number): boolean {
  return sent / (spanNs / 1e9) >= 0.95 * hz
}

/** Doubles the rate until frames are lost, then halves the distance until it is small. */
async function search(vm: LabVm, program: Program, devices: number): Promise<Row> {
  const metronome = await open(vm, program, devices)
  const tryRate = async (hz: number) => {
    const beats = await metronome.beat(
      Math.round(hz / devices),
      Math.round((TRIAL_S * hz) / devices),
    )
    return { isFine: !isLost(beats) && wasSent(beats, hz), sent: wasSent(beats, hz) }
  }
  let losslessHz = SLOWEST_HZ
  let lossyHz = 2 * losslessHz
  let sent = true
  while (lossyHz < FASTEST_HZ && (await tryRate(lossyHz)).isFine) {
    losslessHz = lossyHz
    lossyHz *= 2
  }
  while (lossyHz / losslessHz > 1 + PRECISION) {
    const hz = Math.round((losslessHz + lossyHz) / 2)
    const tried = await tryRate(hz)
    if (tried.isFine) losslessHz = hz
    else [lossyHz, sent] = [hz, tried.sent]
    console.error(
      `loss: ${devices} x ${program}, ${hz} Hz: ${tried.isFine ? 'none lost' : 'lost or late'}`,
    )
  }
  await vm.reset()
  return { devices, forwarder: program, losslessHz, lossyHz, wasSent: sent }
}

/** A whole number for each mouse. */
function claimedHz({ devices, lossyHz }: Row): number {
  return Math.floor((CLAIMED * lossyHz) / devices) * devices
}

async function hold(vm: LabVm, devices: number, hz: number, frames: number): Promise<Claim> {
  const metronome = await open(vm, 'evswitch', devices)
  const { sent, received } = await metronome.beat(hz / devices, frames / devices)
  await vm.reset()
  return { devices, hz, sent, lost: sent - received }
}

async function measure(beats: number) {
  buildPrograms(listForwarders(BUILD_DIR))
  const vm = await bootLab({ virtualTime: true, udev: false, devices: [] })
  try {
    const rows: Row[] = []
    const claims: Claim[] = []
    for (const devices of DEVICE_COUNTS) {
      const reference = await search(vm, 'epoll', devices)
      rows.push(reference, await search(vm, 'evswitch', devices))
      claims.push(await hold(vm, devices, claimedHz(reference), beats))
    }
    return { versions: await readVersions(vm), rows, claims }
  } finally {
    await vm.shutdown()
  }
}

type Report = Awaited<ReturnType<typeof measure>>

function formatMarkdown({ versions, rows, claims }: Report): string {
  return [
    'Frames a second of all mice together, in virtual time.',
    '',
    '| mice | forwarder | none lost up to | some lost at |',
    '| ---: | --- | ---: | ---: |',
    ...rows.map(({ devices, forwarder, losslessHz, lossyHz, wasSent: sent }) => {
      const lossy = sent ? String(lossyHz) : `${lossyHz} cannot be sent by this machine`
      return `| ${devices} | ${forwarder} | ${losslessHz} | ${lossy} |`
    }),
    '',
    ...claims.map(
      ({ devices, hz, sent, lost }) =>
        `- ${devices} ${devices === 1 ? 'mouse' : 'mice'}, ${hz} frames a second, ${100 * CLAIMED} % of where the reference loses: evswitch lost ${lost} of ${sent}.`,
    ),
    '',
    ...Object.entries(versions).map(([name, version]) => `- ${name}: ${version}`),
  ].join('\n')
}

async function main(): Promise<void> {
  const options = parseCounted('beats', USUAL_BEATS, 1_000_000)
  if (options.help) {
    console.log(USAGE)
    return
  }
  const report = await measure(options.count)
  if (options.record) recordFigures('loss', report, formatMarkdown(report))
  console.log(options.json ? JSON.stringify(report, null, 2) : formatMarkdown(report))
  const broken = report.claims.find(({ lost }) => lost > 0)
  if (broken !== undefined) throw new Error(`${broken.lost} frames were lost at ${broken.hz} Hz`)
}

await runProgram('loss', main)
