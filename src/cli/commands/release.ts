import type { Command } from 'commander'
import { EvswitchError } from '../../errors.ts'
import { addClientOptions, type ClientFlags, withClient } from '../client-options.ts'
import type { Output } from '../output.ts'

const help = `
Without a name it does what the panic chord does: whatever has the input, and
whatever hangs, keys are released and every device is given back to this machine.

NAME is a guest that takes a key for held that is not, after a stall perhaps: what
it may take for pressed is pressed and released there. Exit code 7: it does not run.

Examples:
  evswitch release
  evswitch release win10
`

/** evswitch release */
export function define(command: Command, output: Output): void {
  addClientOptions(command)
    .argument('[name]', 'a guest with a key that is stuck')
    .addHelpText('after', help)
    .action(async (target: string | undefined, flags: ClientFlags) => {
      const result = await withClient(flags, (client) => client.call('release', { target }))
      if (flags.json) output.out(`${JSON.stringify(result)}\n`)
      if (result.outcome === 'not-consumed') {
        throw new EvswitchError('not-running', `nobody is there to take the input for ${target}`)
      }
      if (flags.json) return
      const text =
        result.outcome === 'repaired'
          ? `${target}: every key is up`
          : `everything is back, ${result.active} has the input`
      output.out(`${text}\n`)
    })
}
