import { createInterface } from 'node:readline'
import type { Command } from 'commander'
import { Capture, type CaptureListener, leftText } from '../../capture/capture.ts'
import { type RecordingEntry, recordedDevice, recordedFrame } from '../../capture/recording.ts'
import { RecordingWriter, readRecording } from '../../capture/recording-file.ts'
import { RecordingPlayer } from '../../capture/recording-player.ts'
import type { Device } from '../../devices/device.ts'
import { listDevices } from '../../devices/list.ts'
import { findDevices } from '../../devices/select.ts'
import { createEngine } from '../../engine/engine.ts'
import type { Description } from '../../engine/types.ts'
import { EvswitchError } from '../../errors.ts'
import { lossyOutput, lostJson, lostText as lostLinesText } from '../lossy-output.ts'
import { MonitorJson } from '../monitor-json.ts'
import { lostText, MonitorText, monitorHead } from '../monitor-text.ts'
import type { Output } from '../output.ts'
import { quietKeyboard } from '../quiet-keyboard.ts'
import { untilSignal } from '../until-signal.ts'
import { parseSeconds, untilTime } from '../until-time.ts'

interface MonitorFlags {
  readonly json: boolean
  readonly seconds?: number
  readonly record?: string
  readonly replay?: string
  readonly intoClone: boolean
}

const help = `
Without names every device is shown. A name is a path, a link, event3, or a part
of a device's name that fits one device. Devices are shared, not taken; one that
another program has grabbed stays silent.

A line is a frame: seconds since the start, the node, the time since its frame
before, the time from the kernel's stamp until it was read, the events.

Examples:
  evswitch monitor mosart                      one device, all its nodes
  evswitch monitor --record try.jsonl          shows and keeps
  evswitch monitor --replay try.jsonl          shows what was kept
  evswitch monitor --replay try.jsonl --into-clone
                                               plays it, on devices made for it
  evswitch monitor --json --seconds 5          one JSON object a line

Keys are shown and recorded as they are typed, passwords too. A recording can be
read by its owner only; docs/recordings.md tells what stands in it.
`

/** evswitch monitor */
export function define(command: Command, output: Output): void {
  command
    .argument('[device...]', 'names of devices (default: all)')
    .option('--json', 'one JSON object a line', false)
    .option('--seconds <number>', 'end after this time', parseSeconds)
    .option('--record <file>', 'also write everything to this new file')
    .option('--replay <file>', 'show a recording instead of devices')
    .option('--into-clone', 'make the recorded devices, and play on them at Enter', false)
    .addHelpText('after', help)
    .action(async (names: string[], flags: MonitorFlags) => {
      if (flags.replay === undefined) await monitor(names, flags, output)
      else await replay(flags.replay, names, flags, output)
    })
}

/** How often a recording is brought to the disk. */
const flushMs = 1000

type Show = (entry: RecordingEntry) => void

function printer({ json }: MonitorFlags, output: Output): Show {
  const print = (text: string) => output.out(`${text}\n`)
  if (json) {
    const view = new MonitorJson()
    return (entry) => {
      for (const object of view.objects(entry)) print(JSON.stringify(object))
    }
  }
  const view = new MonitorText()
  let isBegun = false
  return (entry) => {
    // Not before there is something: of a file that is no recording nothing is printed but the error.
    if (!isBegun) print(monitorHead)
    isBegun = true
    view.lines(entry).forEach(print)
  }
}

async function replay(
  path: string,
  names: readonly string[],
  flags: MonitorFlags,
  output: Output,
): Promise<void> {
  if (names.length > 0 || flags.record !== undefined || flags.seconds !== undefined) {
    throw new EvswitchError('usage', '--replay shows a recording and nothing else', {
      remedy: 'leave out the names of devices, --record and --seconds',
    })
  }
  const show = printer(flags, output)
  if (flags.intoClone) await play(path, show, flags, output)
  else for (const entry of readRecording(path)) show(entry)
}

async function play(
  path: string,
  show: Show,
  { json }: MonitorFlags,
  output: Output,
): Promise<void> {
  const lines = createInterface({ input: process.stdin })
  const enter = lines[Symbol.asyncIterator]()
  const say = (text: string) => {
    if (!json) output.err(`evswitch: ${text}\n`)
  }
  try {
    await untilSignal(async (signal) => {
      await using player = new RecordingPlayer(createEngine())
      for (const { name, node } of await player.create(path)) {
        const text = json
          ? JSON.stringify({ event: 'clone', node, name })
          : `${node}: clone of ${name}`
        output.out(`${text}\n`)
      }
      say('Enter begins')
      await orAborted(enter.next(), signal)
      await player.play(path, show, signal)
      // A node that goes takes with it what its readers have not read yet.
      say('played; Enter ends')
      await orAborted(enter.next(), signal)
    })
  } finally {
    lines.close()
  }
}

async function orAborted(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  await Promise.race([promise, aborted])
}

async function monitor(
  names: readonly string[],
  flags: MonitorFlags,
  output: Output,
): Promise<void> {
  if (flags.intoClone) {
    throw new EvswitchError('usage', '--into-clone plays a recording', {
      remedy: 'name it with --replay FILE',
    })
  }
  const wants = wish(names)
  const writer = flags.record === undefined ? undefined : new RecordingWriter(flags.record)
  try {
    await untilTime(flags.seconds, async (ended) => {
      const live = lossyOutput(output, flags.json ? lostJson : lostLinesText)
      const view = new Monitor(printer(flags, live), writer)
      const capture = new Capture({ engine: createEngine(), listener: view, wants })
      let undo = () => {}
      try {
        const { left } = await capture.start()
        for (const one of left) output.err(`evswitch: ${leftText(one)}\n`)
        const timer = setInterval(() => view.flush(), flushMs)
        const restore = quietKeyboard()
        undo = () => {
          clearInterval(timer)
          restore()
        }
        await Promise.race([ended(), view.failed])
        const lost = capture.lostEvents
        writer?.finish(lost)
        if (lost > 0) output.err(`evswitch: ${lostText(lost)}\n`)
      } finally {
        undo()
        await capture.stop()
      }
    })
  } finally {
    writer?.abandon()
  }
}

/** Which devices are meant, now and when they come again. Throws for a name that fits none. */
function wish(names: readonly string[]): (device: Device) => boolean {
  // What evswitch itself sends was seen before, on the device that it came from.
  if (names.length === 0) return ({ madeBy }) => madeBy !== 'evswitch'
  const { devices } = listDevices()
  const identities = new Set(
    names.flatMap((name) => findDevices(devices, name)).map(({ identity }) => identity),
  )
  return ({ identity }) => identities.has(identity)
}

/** Shows and records what a capture tells. */
class Monitor implements CaptureListener {
  readonly #show: Show
  readonly #writer: RecordingWriter | undefined
  readonly #startNs = process.hrtime.bigint()
  readonly #numbers = new Map<Device, number>()
  #next = 0
  #fail: (error: unknown) => void = () => {}
  /** Rejects when the recording cannot go on. */
  readonly failed = new Promise<never>((_, reject) => {
    this.#fail = reject
  })

  constructor(show: Show, writer: RecordingWriter | undefined) {
    this.#show = show
    this.#writer = writer
    this.failed.catch(() => {})
  }

  arrived(device: Device, description: Description): void {
    const number = this.#next++
    this.#numbers.set(device, number)
    this.#take({ kind: 'device', device: recordedDevice(number, device, description) })
  }

  frame(device: Device, frame: Parameters<CaptureListener['frame']>[1]): void {
    const number = this.#numbers.get(device)
    if (number === undefined) return
    this.#take({ kind: 'frame', frame: recordedFrame(number, frame, this.#startNs) })
  }

  departed(device: Device): void {
    const number = this.#numbers.get(device)
    if (number === undefined) return
    this.#numbers.delete(device)
    const timeUs = Number((process.hrtime.bigint() - this.#startNs) / 1000n)
    this.#take({ kind: 'departure', device: number, timeUs })
  }

  /** What was recorded until now survives a crash. */
  flush(): void {
    this.#recording((writer) => writer.flush())
  }

  #take(entry: RecordingEntry): void {
    this.#show(entry)
    this.#recording((writer) => writer.add(entry))
  }

  #recording(work: (writer: RecordingWriter) => void): void {
    try {
      if (this.#writer !== undefined) work(this.#writer)
    } catch (error) {
      this.#fail(error)
    }
  }
}
