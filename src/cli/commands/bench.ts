import { closeSync, openSync, writeSync } from 'node:fs'
import type { Command } from 'commander'
import { Benchmark } from '../../bench/benchmark.ts'
import { reportPage } from '../../bench/page.ts'
import { mouseRates } from '../../bench/plan.ts'
import { EvswitchError, errnoName } from '../../errors.ts'
import { benchText } from '../bench-text.ts'
import type { Output } from '../output.ts'
import { Progress } from '../progress.ts'
import { untilSignal } from '../until-signal.ts'
import { parseSeconds } from '../until-time.ts'
import { defineDevice } from './bench-device.ts'

interface BenchFlags {
  readonly rate: readonly number[]
  readonly seconds: number
  readonly switches: number
  readonly json: boolean
  readonly html?: string
}

const help = `
It makes a mouse and a keyboard of its own by uinput, sends frames at a fixed beat
through the engine as evswitch run has it, and times them at a reader that grabs
as QEMU does. Nothing real is opened: go on working, though the figures are of a
machine that has that to do as well. About two minutes; Ctrl+C keeps what is there.

Examples:
  sudo evswitch bench                        everything, as text
  sudo evswitch bench --html bench.html      and a page with charts to keep or send
  sudo evswitch bench --rate 1000 --seconds 10 --json
  sudo evswitch bench device mosart          how often does this mouse report?

docs/benchmarking.md tells what the figures mean, and what they do not.
`

/** evswitch bench */
export function define(command: Command, output: Output): void {
  command
    .enablePositionalOptions()
    .option('--rate <hz...>', 'frames a second of the mice', parseRate, mouseRates)
    .option('--seconds <number>', 'how long each measurement takes', parseSeconds, 2)
    .option('--switches <count>', 'how many switches are timed', parseCount, 50)
    .option('--json', 'the report as JSON', false)
    .option('--html <file>', 'also write a page with charts to this file')
    .addHelpText('after', help)
    .action(async (flags: BenchFlags) => await bench(flags, output))
  defineDevice(command, output)
}

const mostHz = 16_000
const mostSeconds = 60

/** The first rate replaces the default. */
function parseRate(text: string, before: readonly number[]): readonly number[] {
  const hz = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (hz < 1 || hz > mostHz) {
    throw new EvswitchError('usage', `bad rate ${JSON.stringify(text.slice(0, 20))}`, {
      remedy: `say frames a second, 1 to ${mostHz}, as in --rate 1000`,
    })
  }
  return before === mouseRates ? [hz] : [...before, hz]
}

function parseCount(text: string): number {
  const count = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= 10_000) return count
  throw new EvswitchError('usage', `bad number of switches ${JSON.stringify(text.slice(0, 20))}`, {
    remedy: 'say a number from 1 to 10000',
  })
}

async function bench(
  { rate, seconds, switches, json, html }: BenchFlags,
  output: Output,
): Promise<void> {
  if (seconds > mostSeconds) {
    throw new EvswitchError('usage', `${mostSeconds} seconds for each measurement are the most`)
  }
  // Now, because nobody wants to hear after two minutes that a folder is missing.
  const file = html === undefined ? undefined : openNew(html)
  const progress = new Progress(output)
  const benchmark = new Benchmark({
    rates: rate,
    seconds,
    switches,
    progress: (done, of, what) => progress.show(done, of, what),
  })
  let failure: unknown
  try {
    await untilSignal((signal) => benchmark.run(signal))
  } catch (error) {
    failure = error
  }
  progress.clear()
  const report = benchmark.report()
  if (failure !== undefined && report.measured === 0) throw failure
  output.out(json ? `${JSON.stringify(report, null, 2)}\n` : `${benchText(report).join('\n')}\n`)
  if (file !== undefined) {
    writeSync(file, reportPage(report))
    closeSync(file)
    output.err(`evswitch: ${html} has the charts\n`)
  }
  if (failure !== undefined) throw failure
}

function openNew(path: string): number {
  try {
    return openSync(path, 'w')
  } catch (error) {
    throw new EvswitchError('usage', `cannot write ${path}: ${errnoName(error)}`, {
      remedy: 'name a file in a folder that is there, and yours',
    })
  }
}
