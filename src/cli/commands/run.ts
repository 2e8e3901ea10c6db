import type { Command } from 'commander'
import { diagnosticText } from '../../config/diagnostic.ts'
import { loadConfig } from '../../config/load.ts'
import { type Overrides, override } from '../../config/override.ts'
import { createFollowedLog } from '../../log.ts'
import { LogMemory } from '../../service/log-memory.ts'
import type { Notice } from '../../service/notice.ts'
import { noticeJson } from '../../service/notice-json.ts'
import { Service } from '../../service/service.ts'
import { version } from '../../version.ts'
import { lossyOutput, lostJson, lostText } from '../lossy-output.ts'
import type { Output } from '../output.ts'
import { addRunOptions, overridesOf } from '../run-options.ts'
import { noticeText, startedText } from '../run-text.ts'
import { serviceOptions } from '../service-options.ts'
import { startedJson } from '../started-json.ts'
import { aborted, untilSignal } from '../until-signal.ts'

interface RunFlags {
  readonly config?: string
  readonly socket?: string
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
    .option('--socket <path>', 'where evswitch status and switch find it')
    .option('--json', 'one JSON object a line instead of text', false)
    .addHelpText('after', help)
    .action(async (flags: RunFlags) => await run(flags, overridesOf(command), output))
}

async function run(flags: RunFlags, overrides: Overrides, terminal: Output): Promise<void> {
  const output = lossyOutput(terminal, flags.json ? lostJson : lostText)
  const print = (text: string) => output.out(`${text}\n`)
  const load = () => {
    const loaded = loadConfig(flags.config)
    const config = override(loaded.config, overrides, loaded.file)
    for (const warning of loaded.warnings) {
      const lines = diagnosticText(warning, loaded.file ?? '', loaded.text)
      output.err(`evswitch: ${lines.join('\n')}\n`)
    }
    // The share is the service's: evswitch share join does the same by hand.
    return {
      ...serviceOptions(config, { file: loaded.file, socket: flags.socket }),
      join: undefined,
    }
  }
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

  const memory = new LogMemory()
  const service = new Service({
    load,
    log: await createFollowedLog({}, (line) => memory.add(line)),
    memory,
    version: version(),
    isAlone: false,
    report: (notice) => report(notice),
  })
  await untilSignal(async (signal) => {
    try {
      const started = await service.start(signal)
      const facts = { hotkeys: service.options.session.hotkeys }
      if (flags.json) print(JSON.stringify(startedJson(started, facts)))
      else print(startedText(started, facts).join('\n'))
      report = tell
      for (const notice of early) tell(notice)
      await aborted(signal)
    } finally {
      await service.stop()
    }
  })
}
