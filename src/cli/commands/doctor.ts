import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { type Command, Option } from 'commander'
import { loadConfig } from '../../config/load.ts'
import { printable } from '../../devices/sanitize.ts'
import { examine, isFault } from '../../doctor/doctor.ts'
import type { Finding } from '../../doctor/finding.ts'
import { iommuGroups } from '../../doctor/iommu.ts'
import { carryOutChange, changeText, type Hands, LocalHands } from '../../doctor/repair.ts'
import type { SubjectOptions } from '../../doctor/subject.ts'
import { LocalSystem, type System } from '../../doctor/system.ts'
import { EvswitchError, messageOf } from '../../errors.ts'
import { backupFolder } from '../../guests/backup.ts'
import { usualConnection } from '../../guests/virsh.ts'
import { findingText, iommuText, verdict } from '../doctor-text.ts'
import type { Output } from '../output.ts'

interface DoctorFlags {
  readonly config?: string
  readonly fix: boolean
  readonly dryRun: boolean
  readonly iommu: boolean
  readonly json: boolean
  readonly connect: string
  readonly backups: string
  readonly user?: string
  readonly root: string
}

/** More repairs than there are checks would go round in circles. */
const mostRepairs = 40

const help = `
It looks at the kernel, the input devices and their rights, libvirt's settings
and its domains, AppArmor and SELinux, and what a host with passed-through PCI
devices needs. Without a name: all domains that open input nodes.

Exit code 0 when nothing is wrong, 1 when something is.

Examples:
  sudo evswitch doctor                   as root it sees everything
  sudo evswitch doctor win10 --dry-run   what --fix would change
  sudo evswitch doctor win10 --fix       change it; each change is shown, with
                                         the command that undoes it
  evswitch doctor --iommu                IOMMU groups and their PCI devices
  evswitch doctor --json | jq -r '.findings[].id'
`

/** evswitch doctor */
export function define(command: Command, output: Output): void {
  command
    .argument('[domain]', 'a domain of libvirt')
    .option('--config <file>', 'configuration, instead of the usual file')
    .option('--fix', 'repair what can be repaired', false)
    .option('--dry-run', 'show what --fix would change', false)
    .option('--iommu', 'only list IOMMU groups', false)
    .option('--json', 'JSON for scripts', false)
    .option('--connect <uri>', 'libvirt connection', usualConnection())
    .option('--backups <folder>', 'where copies of changed files are kept', backupFolder())
    .option('--user <name>', 'whose rights are looked at (default: yours)')
    .addOption(
      new Option('--root <directory>', 'look at the files below another root').default('/'),
    )
    .addHelpText('after', help)
    .action(async (domain: string | undefined, flags: DoctorFlags) => {
      if (!existsSync(flags.root)) {
        throw new EvswitchError('usage', `there is no folder ${printable(flags.root)}`, {
          remedy: '--root names a folder with the files of a machine: etc, proc, sys ...',
        })
      }
      const system = new LocalSystem(flags.root)
      if (flags.iommu) return listIommu(system, flags, output)
      const { config } = loadConfig(flags.config)
      const user = flags.user ?? usualUser()
      const options = { config, domain, user, connection: flags.connect }
      if (flags.fix && !flags.dryRun) {
        return await fix(system, new LocalHands(system, flags.backups), options, output)
      }
      await show(system, options, flags, output)
    })
}

function listIommu(system: System, { json }: DoctorFlags, output: Output): void {
  const groups = iommuGroups(system)
  if (json) output.out(`${JSON.stringify({ groups }, null, 2)}\n`)
  else output.out(`${iommuText(groups).join('\n')}\n`)
}

async function show(
  system: System,
  options: SubjectOptions,
  { json, dryRun }: DoctorFlags,
  output: Output,
): Promise<void> {
  const { findings, domains } = await examine(system, options)
  if (json) {
    const plain = findings.map(({ repair, ...rest }) => ({
      ...rest,
      repairable: repair !== undefined,
    }))
    output.out(`${JSON.stringify({ domains, findings: plain }, null, 2)}\n`)
  } else {
    for (const finding of findings) {
      output.out(`${findingText(finding, output.columns).join('\n')}\n`)
      if (dryRun) output.out(repairText(finding, system))
    }
    if (!findings.some(isFault)) output.out(`${verdict(findings, domains)}\n`)
  }
  failIfAny(findings, domains)
}

function repairText({ repair = [] }: Finding, system: System): string {
  return repair
    .flatMap((change) => changeText(change, system))
    .map((line) => `    ${line}\n`)
    .join('')
}

/** Repairs one thing after another, looking anew after each: a repair may be to a file that the next changes too. */
export async function fix(
  system: System,
  hands: Hands,
  options: SubjectOptions,
  output: Output,
): Promise<void> {
  const tried = new Set<string>()
  for (let count = 0; count < mostRepairs; count++) {
    const { findings, domains } = await examine(system, options)
    const next = findings.find(({ id, what, repair }) => repair && !tried.has(id + what))
    if (next === undefined) {
      for (const finding of findings) {
        output.out(`${findingText(finding, output.columns).join('\n')}\n`)
      }
      if (!findings.some(isFault)) output.out(`${verdict(findings, domains)}\n`)
      return failIfAny(findings, domains)
    }
    tried.add(next.id + next.what)
    output.out(`${findingText(next, output.columns).join('\n')}\n`)
    output.out(repairText(next, system))
    try {
      for (const change of next.repair ?? []) {
        output.out(`  done; to undo: ${await carryOutChange(change, hands)}\n`)
      }
    } catch (error) {
      output.err(`  not done: ${messageOf(error)}\n`)
    }
  }
}

function failIfAny(findings: readonly Finding[], domains: readonly string[]): void {
  if (findings.some(isFault)) throw new EvswitchError('unhealthy', verdict(findings, domains))
}

/** Who called sudo, else the user of this process; root needs no groups. */
function usualUser(): string | undefined {
  const name =
    process.env['SUDO_USER'] ?? (process.geteuid?.() === 0 ? undefined : userInfo().username)
  return name === 'root' ? undefined : name
}
