import type { Command } from 'commander'
import { carryOut, planInstall } from '../../install/install.ts'
import { unitName } from '../../install/names.ts'
import { thisSystem } from '../../install/system.ts'
import { packageRoot } from '../../package-root.ts'
import { version } from '../../version.ts'
import { ask } from '../ask.ts'
import {
  absoluteFolder,
  addPrefixOption,
  hasShare,
  needRoot,
  type PlaceFlags,
} from '../install-options.ts'
import { installPlanText } from '../install-text.ts'
import type { Output } from '../output.ts'

interface InstallFlags extends PlaceFlags {
  readonly destdir: string
  readonly node: string
  readonly filesOnly: boolean
  readonly start: boolean
  readonly force: boolean
  readonly yes: boolean
  readonly dryRun: boolean
}

const help = `
Copies the program below the prefix, so that it runs without this checkout, puts
unit, udev rules, user and group in place, and starts the service, now and at
every boot. It shows what it will do first. Doing it again brings the service to
the version of this checkout; guests that run keep their keyboards meanwhile.
Files that were changed by hand are kept, and told. The network share gets a unit
and a user of its own as soon as the configuration has one.

A Node in somebody's home is copied, too: the service may not look there.

Examples:
  sudo evswitch service install               what it would do, then do it
  evswitch service install --dry-run          only what it would do
  evswitch service install --destdir pkg --prefix /usr --node /usr/bin/node
                                              the files of a package, in pkg
`

/** evswitch service install */
export function defineServiceInstall(command: Command, output: Output): void {
  addPrefixOption(command)
    .summary('install evswitch as a service that starts at boot')
    .description('install evswitch as a service that starts at boot, or bring it up to date')
    .option('--dry-run', 'only show what would be done', false)
    .option('-y, --yes', 'do not ask', false)
    .option('--no-start', 'do not start the service, neither now nor at boot')
    .option('--force', 'replace files that were changed by hand', false)
    .option('--node <file>', 'the Node that it runs with', process.execPath)
    .option(
      '--destdir <folder>',
      'put before every path, for packages: only files (environment: DESTDIR)',
      process.env['DESTDIR'] ?? '',
    )
    .option('--files-only', 'make no user, start nothing, remember nothing', false)
    .addHelpText('after', help)
    .action(async (flags: InstallFlags) => await install(flags, output))
}

async function install(flags: InstallFlags, output: Output): Promise<void> {
  const print = (text: string) => output.out(`${text}\n`)
  const { start, force, node } = flags
  const destdir = flags.destdir === '' ? '' : absoluteFolder('--destdir', flags.destdir)
  const prefix = absoluteFolder('--prefix', flags.prefix)
  const filesOnly = flags.filesOnly || destdir !== ''
  const own = { source: packageRoot, version: version() }
  const share = hasShare()
  const options = { destdir, prefix, filesOnly, start, share, force, node, ...own }
  const system = thisSystem()
  const plan = planInstall(options, system)
  print(`Install evswitch ${options.version}:`)
  for (const line of installPlanText(plan, destdir)) print(line)
  if (flags.dryRun) return
  if (!filesOnly) needRoot(system.isRoot)
  if (!flags.yes && !(await ask('Go on?'))) return print('nothing was done')
  for (const warning of carryOut(plan, options, system)) output.err(`evswitch: ${warning}\n`)
  if (filesOnly) return
  print('Done.')
  if (!system.hasSystemd) {
    print(`There is no systemd here; how to start it otherwise: ${plan.layout.doc}/service.md`)
    return
  }
  const { configuration, command } = plan.layout
  print(
    `  ${start ? command : `systemctl enable --now ${unitName} # starts it; then ${command}`} status`,
  )
  print(
    `  ${configuration}/config.toml is its configuration, when there is one; see config.example.toml there`,
  )
  print('  sudo usermod -aG evswitch USER lets a user look and switch')
}
