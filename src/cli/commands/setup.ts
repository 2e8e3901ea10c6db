import { rmdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Command } from 'commander'
import { loadConfig } from '../../config/load.ts'
import { listDevices } from '../../devices/list.ts'
import { printable } from '../../devices/sanitize.ts'
import { selectSources } from '../../devices/select.ts'
import { examine, isFault } from '../../doctor/doctor.ts'
import { LocalSystem } from '../../doctor/system.ts'
import { hotkeyLabel } from '../../engine/hotkey.ts'
import { EvswitchError } from '../../errors.ts'
import { backupFolder } from '../../guests/backup.ts'
import {
  carryOut as carryOutDomain,
  type DomainPlan,
  planApply,
  planRemove,
  reportDomains,
} from '../../guests/libvirt.ts'
import { lineDiff } from '../../guests/line-diff.ts'
import { usualConnection, Virsh } from '../../guests/virsh.ts'
import { carryOut, type InstallOptions, planInstall } from '../../install/install.ts'
import { type System, thisSystem } from '../../install/system.ts'
import { planUninstall, takeBack, type UninstallPlan } from '../../install/uninstall.ts'
import { packageRoot } from '../../package-root.ts'
import { sessionOptions } from '../../service/session-options.ts'
import { version } from '../../version.ts'
import { ask } from '../ask.ts'
import { findingText } from '../doctor-text.ts'
import {
  absoluteFolder,
  addPrefixOption,
  hasShare,
  needRoot,
  type PlaceFlags,
} from '../install-options.ts'
import { installPlanText, uninstallPlanText } from '../install-text.ts'
import { warningLines } from '../libvirt-text.ts'
import type { Output } from '../output.ts'
import { chooseTarget } from '../target-choice.ts'

interface SetupFlags extends PlaceFlags {
  readonly config?: string
  readonly connect: string
  readonly undo: boolean
  readonly yes: boolean
  readonly dryRun: boolean
}

const help = `
From nothing to a guest that both Ctrl keys reach:
  1. the keyboards and mice are found
  2. evswitch is installed as a service         (evswitch service install)
  3. the domain gets its keyboard and mouse,
     instead of devices and emulated pointers
     that it has for itself                     (evswitch libvirt apply)
  4. everything is checked                      (evswitch doctor)

All of it is shown first. What is done already is left as it is, so it can be
started again after it was cut short. --undo takes everything back: each domain
is what it was, and nothing of the service is left.

Examples:
  sudo evswitch setup win10
  sudo evswitch setup win10 --yes       for scripts
  sudo evswitch setup --undo
`

/** evswitch setup */
export function define(command: Command, output: Output): void {
  addPrefixOption(command.argument('[domain]', 'a domain of libvirt (default: the only one)'))
    .option('--config <file>', 'configuration, instead of the usual file')
    .option('--connect <uri>', 'libvirt connection', usualConnection())
    .option('--undo', 'take everything back', false)
    .option('-y, --yes', 'do not ask', false)
    .option('--dry-run', 'only show what would be done', false)
    .addHelpText('after', help)
    .action(async (domain: string | undefined, flags: SetupFlags) => {
      if (flags.undo) await undo(flags, output)
      else await setUp(domain, flags, output)
    })
}

async function setUp(named: string | undefined, flags: SetupFlags, output: Output): Promise<void> {
  const print = (text: string) => output.out(`${text}\n`)
  const system = thisSystem()
  const loaded = loadConfig(flags.config)
  const session = sessionOptions(loaded.config)
  const { waits, pinned } = session
  const { sources } = selectSources(listDevices().devices, session.devices, { waits, pinned })
  const virsh = new Virsh(flags.connect)
  const domain = named ?? onlyDomain(await virsh.domains())
  const names = loaded.config.target.map(({ name }) => name.value)
  const target = chooseTarget(loaded, names.includes(domain) ? domain : undefined)
  const domainPlan = await planApply(virsh, domain, {
    input: { target: target.name, repeat: target.repeat },
    byCommandLine: undefined,
    replace: true,
    dropPointers: true,
  })
  const options = installOptions(flags)
  const plan = planInstall(options, system)

  print('1. These are taken while the guest has the input:')
  for (const { name, eventName, kind } of sources) print(`  ${name} (${kind}, ${eventName})`)
  print(`2. evswitch ${options.version} is installed as a service:`)
  for (const line of installPlanText(plan, '')) print(line)
  print(`3. The domain ${printable(domain)} is given the keyboard and mouse of ${target.name}:`)
  print(changeOf(domainPlan))
  if (flags.dryRun) return
  needRoot(system.isRoot)
  if (!flags.yes && !(await ask('Go on?'))) return print('nothing was done')

  for (const warning of carryOut(plan, options, system)) output.err(`evswitch: ${warning}\n`)
  await change(virsh, domainPlan)
  output.err(warningLines(domainPlan.warnings))
  const { findings } = await examine(new LocalSystem(), {
    config: loaded.config,
    domain,
    connection: flags.connect,
  })
  print('4. Everything is checked:')
  for (const finding of findings) print(findingText(finding, output.columns).join('\n'))
  if (!findings.some(isFault)) print('  nothing is wrong')
  if (findings.some(({ severity }) => severity === 'error')) {
    throw new EvswitchError('unhealthy', 'it is set up, and would not work as it is', {
      remedy: `sudo evswitch doctor ${printable(domain)} --fix repairs what can be repaired`,
    })
  }
  const keys = session.hotkeys[0]?.keys
  const verb = domainPlan.state.isRunning ? 'Shut down and start' : 'Start'
  print(
    `${verb} ${printable(domain)}, and press ${keys === undefined ? 'the hotkey' : hotkeyLabel(keys)}.`,
  )
}

async function undo(flags: SetupFlags, output: Output): Promise<void> {
  const print = (text: string) => output.out(`${text}\n`)
  const system = thisSystem()
  const virsh = new Virsh(flags.connect)
  const plans: DomainPlan[] = []
  for (const { name, targets } of await reportDomains(virsh)) {
    if (targets.length > 0) plans.push(await planRemove(virsh, name))
  }
  const uninstall = installed(flags, system)
  for (const plan of plans) {
    print(`${printable(plan.domain)} is as it was before:`)
    print(changeOf(plan))
  }
  if (uninstall !== undefined) {
    print('The service is uninstalled:')
    for (const line of uninstallPlanText(uninstall)) print(line)
  }
  if (plans.length === 0 && uninstall === undefined) return print('there is nothing to undo')
  if (flags.dryRun) return
  needRoot(system.isRoot)
  if (!flags.yes && !(await ask('Go on?'))) return print('nothing was done')
  for (const plan of plans) await change(virsh, plan)
  if (uninstall !== undefined) {
    const { warnings, keptFolders } = takeBack(uninstall, system)
    for (const warning of warnings) output.err(`evswitch: ${warning}\n`)
    for (const folder of keptFolders) print(`  ${folder} is not empty, and stays`)
  }
  // Copies of domains that are again what they were.
  rmSync(backupFolder(), { recursive: true, force: true })
  removeIfEmpty(dirname(backupFolder()))
  print('Done.')
}

function installOptions({ prefix }: SetupFlags): InstallOptions {
  return {
    destdir: '',
    prefix: absoluteFolder('--prefix', prefix),
    filesOnly: false,
    start: true,
    share: hasShare(),
    force: false,
    node: process.execPath,
    source: packageRoot,
    version: version(),
  }
}

function installed({ prefix }: SetupFlags, system: System): UninstallPlan | undefined {
  try {
    return planUninstall({ destdir: '', prefix: absoluteFolder('--prefix', prefix) }, system)
  } catch (error) {
    if (error instanceof EvswitchError && error.code === 'not-installed') return undefined
    throw error
  }
}

async function change(virsh: Virsh, plan: DomainPlan): Promise<void> {
  if (plan.after === plan.before) return
  await carryOutDomain(virsh, plan, { backups: backupFolder(), validate: true })
}

function changeOf({ before, after, domain }: DomainPlan): string {
  if (before === after) return '  it has them already'
  return lineDiff(before, after, printable(domain))
    .map((line) => `  ${line}`)
    .join('\n')
}

function onlyDomain(domains: readonly string[]): string {
  const [only, ...more] = domains
  if (only !== undefined && more.length === 0) return only
  const list = domains.map(printable).join(', ')
  throw new EvswitchError(
    only === undefined ? 'not-configured' : 'usage',
    only === undefined ? 'libvirt has no domain yet' : 'there are several domains: name one',
    {
      remedy:
        only === undefined ? 'make the guest first, as with virt-manager' : `there are: ${list}`,
    },
  )
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // Somebody else keeps something in it, or it was never there.
  }
}
