import type { Command } from 'commander'
import { EvswitchError } from '../../errors.ts'
import { addClientOptions, type ClientFlags, withClient } from '../client-options.ts'
import type { Output } from '../output.ts'

const help = `
NAME is a guest, or host for this machine. next and previous go through them in
order, past guests that are not running. Keys that are held are released where
they were, as with the hotkey. Exit code 7: the guest is not running, and the
input stays where it is.

Examples:
  evswitch switch win10
  evswitch switch next
  evswitch switch host
`

/** evswitch switch */
export function define(command: Command, output: Output): void {
  addClientOptions(command)
    .argument('<name>', 'a guest, host, next or previous')
    .addHelpText('after', help)
    .action(async (to: string, flags: ClientFlags) => {
      const result = await withClient(flags, (client) => client.call('switch', { to }))
      if (flags.json) output.out(`${JSON.stringify(result)}\n`)
      const { outcome, target, active } = result
      if (outcome === 'not-consumed') throw notConsumed(target, active)
      if (!flags.json) output.out(`${active} has the input\n`)
    })
}

function notConsumed(target: string, active: string): EvswitchError {
  const isOne = target !== 'next' && target !== 'previous'
  const whose = isOne ? `of ${target}` : 'of any other guest'
  return new EvswitchError('not-running', `nobody has opened the nodes ${whose}`, {
    remedy: `start the VM first; ${active} has the input`,
  })
}
