import { type Command, Option } from 'commander'
import { listDevices } from '../../devices/list.ts'
import { usersOf } from '../../devices/users.ts'
import type { Output } from '../output.ts'
import { deviceReport } from './devices-report.ts'

interface DevicesOptions {
  readonly all?: true
  readonly json?: true
  readonly root: string
}

const help = `
Nodes that stand together belong to one device. Wherever a device is to be
named, any of these will do: its name or a part of it (mosart), its node
(event3), a link (usb-Logitech_USB_Receiver-event-kbd).

Examples:
  evswitch devices          keyboards, mice, touchpads, pads
  evswitch devices --all    also buttons, switches and devices made by programs
  evswitch devices --json | jq -r '.devices[] | "\\(.node) \\(.kind)"'

No device is opened, nothing is changed. Root also sees who has a device open.
`

/** evswitch devices */
export function define(command: Command, output: Output): void {
  command
    .option('-a, --all', 'also buttons, switches and devices made by programs')
    .option('--json', 'JSON for scripts')
    .addOption(new Option('--root <directory>', 'look below another root').default('/').hideHelp())
    .addHelpText('after', help)
    .action((options: DevicesOptions) => {
      const list = listDevices(options.root)
      const users = usersOf(list.devices, { root: options.root })
      const report = deviceReport(list, users, {
        all: options.all === true,
        columns: output.columns,
      })
      output.out(options.json ? `${JSON.stringify(report.json(), null, 2)}\n` : report.text())
    })
}
