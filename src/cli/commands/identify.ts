import type { Command } from 'commander'
import { Capture } from '../../capture/capture.ts'
import { appendSources, checkAppendable } from '../../capture/source-entries.ts'
import { defaultConfig } from '../../config/defaults.ts'
import type { Device } from '../../devices/device.ts'
import { printable } from '../../devices/sanitize.ts'
import { usersOf } from '../../devices/users.ts'
import { codes } from '../../engine/code-table.ts'
import { createEngine } from '../../engine/engine.ts'
import type { HotkeyKeys } from '../../engine/hotkey.ts'
import { EvswitchError } from '../../errors.ts'
import { isGrabbedElsewhere } from '../../service/grab-check.ts'
import { type Finding, IdentifyModel } from '../identify-model.ts'
import {
  findingJson,
  findingText,
  type Grab,
  type HeldDevice,
  type IdentifyResult,
  listeningText,
  resultJson,
  resultText,
  startedJson,
  takenText,
  unwatchedText,
} from '../identify-report.ts'
import { type IdentifyView, identifyScreen } from '../identify-screen.ts'
import { LiveScreen } from '../live-screen.ts'
import type { Output } from '../output.ts'
import { quietKeyboard } from '../quiet-keyboard.ts'
import { ending, parseSeconds, untilTime } from '../until-time.ts'

interface IdentifyFlags {
  readonly seconds?: number
  readonly grab: boolean
  readonly keys: boolean
  readonly json: boolean
  readonly write?: string
}

/** How long everything is grabbed when nobody says how long, and at most. */
const grabSeconds = 60
const grabSecondsMax = 600

/** What gives everything back. With both Ctrl keys, so that the one at hand will do. */
const chords: readonly HotkeyKeys[] = [
  [codes.KEY_LEFTCTRL, codes.KEY_C],
  [codes.KEY_RIGHTCTRL, codes.KEY_C],
  defaultConfig.panic.value,
]

const help = `
All nodes are watched at once; a row is marked while events arrive on it. At the
end stands the command that takes the devices that were used. Nothing is taken
from anybody: keys and motion go where they always go, too.

With --grab they reach nobody else, so that any key can be tried. Ctrl+C on any
of the keyboards, left Ctrl + right Ctrl + Esc, or the end of the time, which is
${grabSeconds} seconds then, gives everything back.

Examples:
  evswitch identify                 until Ctrl+C, then says what to take
  evswitch identify --seconds 10    ten seconds
  sudo evswitch identify --grab     nothing that is tried does anything
  evswitch identify --write evswitch.toml
                                    adds what was found to a configuration file
  evswitch identify --seconds 5 --json | jq -r 'select(.event == "result").toml'

Only activity is shown. Names of keys appear with --keys, on this screen alone,
each with whether it reaches a guest by QEMU's input-linux, and if not why.
`

/** evswitch identify */
export function define(command: Command, output: Output): void {
  command
    .option('--seconds <number>', 'end after this time', parseSeconds)
    .option('--grab', 'keep all that is done from this machine meanwhile', false)
    .option(
      '--keys',
      'show the names of keys on this screen, and which of them reach a guest',
      false,
    )
    .option('--json', 'one JSON object a line', false)
    .option('--write <file>', 'append [[source]] entries to this TOML file at the end')
    .addHelpText('after', help)
    .action(async (flags: IdentifyFlags) => await identify(flags, output))
}

/** A terminal has 20 frames a second or fewer in most eyes; 10 are plenty over ssh. */
const redrawMs = 100

async function identify(flags: IdentifyFlags, output: Output): Promise<void> {
  const isLive = process.stdout.isTTY && process.env['TERM'] !== 'dumb' && !flags.json
  checkFlags(flags, isLive)
  const print = (text: string) => output.out(`${text}\n`)
  const seconds = flags.seconds ?? (flags.grab ? grabSeconds : undefined)
  const released = ending()
  let tell: ((finding: Finding) => void) | undefined
  const model = new IdentifyModel((finding) => tell?.(finding), released.resolve)
  const capture = new Capture({
    engine: createEngine(),
    listener: model,
    wants: ({ madeBy }) => madeBy !== 'evswitch',
  })
  const result = (held: readonly HeldDevice[]): IdentifyResult => ({
    nodes: model.nodes,
    advice: model.advice,
    held,
    ungrabbed: model.ungrabbed,
    lostEvents: capture.lostEvents,
  })
  let found: IdentifyResult | undefined

  await untilTime(seconds, async (ended) => {
    const undo: (() => void)[] = []
    try {
      const start = await capture.start()
      const over = ended()
      const grab = flags.grab ? grabFor(seconds ?? grabSeconds) : () => undefined
      // Before the grab: afterwards all of them are held, by us.
      const held = heldDevices(start.watched)
      undo.push(quietKeyboard())
      if (!isLive) {
        print(
          flags.json
            ? JSON.stringify(startedJson(start, held, grab()))
            : listeningText(start, held, grab()).join('\n'),
        )
        tell = (finding) =>
          print(flags.json ? JSON.stringify(findingJson(finding)) : findingText(finding))
      }
      if (flags.grab) await capture.grab(chords)
      if (isLive) {
        const unwatched = start.left.length + start.skipped.length + held.length
        const view = () => ({ ...result(held), keys: flags.keys, unwatched, grab: grab() })
        undo.push(showLive(view))
      }
      await Promise.race([over, released.promise])
      found = result(held)
      if (isLive) undo.push(() => unwatchedText(start).forEach(print))
    } finally {
      tell = undefined
      for (const each of undo) each()
      await capture.stop()
    }
  })
  if (found !== undefined) report(found, flags, output)
}

/** How a grab that begins now ends, as it is said at any moment. */
function grabFor(seconds: number): () => Grab {
  const endMs = performance.now() + seconds * 1000
  return () => ({
    chords: 'Ctrl+C, or left Ctrl + right Ctrl + Esc',
    seconds: Math.max(0, Math.ceil((endMs - performance.now()) / 1000)),
  })
}

/** Shows a screen until the returned function is called. */
function showLive(view: () => Omit<IdentifyView, 'nowNs'>): () => void {
  const screen = new LiveScreen(process.stdout, (size) =>
    identifyScreen({ ...view(), nowNs: process.hrtime.bigint() }, size),
  )
  const timer = setInterval(() => screen.draw(), redrawMs)
  screen.open()
  return () => {
    clearInterval(timer)
    screen.close()
  }
}

function checkFlags(
  { seconds = 0, grab, keys, json, write }: IdentifyFlags,
  isLive: boolean,
): void {
  if (grab && seconds > grabSecondsMax) {
    throw new EvswitchError('usage', `--grab lasts ${grabSecondsMax} seconds at most`, {
      remedy: 'say fewer --seconds: nobody can use this machine meanwhile',
    })
  }
  if (keys && (json || !isLive)) {
    throw new EvswitchError('usage', 'names of keys are shown on a terminal only', {
      remedy: 'leave --keys out, or run it in a terminal without --json',
    })
  }
  if (write !== undefined) checkAppendable(write)
}

/** Keyboards and mice that another program has grabbed; asked before events are waited for in vain. */
function heldDevices(devices: readonly Device[]): HeldDevice[] {
  const held = devices.filter(
    (device) =>
      (device.kind === 'keyboard' || device.kind === 'mouse') &&
      !device.virtual &&
      isGrabbedElsewhere(device) === true,
  )
  if (held.length === 0) return []
  const users = usersOf(held)
  return held.map((device) => ({ device, users: users.byNode.get(device.node) ?? [] }))
}

function report(result: IdentifyResult, { json, write }: IdentifyFlags, output: Output): void {
  const print = (text: string) => output.out(`${text}\n`)
  const { take } = result.advice
  if (json) for (const line of resultJson(result)) print(JSON.stringify(line))
  else print(resultText(result, output.columns).join('\n'))
  if (write === undefined) return
  if (take.length === 0) {
    throw new EvswitchError('not-configured', `nothing was added to ${printable(write)}`, {
      remedy: 'press a key or move a mouse while it is running',
    })
  }
  const added = appendSources(write, take)
  if (!json) print(`\n${takenText(added, printable(write))}`)
}
