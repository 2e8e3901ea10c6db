import type { Command } from 'commander'
import { addClientOptions, type ClientFlags, withClient } from '../client-options.ts'
import type { Output } from '../output.ts'

const help = `
Only what is otherwise in the file is done: nodes stay, and so does every key
that is held. A file with an error changes nothing; exit code 6 then. What can't
change while evswitch runs is told. evswitch config check tells before.

Example:
  evswitch config check /etc/evswitch/config.toml && evswitch reload
`

/** evswitch reload */
export function define(command: Command, output: Output): void {
  addClientOptions(command)
    .addHelpText('after', help)
    .action(async (flags: ClientFlags) => {
      const report = await withClient(flags, (client) => client.call('reload', {}))
      if (flags.json) return output.out(`${JSON.stringify(report)}\n`)
      const { changes, later } = report
      const lines = changes.length === 0 && later.length === 0 ? ['nothing is otherwise'] : changes
      output.out(`${[...lines, ...later].join('\n')}\n`)
    })
}
