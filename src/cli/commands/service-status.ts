import type { Command } from 'commander'
import { EvswitchError } from '../../errors.ts'
import { installStatus } from '../../install/status.ts'
import { thisSystem } from '../../install/system.ts'
import { absoluteFolder, addPrefixOption, type PlaceFlags } from '../install-options.ts'
import { installStatusText } from '../install-text.ts'
import type { Output } from '../output.ts'

interface StatusFlags extends PlaceFlags {
  readonly json: boolean
}

const help = `
Who has the input, and what else the service does, tells: evswitch status

Exit codes: 0 it runs, 5 it is not installed, 7 it does not run
`

/** evswitch service status */
export function defineServiceStatus(command: Command, output: Output): void {
  addPrefixOption(command)
    .summary('tell what is installed, and whether it runs')
    .description('tell what is installed, and whether it runs')
    .option('--json', 'one JSON object instead of text', false)
    .addHelpText('after', help)
    .action((flags: StatusFlags) => tellStatus(flags, output))
}

function tellStatus({ prefix, json }: StatusFlags, output: Output): void {
  const place = { destdir: '', prefix: absoluteFolder('--prefix', prefix) }
  const status = installStatus(place, thisSystem())
  const lines = json ? [JSON.stringify(status)] : installStatusText(status)
  output.out(`${lines.join('\n')}\n`)
  if (status.version === undefined && status.unit === undefined) {
    throw new EvswitchError('not-installed', 'the service is not installed', {
      remedy: 'sudo evswitch service install',
    })
  }
  if (status.unit?.active !== 'active') {
    throw new EvswitchError('not-running', 'the service does not run', {
      remedy: 'sudo systemctl start evswitch; journalctl -u evswitch says what it said last',
    })
  }
}
