import type { Command } from 'commander'
import { systemConfigFile } from '../../config/config-file.ts'
import { printable } from '../../devices/sanitize.ts'
import { examine, isFault } from '../../doctor/doctor.ts'
import { LocalSystem } from '../../doctor/system.ts'
import { hotkeyLabel } from '../../engine/hotkey.ts'
import { EvswitchError } from '../../errors.ts'
import { backupFolder } from '../../guests/backup.ts'
import { carryOut as carryOutDomain, type DomainPlan, planApply } from '../../guests/libvirt.ts'
import { qemuCommandLine } from '../../guests/qemu.ts'
import { usualConnection, Virsh } from '../../guests/virsh.ts'
import { carryOut, type InstallOptions, planInstall } from '../../install/install.ts'
import { thisSystem } from '../../install/system.ts'
import { packageRoot } from '../../package-root.ts'
import { sessionOptions } from '../../service/session-options.ts'
import { version } from '../../version.ts'
import { ask, askLine } from '../ask.ts'
import { findingText } from '../doctor-text.ts'
import { findByUse } from '../find-by-use.ts'
import { absoluteFolder, addPrefixOption, hasShare, needRoot } from '../install-options.ts'
import { installPlanText } from '../install-text.ts'
import { warningLines } from '../libvirt-text.ts'
import type { Output } from '../output.ts'
import { repeatable } from '../run-options.ts'
import { readServiceConfig, writeServiceConfig } from '../service-config.ts'
import { completeWish, type SetupChoice } from '../setup-choice.ts'
import { deviceLine } from '../setup-questions.ts'
import { changeLines } from '../setup-text.ts'
import { type UndoFlags, undoSetup } from './setup-undo.ts'

interface SetupFlags extends UndoFlags {
  readonly device?: readonly string[]
  readonly target?: string
  readonly undo: boolean
}

const help = `
From nothing to a guest that both Ctrl keys reach:
  1. the keyboards and mice are found         (evswitch identify)
  2. evswitch is installed as a service       (evswitch service install)
  3. the domain gets its keyboard and mouse,
     instead of devices and emulated pointers
     that it has for itself                   (evswitch libvirt apply)
  4. everything is checked                    (evswitch doctor)

In a terminal it asks which keyboard and mouse, which may be found by using
them, and which guest. With --yes it asks nothing, and takes all that the
configuration names, or every keyboard and mouse; --device names others.

All of it is shown first. What is done already is left as it is, so it can be
started again after it was cut short. --undo takes everything back: each domain
is what it was, and nothing of the service is left.

Examples:
  sudo evswitch setup                   asks
  sudo evswitch setup win10 --yes       for scripts
  sudo evswitch setup win10 --yes --device logitech --device mosart
  sudo evswitch setup --qemu            without libvirt: says what to start
                                        QEMU with
  sudo evswitch setup --undo
`

/** evswitch setup */
export function define(command: Command, output: Output): void {
  addPrefixOption(command.argument('[domain]', 'a domain of libvirt (default: the only one)'))
    .addOption(
      repeatable('--device <name>', 'a device to take, as evswitch run has it; again for more'),
    )
    .option('--target <name>', "the target (default: the domain's name, or the only one)")
    .option('--qemu', 'the guest is started by hand, without libvirt', false)
    .option('--connect <uri>', 'libvirt connection', usualConnection())
    .option('--undo', 'take everything back', false)
    .option('-y, --yes', 'do not ask', false)
    .option('--dry-run', 'only show what would be done', false)
    .addHelpText('after', help)
    .action(async (domain: string | undefined, flags: SetupFlags) => {
      checkFlags(domain, flags)
      if (flags.undo) await undoSetup(flags, output)
      else await setUp(domain, flags, output)
    })
}

function checkFlags(domain: string | undefined, flags: SetupFlags): void {
  const { qemu, undo, device, target } = flags
  if (undo && [domain, device, target].some((each) => each !== undefined)) {
    throw new EvswitchError('usage', '--undo takes everything back, and no names', {
      remedy: 'one domain alone: evswitch libvirt remove DOMAIN',
    })
  }
  if (!flags.yes && !flags.dryRun && !process.stdin.isTTY) {
    throw new EvswitchError('usage', 'there is no terminal to ask in', {
      remedy: 'say --yes to go on without questions, or --dry-run to see what would be done',
    })
  }
  if (qemu && domain !== undefined) {
    throw new EvswitchError('usage', '--qemu is for a guest that is no domain of libvirt', {
      remedy: `leave out --qemu, or ${printable(domain)}`,
    })
  }
}

async function setUp(domain: string | undefined, flags: SetupFlags, output: Output): Promise<void> {
  const print = (text: string) => output.out(`${text}\n`)
  const system = thisSystem()
  // Before anything is asked: without it all of the answers would be in vain.
  if (!flags.dryRun) needRoot(system.isRoot)
  const isAsking = !flags.yes && !flags.dryRun
  const dialog = isAsking ? { say: print, ask: askLine } : undefined
  const virsh = new Virsh(flags.connect)
  const choice = await completeWish(
    { ...flags, domain },
    { virsh, dialog, config: readServiceConfig(), findByUse: async () => await findByUse(print) },
  )
  if (choice === undefined) return print('nothing was done')
  const domainPlan = await planDomain(virsh, choice)
  const options = installOptions(flags)
  const plan = planInstall(options, system)

  print('1. These are taken while the guest has the input:')
  for (const device of choice.sources) print(deviceLine(device))
  for (const line of changeLines(choice.before, choice.after, systemConfigFile)) print(line)
  print(`2. evswitch ${options.version} is installed as a service:`)
  for (const line of installPlanText(plan, '')) print(line)
  for (const line of guestLines(choice, domainPlan)) print(line)
  if (flags.dryRun) return
  if (!flags.yes && !(await ask('Go on?'))) return print('nothing was done')

  writeServiceConfig(choice.before, choice.after)
  for (const warning of carryOut(plan, options, system)) output.err(`evswitch: ${warning}\n`)
  if (domainPlan !== undefined && domainPlan.after !== domainPlan.before) {
    await carryOutDomain(virsh, domainPlan, { backups: backupFolder(), validate: true })
  }
  output.err(warningLines(domainPlan?.warnings ?? []))
  if (!system.hasSystemd) {
    print(`There is no systemd here; how to start it otherwise: ${plan.layout.doc}/service.md`)
  }
  print('4. Everything is checked:')
  await check(choice, flags, output)
  for (const line of lastLines(choice, domainPlan)) print(line)
}

async function planDomain(
  virsh: Virsh,
  { guest, target }: SetupChoice,
): Promise<DomainPlan | undefined> {
  if (guest.kind === 'by-hand') return undefined
  return await planApply(virsh, guest.name, {
    input: { target: target.name, repeat: target.repeat },
    byCommandLine: undefined,
    replace: true,
    dropPointers: true,
  })
}

function guestLines({ target }: SetupChoice, plan: DomainPlan | undefined): string[] {
  if (plan === undefined) {
    return [`3. The guest is given the keyboard and mouse of ${target.name} by arguments of QEMU.`]
  }
  const name = printable(plan.domain)
  const change = changeLines(plan.before, plan.after, name)
  return [
    `3. The domain ${name} is given the keyboard and mouse of ${target.name}:`,
    ...(change.length === 0 ? ['  it has them already'] : change),
  ]
}

/** Throws 'unhealthy' when it would not work. */
async function check(
  { loaded, guest }: SetupChoice,
  { connect }: SetupFlags,
  output: Output,
): Promise<void> {
  const domain = guest.kind === 'domain' ? guest.name : undefined
  const { findings } = await examine(new LocalSystem(), {
    config: loaded.config,
    domain,
    connection: connect,
  })
  for (const finding of findings) {
    output.out(`${findingText(finding, output.columns).join('\n')}\n`)
  }
  if (!findings.some(isFault)) output.out('  nothing is wrong\n')
  if (!findings.some(({ severity }) => severity === 'error')) return
  const doctor = ['sudo evswitch doctor', ...(domain === undefined ? [] : [printable(domain)])]
  throw new EvswitchError('unhealthy', 'it is set up, and would not work as it is', {
    remedy: `${doctor.join(' ')} --fix repairs what can be repaired`,
  })
}

/** What is left to do. */
function lastLines({ loaded, target }: SetupChoice, plan: DomainPlan | undefined): string[] {
  const keys = sessionOptions(loaded.config).hotkeys[0]?.keys
  const press = `press ${keys === undefined ? 'the hotkey' : hotkeyLabel(keys)}.`
  if (plan === undefined) {
    const input = { target: target.name, repeat: target.repeat }
    return [
      `Start QEMU with this, and ${press}`,
      ...qemuCommandLine(input, ' \\\n')
        .split('\n')
        .map((line) => `  ${line}`),
    ]
  }
  const verb = plan.state.isRunning ? 'Shut down and start' : 'Start'
  return [`${verb} ${printable(plan.domain)}, and ${press}`]
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
