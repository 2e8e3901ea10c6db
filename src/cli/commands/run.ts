import type { Command } from 'commander'
import { runtimeDirectory, serveSocket } from '../../share/process/places.ts'
import type { Output } from '../output.ts'
import { addRunOptions, overridesOf } from '../run-options.ts'
import { runSession } from '../run-session.ts'
import { serviceOptions } from '../service-options.ts'

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
    .action(async (flags: RunFlags) => await run(flags, command, output))
}

async function run(flags: RunFlags, command: Command, output: Output): Promise<void> {
  const { config, socket, json } = flags
  await runSession(
    {
      ...{ json, config, overrides: overridesOf(command) },
      optionsOf: (wanted, file) => {
        const options = serviceOptions(wanted, { file, socket })
        // The share is a process of its own: evswitch share join does by hand what that of the service does.
        const serve = { ...options.serve, socket: serveSocket(runtimeDirectory()) }
        return { ...options, join: undefined, serve }
      },
    },
    output,
  )
}
