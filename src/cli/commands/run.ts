import { type Command, Option } from 'commander'
import { type HotkeyKeys, hotkeyText, parseHotkey } from '../../engine/hotkey.ts'
import { checkTargetName } from '../../engine/target-name.ts'
import type { HostMode } from '../../engine/types.ts'
import { EvswitchError } from '../../errors.ts'
import { createLogger, type LogLevel, logLevels } from '../../log.ts'
import { limits } from '../../native/abi.ts'
import type { Notice } from '../../service/notice.ts'
import { Session, type SessionOptions } from '../../service/session.ts'
import type { Output } from '../output.ts'
import { noticeJson, startedJson } from '../run-json.ts'
import { noticeText, startedText } from '../run-text.ts'
import { untilSignal } from '../until-signal.ts'

/** Both Ctrl keys: no program uses them together, and QEMU's own toggle, which does, never sees both. */
const defaultHotkey = 'leftctrl+rightctrl'
/** The switch keys and one more, so that nothing else can be meant. */
const defaultPanic = 'leftctrl+rightctrl+esc'
const defaultRealtime = 20
const highestRealtime = 98

interface RunFlags {
  readonly target?: readonly string[]
  readonly device?: readonly string[]
  readonly hotkey: string
  readonly panic: string
  readonly hostMode: HostMode
  readonly repeat: 'on' | 'off'
  readonly realtime: string
  readonly logLevel: LogLevel
  readonly json: boolean
}

const help = `
Without options it takes every real keyboard and mouse, makes two nodes for the
guest "guest", and prints what to give to QEMU or libvirt. Devices are grabbed
only while a guest has the input.

Examples:
  evswitch run                                   one guest, both Ctrl keys
  evswitch run --target win10 --hotkey f13       another name, another key
  evswitch run --device mosart --device event7   these devices only
`

/** evswitch run */
export function define(command: Command, output: Output): void {
  command
    .addOption(repeatable('--target <name>', 'a guest; again for more (default: guest)'))
    .addOption(
      repeatable(
        '--device <name>',
        'a device to take: path, link, or a part of its name; again for more (default: every real keyboard and mouse)',
      ),
    )
    .option('--hotkey <keys>', 'switches to the next target', defaultHotkey)
    .option('--panic <keys>', 'gives everything back to this machine', defaultPanic)
    .addOption(
      new Option(
        '--host-mode <mode>',
        'release: this machine reads its devices itself; proxy: it reads nodes of evswitch',
      )
        .choices(['release', 'proxy'])
        .default('release'),
    )
    .addOption(
      new Option('--repeat <on|off>', 'whether guests are sent key repeats')
        .choices(['on', 'off'])
        .default('on'),
    )
    .option(
      '--realtime <priority>',
      `SCHED_FIFO priority of the input thread, 1 to ${highestRealtime}, or off`,
      String(defaultRealtime),
    )
    .addOption(
      new Option('--log-level <level>', 'of the log on stderr').choices(logLevels).default('warn'),
    )
    .option('--json', 'one JSON object a line instead of text', false)
    .addHelpText('after', help)
    .action(async (flags: RunFlags) => await run(flags, output))
}

async function run(flags: RunFlags, output: Output): Promise<void> {
  const print = (text: string) => output.out(`${text}\n`)
  const options = sessionOptions(flags)
  const facts = { hotkey: options.hotkey, panic: options.panic, repeat: options.repeat }
  const log = createLogger({ level: flags.logLevel })
  const tell = (notice: Notice) => {
    if (flags.json) return print(JSON.stringify(noticeJson(notice)))
    const text = noticeText(notice)
    if (text === undefined) return
    if (notice.kind === 'warning') output.err(`evswitch: ${text}\n`)
    else print(text)
  }
  // What comes before everything is set up is told after it, and not at all when that fails.
  const early: Notice[] = []
  let report = (notice: Notice): void => void early.push(notice)

  await untilSignal(async (signal) => {
    const session = new Session(options, { log, report: (notice) => report(notice) })
    try {
      const started = await session.start(signal)
      if (flags.json) print(JSON.stringify(startedJson(started, facts)))
      else print(startedText(started, facts).join('\n'))
      report = tell
      for (const notice of early) tell(notice)
      await aborted(signal)
    } finally {
      await session.stop()
      log.info({ stats: session.stats() }, 'session has ended')
    }
  })
}

function sessionOptions(flags: RunFlags): SessionOptions {
  const targets = (flags.target ?? ['guest']).map(checkTargetName)
  const twice = targets.find((name, index) => targets.indexOf(name) !== index)
  if (twice !== undefined) {
    throw new EvswitchError('usage', `there are two targets named ${twice}`, {
      remedy: 'name each target once',
    })
  }
  const mostGuests = limits.targets - 1
  if (targets.length > mostGuests) {
    throw new EvswitchError(
      'usage',
      `${targets.length} targets are too many: ${mostGuests} guests are the most`,
    )
  }
  const hotkey = parseHotkey(flags.hotkey)
  const panic = parseHotkey(flags.panic)
  checkPanic(hotkey, panic)
  return {
    targets,
    hotkey,
    panic,
    devices: flags.device ?? [],
    hostMode: flags.hostMode,
    repeat: flags.repeat === 'on',
    realtimePriority: realtimePriority(flags.realtime),
  }
}

/** The panic chord may contain the hotkey, as by default; the other way round the hotkey could never act. */
function checkPanic(hotkey: HotkeyKeys, panic: HotkeyKeys): void {
  if (!panic.every((key) => hotkey.includes(key))) return
  const relation = (verb: string) =>
    `the hotkey ${hotkeyText(hotkey)} ${verb} the panic chord ${hotkeyText(panic)}`
  throw new EvswitchError(
    'bad-hotkey',
    panic.length === hotkey.length ? `${relation('and')} are the same keys` : relation('contains'),
    { remedy: 'give the panic chord a key that the hotkey does not have' },
  )
}

function realtimePriority(text: string): number {
  if (text === 'off') return 0
  const priority = /^\d{1,2}$/.test(text) ? Number(text) : 0
  if (priority >= 1 && priority <= highestRealtime) return priority
  throw new EvswitchError('usage', `bad real-time priority ${JSON.stringify(text.slice(0, 20))}`, {
    remedy: `say a number from 1 to ${highestRealtime}, or off`,
  })
}

function repeatable(flag: string, description: string): Option {
  return new Option(flag, description).argParser(
    (value: string, before: readonly string[] = []) => [...before, value],
  )
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
