import { type Command, Option } from 'commander'
import { loadConfig } from '../../config/load.ts'
import { EvswitchError } from '../../errors.ts'
import { type GuestSystem, guestDevices, guestSystems } from '../../guests/guest-system.ts'
import {
  type GuestInput,
  guestNodes,
  libvirtXml,
  qemuArguments,
  shellLine,
} from '../../guests/qemu.ts'
import type { Output } from '../output.ts'
import { requirePart } from '../parts.ts'
import { chooseTarget } from '../target-choice.ts'

interface ArgsFlags {
  readonly config?: string
  readonly virtio: boolean
  readonly repeat?: 'on' | 'off'
  readonly os: GuestSystem
  readonly json: boolean
}

const help = `
Examples:
  evswitch qemu args                     for the only guest there is
  evswitch qemu args win10 --os windows-virtio
`

const argsHelp = `
They come on one line, so that a script can take them as they are:

  qemu-system-x86_64 ... $(evswitch qemu args win10)

With --virtio the guest has the devices themselves instead of those that QEMU
emulates: every button, both wheels, and its lamps light your keyboard. But its
boot loader has no keyboard then, unless it has a driver for virtio-input (OVMF
from 202502 on), and motion of more than 127 counts an event is cut by the
driver of Windows.

--os adds what suits the guest: emulated devices that report at once instead of
every 8 ms, and no repeats where the guest makes its own.
  any             nothing; works everywhere, through PS/2
  linux           a virtio keyboard and mouse
  windows         nothing: Windows without virtio-win has only PS/2 and USB
  windows-virtio  as linux; for Windows with the drivers of virtio-win
  macos           a USB keyboard and mouse, the only ones it knows

QEMU's own toggle by both Ctrl keys needs no option: evswitch never lets both of
them reach the guest. Give each guest its target, and start it after evswitch.

Examples:
  evswitch qemu args win10 --virtio --os windows-virtio
  evswitch qemu args --json | jq -r '.arguments[]'
`

/** evswitch qemu */
export function define(command: Command, output: Output): void {
  command.addHelpText('after', help)
  command
    .command('args [target]')
    .summary('print the arguments for a guest')
    .description('print the QEMU arguments that give a guest its keyboard and mouse')
    .option('--config <file>', 'configuration, instead of the usual file')
    .option('--virtio', 'give it the devices themselves, by virtio-input', false)
    .addOption(
      new Option(
        '--repeat <on|off>',
        'whether key repeats are passed on (default: what --os needs)',
      ).choices(['on', 'off']),
    )
    .addOption(
      new Option('--os <system>', 'what runs in the guest').choices(guestSystems).default('any'),
    )
    .option('--json', 'one JSON object instead of text', false)
    .addHelpText('after', argsHelp)
    .action((named: string | undefined, flags: ArgsFlags) => {
      const target = chooseTarget(loadConfig(flags.config), named)
      const { system, input } = wanted(target, flags)
      const args = [...system.qemu, ...qemuArguments(input)]
      if (!flags.json) return output.out(`${shellLine(args)}\n`)
      const report = {
        target: target.name,
        nodes: guestNodes(target.name),
        arguments: args,
        libvirt: libvirtXml(input, ''),
      }
      output.out(`${JSON.stringify(report, null, 2)}\n`)
    })
  requirePart(command, 'say what is wanted for QEMU')
}

function wanted(target: { name: string; repeat: boolean }, flags: ArgsFlags) {
  const devices = guestDevices(flags.os, target.name)
  if (flags.virtio && !devices.hasVirtioInput) {
    throw new EvswitchError('usage', `${flags.os} has no driver for virtio-input`, {
      remedy:
        flags.os === 'windows'
          ? 'install virtio-win in it and say --os windows-virtio, or leave --virtio out'
          : 'leave --virtio out',
    })
  }
  const repeat =
    flags.repeat === undefined ? target.repeat && devices.needsRepeats : flags.repeat === 'on'
  const attachment = flags.virtio ? 'virtio-input-host' : 'input-linux'
  const input: GuestInput = { target: target.name, repeat, attachment }
  // Whoever is given the devices themselves needs none that are emulated.
  return { input, system: flags.virtio ? { ...devices, qemu: [] } : devices }
}
