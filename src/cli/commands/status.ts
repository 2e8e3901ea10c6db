import type { Command } from 'commander'
import { addClientOptions, type ClientFlags, withClient } from '../client-options.ts'
import type { Output } from '../output.ts'
import { statusText } from '../status-text.ts'

const help = `
It asks the service, or an evswitch run, that runs on this machine. Members of
the group evswitch may ask; exit code 7 says that nothing runs.

Examples:
  evswitch status
  evswitch status --json | jq -r .active
`

/** evswitch status */
export function define(command: Command, output: Output): void {
  addClientOptions(command)
    .addHelpText('after', help)
    .action(async (flags: ClientFlags) => {
      const status = await withClient(flags, (client) => client.call('status', {}))
      if (flags.json) return output.out(`${JSON.stringify(status, null, 2)}\n`)
      output.out(`${statusText(status, new Date(), output.columns).join('\n')}\n`)
    })
}
