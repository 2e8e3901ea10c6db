import type { Command } from 'commander'
import { runtimeDirectory, shareRuntime, statusSocket } from '../../share/process/places.ts'
import { askStatus } from '../../share/process/status.ts'
import type { Output } from '../output.ts'
import { shareStatusText } from '../share-text.ts'

const help = `
Exit code 7 says that no share runs.

Examples:
  evswitch share status
  evswitch share status --json | jq -r .join.state
`

/** evswitch share status */
export function defineShareStatus(command: Command, output: Output): void {
  command
    .summary('show whether the share is connected, and what is wrong')
    .description('show whether the share is connected, and what is wrong')
    .option('--json', 'for scripts', false)
    .addHelpText('after', help)
    .action(async ({ json }: { json: boolean }) => {
      const places = new Set([runtimeDirectory(), shareRuntime].map((path) => statusSocket(path)))
      const status = await askStatus([...places])
      if (json) return output.out(`${JSON.stringify(status, null, 2)}\n`)
      for (const line of shareStatusText(status, new Date())) output.out(`${line}\n`)
    })
}
