import { type Command, Option } from 'commander'
import { loadConfig } from '../../config/load.ts'
import { parseScreenSize } from '../../config/share-types.ts'
import { EvswitchError } from '../../errors.ts'
import {
  type GuestSystem,
  guestDevices,
  guestSystems,
  tabletDevices,
} from '../../guests/guest-system.ts'
import {
  barrierArguments,
  type GuestInput,
  guestNodes,
  libvirtXml,
  qemuArguments,
  shellLine,
} from '../../guests/qemu.ts'
import type { Output } from '../output.ts'
import { requirePart } from '../parts.ts'
import { chooseQemuScreen } from '../qemu-screen.ts'
import { serveSettings } from '../share-options.ts'
import { chooseTarget } from '../target-choice.ts'

interface ArgsFlags {
  readonly config?: string
  readonly virtio: boolean
  readonly repeat?: 'on' | 'off'
  readonly os: GuestSystem
  readonly json: boolean
  readonly barrier: boolean
  readonly screen?: string
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

With --barrier QEMU itself is a client of the network share of this machine: the
guest needs neither nodes nor a program, and its user no right to any device.
The target says kind = "barrier", client = "qemu" and plain = true, since QEMU
knows no TLS. Start QEMU when evswitch runs: it ends at once where nobody
listens, and it connects only once. After a restart of evswitch take the object
away and add it again in QEMU's monitor (object_del, object_add), or start the
guest anew.

QEMU's own toggle by both Ctrl keys needs no option: evswitch never lets both of
them reach the guest. Give each guest its target, and start it after evswitch.

Examples:
  evswitch qemu args win10 --virtio --os windows-virtio
  evswitch qemu args vm --barrier --os linux
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
    .addOption(
      new Option('--barrier', "let QEMU's own client of the network share have them, without nodes")
        .conflicts(['virtio', 'repeat'])
        .default(false),
    )
    .option('--screen <size>', 'with --barrier: of the guest (default: 1920x1080)')
    .option('--json', 'one JSON object instead of text', false)
    .addHelpText('after', argsHelp)
    .action((named: string | undefined, flags: ArgsFlags) => {
      if (flags.barrier) return output.out(barrierText(named, flags))
      if (flags.screen !== undefined) {
        throw new EvswitchError('usage', '--screen is of no use without --barrier')
      }
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

/** What QEMU is given when nothing is said. */
const usualSize = { width: 1920, height: 1080 }

function barrierText(named: string | undefined, flags: ArgsFlags): string {
  const screen = chooseQemuScreen(serveSettings(loadConfig(flags.config).config), named)
  const size = flags.screen === undefined ? usualSize : parseScreenSize(flags.screen)
  const { target } = screen
  const devices = screen.isAbsolute
    ? tabletDevices(flags.os, target)
    : guestDevices(flags.os, target).qemu
  const args = [...devices, ...barrierArguments({ ...screen, size })]
  if (!flags.json) return `${shellLine(args)}\n`
  return `${JSON.stringify({ target, arguments: args }, null, 2)}\n`
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
