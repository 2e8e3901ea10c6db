import type { Command } from 'commander'
import { EvswitchError } from '../../errors.ts'
import { addClientOptions, type ClientFlags, withClient } from '../client-options.ts'
import type { Output } from '../output.ts'

const help = `
NAME is a guest, the screen of another computer, or host for this machine. next
and previous go through them in order, past guests that are not running and
screens that are not connected. Keys that are held are released where they were,
as with the hotkey. Exit code 7: nobody is there, and the input stays where it
is.

Examples:
  evswitch switch win10
  evswitch switch next
  evswitch switch host
`

/** evswitch switch */
export function define(command: Command, output: Output): void {
  addClientOptions(command)
    .argument('<name>', 'a guest, a screen, host, next or previous')
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
  const who = isOne ? target : 'any other target'
  return new EvswitchError('not-running', `nobody is there to take the input for ${who}`, {
    remedy: `start the VM, or the client on the other computer, first; ${active} has the input`,
  })
}
