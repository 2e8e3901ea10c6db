import type { Command } from 'commander'
import { Capture, leftText } from '../../capture/capture.ts'
import { loadConfig } from '../../config/load.ts'
import type { Device } from '../../devices/device.ts'
import { codes } from '../../engine/code-table.ts'
import { keyId } from '../../engine/codes.ts'
import { createEngine } from '../../engine/engine.ts'
import { emptyKeyMap } from '../../engine/key-map.ts'
import { EvswitchError } from '../../errors.ts'
import { lostByQemu } from '../../guests/qemu-keys.ts'
import { MapClasses } from '../../service/map-classes.ts'
import { MapTrial, type TrialLine } from '../../service/map-trial.ts'
import { unheard } from '../../service/maps.ts'
import { sessionOptions } from '../../service/session-options.ts'
import type { Output } from '../output.ts'
import { requirePart } from '../parts.ts'
import { quietKeyboard } from '../quiet-keyboard.ts'
import { parseSeconds, untilTime } from '../until-time.ts'

interface TestFlags {
  readonly config?: string
  readonly seconds?: number
}

const help = `
A map makes something else of keys, buttons, wheels and motion; it stands in the
configuration:

  keep-on-host = ["mute", "micmute"]      # whatever has the input

  [[map]]
  device = "Naga"                         # this mouse only
  keys.BTN_SIDE = "leftctrl+c"            # several keys
  keys.BTN_EXTRA = ["leftmeta+r", 200, "c"]   # a macro
  keys.KEY_F13 = "switch next"
  keys.wheel-left = "block"
  axes.wheel = "invert"

docs/configuration.md has all of it.
`

const testHelp = `
What you type and click goes where it always goes, too: nothing is taken, and no
guest is needed. Ctrl+C ends.

Examples:
  evswitch map test                       by the usual configuration
  evswitch map test --config new.toml     by a file that is not used yet

Names of keys are shown on a terminal only.
`

/** evswitch map */
export function define(command: Command, output: Output): void {
  command.addHelpText('after', help)
  command
    .command('test')
    .summary('type, and see what each target would receive')
    .description('type, and see what each target would receive')
    .option('--config <file>', 'the configuration to try')
    .option('--seconds <number>', 'end after this time', parseSeconds)
    .addHelpText('after', testHelp)
    .action(async (flags: TestFlags) => await tryMap(flags, output))
  requirePart(command, 'say what to do with the map')
}

/** How often time passes for macros and merged motion. */
const tickMs = 20
/** Motion is shown as sums of so long. */
const motionMs = 300

async function tryMap(flags: TestFlags, output: Output): Promise<void> {
  if (!process.stdout.isTTY) {
    throw new EvswitchError('usage', 'names of keys are shown on a terminal only', {
      remedy: 'run it in a terminal',
    })
  }
  const print = (text: string) => output.out(`${text}\n`)
  const session = sessionOptions(loadConfig(flags.config).config)
  const { map } = session
  const classes = new MapClasses(map?.devices ?? [])
  const trial = new MapTrial({ ...session, needsHostNode: map?.needsHostNode ?? false })
  const screen = new TrialScreen(print)
  const compile = () => {
    trial.setMap(map?.compile(classes.all) ?? emptyKeyMap, (device) => classes.classOf(device))
  }
  const capture = new Capture({
    engine: createEngine(),
    wants: ({ kind, madeBy }) => madeBy !== 'evswitch' && (kind === 'keyboard' || kind === 'mouse'),
    listener: {
      arrived: (device) => {
        const before = classes.all.length
        classes.classOf(device)
        if (classes.all.length > before) compile()
      },
      departed: (device) => trial.departed(device),
      frame: (device, { events }) => {
        for (const event of events) screen.show(device, event, trial.event(device, event))
      },
    },
  })
  await untilTime(flags.seconds, async (ended) => {
    const undo: (() => void)[] = [() => trial.close()]
    try {
      compile()
      const { watched, left } = await capture.start()
      undo.push(quietKeyboard())
      print(
        `Type, click, turn the wheel: ${watched.length} devices are listened to, none is taken.`,
      )
      for (const each of left) print(`  ${leftText(each)}`)
      const silent = map === undefined ? [] : unheard(map, watched, classes)
      for (const each of silent) print(`  ${each}`)
      if (map === undefined)
        print('The configuration has no map: everything is passed on as it is.')
      print('')
      let last = performance.now()
      const timer = setInterval(() => {
        const now = performance.now()
        screen.tell(trial.wait(now - last))
        screen.tellMotion()
        last = now
      }, tickMs)
      undo.push(() => clearInterval(timer))
      await ended()
    } finally {
      await capture.stop()
      for (const each of undo.reverse()) each()
    }
  })
}

const keyStates = ['lifted', 'pressed']

/** Lines of a trial: what was done, and below it what each target would receive. */
class TrialScreen {
  readonly #print: (text: string) => void
  /** Sums by target and axis, since the last line about motion. */
  readonly #motion = new Map<string, number>()
  #motionSince = 0

  constructor(print: (text: string) => void) {
    this.#print = print
  }

  show(
    { eventName }: Device,
    { type, code, value }: { type: number; code: number; value: number },
    lines: readonly TrialLine[],
  ): void {
    const said = keyStates[value]
    if (type === codes.EV_KEY && said !== undefined) {
      const lost = value === 1 ? lostByQemu(code) : undefined
      this.#print(`${eventName}: ${keyId(code)} ${said}${lost === undefined ? '' : ` (${lost})`}`)
    }
    this.tell(lines)
  }

  tell(lines: readonly TrialLine[]): void {
    for (const { target, text } of lines) {
      const moved = /^[xy] -?\d+( \+ y -?\d+)?$/.test(text)
      if (moved) this.#move(target, text)
      else this.#print(`    ${target}: ${text}`)
    }
  }

  tellMotion(): void {
    if (this.#motion.size === 0 || performance.now() < this.#motionSince + motionMs) return
    for (const [key, sum] of this.#motion) this.#print(`    ${key} ${sum} in all`)
    this.#motion.clear()
  }

  #move(target: string, text: string): void {
    if (this.#motion.size === 0) this.#motionSince = performance.now()
    for (const part of text.split(' + ')) {
      const [axis = '', value = '0'] = part.split(' ')
      const key = `${target}: ${axis}`
      this.#motion.set(key, (this.#motion.get(key) ?? 0) + Number(value))
    }
  }
}
