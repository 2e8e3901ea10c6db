import type { Command } from 'commander'
import { diagnosticText } from '../../config/diagnostic.ts'
import { loadConfig } from '../../config/load.ts'
import { type Overrides, override } from '../../config/override.ts'
import { createLogger } from '../../log.ts'
import type { Notice } from '../../service/notice.ts'
import { Session } from '../../service/session.ts'
import { sessionOptions } from '../../service/session-options.ts'
import type { Output } from '../output.ts'
import { noticeJson, startedJson } from '../run-json.ts'
import { addRunOptions, overridesOf, repeatable } from '../run-options.ts'
import { noticeText, startedText } from '../run-text.ts'
import { untilSignal } from '../until-signal.ts'

interface RunFlags {
  readonly config?: string
  readonly clone?: readonly string[]
  readonly json: boolean
}

const help = `
Without options it takes every real keyboard and mouse, makes two nodes for the
guest "guest", and prints what to give to QEMU or libvirt. Devices are grabbed
only while a guest has the input. A configuration file says the same for good,
and more; options win over it: evswitch help config

Examples:
  evswitch run                                   one guest, both Ctrl keys
  evswitch run --target win10 --hotkey f13       another name, another key
  evswitch run --device mosart --device event7   these devices only
  evswitch run --clone x-box --clone wacom       and these two, event for event

For the guest a clone is the device itself, with its axes and fingers: QEMU has
it as virtio-input-host. It goes with the keyboard at a switch. A touchpad must
be asked for, because a mouse node cannot carry where fingers are; while a guest
has it this machine has no pointer. Force feedback is not passed on.
`

/** evswitch run */
export function define(command: Command, output: Output): void {
  addRunOptions(command)
    .addOption(
      repeatable(
        '--clone <name>',
        'a gamepad, tablet, touchpad or touchscreen that guests are given clones of; again for more',
      ),
    )
    .option('--json', 'one JSON object a line instead of text', false)
    .addHelpText('after', help)
    .action(async (flags: RunFlags) => await run(flags, overridesOf(command), output))
}

async function run(flags: RunFlags, overrides: Overrides, output: Output): Promise<void> {
  const print = (text: string) => output.out(`${text}\n`)
  const loaded = loadConfig(flags.config)
  const config = override(loaded.config, overrides, loaded.file)
  for (const warning of loaded.warnings) {
    const lines = diagnosticText(warning, loaded.file ?? '', loaded.text)
    output.err(`evswitch: ${lines.join('\n')}\n`)
  }
  const options = { ...sessionOptions(config), clones: flags.clone ?? [] }
  const facts = { hotkeys: options.hotkeys }
  const log = createLogger({ level: config.log.level.value })
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

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
