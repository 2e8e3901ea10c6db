import type { Command } from 'commander'
import { thisSystem } from '../../install/system.ts'
import { planUninstall, takeBack } from '../../install/uninstall.ts'
import { ask } from '../ask.ts'
import { absoluteFolder, addPrefixOption, needRoot, type PlaceFlags } from '../install-options.ts'
import { uninstallPlanText } from '../install-text.ts'
import type { Output } from '../output.ts'

interface UninstallFlags extends PlaceFlags {
  readonly yes: boolean
  readonly dryRun: boolean
}

const help = `
Stops the service and removes what its installation made: files, folders, user
and group. It shows what it will do first. Files that were changed by hand, and
those that you made (config.toml), stay. Guests that run lose their keyboards.

Example:
  sudo evswitch service uninstall
`

/** evswitch service uninstall */
export function defineServiceUninstall(command: Command, output: Output): void {
  addPrefixOption(command)
    .summary('stop the service and take its installation back')
    .description('stop the service and take its installation back')
    .option('--dry-run', 'only show what would be done', false)
    .option('-y, --yes', 'do not ask', false)
    .addHelpText('after', help)
    .action(async (flags: UninstallFlags) => await uninstall(flags, output))
}

async function uninstall(flags: UninstallFlags, output: Output): Promise<void> {
  const print = (text: string) => output.out(`${text}\n`)
  const system = thisSystem()
  const plan = planUninstall(
    { destdir: '', prefix: absoluteFolder('--prefix', flags.prefix) },
    system,
  )
  print(`Uninstall evswitch ${plan.manifest.version}:`)
  for (const line of uninstallPlanText(plan)) print(line)
  if (flags.dryRun) return
  needRoot(system.isRoot)
  if (!flags.yes && !(await ask('Go on?'))) return print('nothing was done')
  const { warnings, keptFolders } = takeBack(plan, system)
  for (const warning of warnings) output.err(`evswitch: ${warning}\n`)
  for (const folder of keptFolders) print(`  ${folder} is not empty, and stays`)
  print('Done.')
}
