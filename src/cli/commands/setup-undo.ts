import { rmdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { withoutSourceBlock } from '../../capture/source-block.ts'
import { systemConfigFile } from '../../config/config-file.ts'
import { printable } from '../../devices/sanitize.ts'
import { EvswitchError } from '../../errors.ts'
import { backupFolder, removeBackups } from '../../guests/backup.ts'
import { carryOut, type DomainPlan, planRemove, reportDomains } from '../../guests/libvirt.ts'
import { Virsh } from '../../guests/virsh.ts'
import { type System, thisSystem } from '../../install/system.ts'
import { planUninstall, takeBack, type UninstallPlan } from '../../install/uninstall.ts'
import { ask } from '../ask.ts'
import { absoluteFolder, needRoot, type PlaceFlags } from '../install-options.ts'
import { uninstallPlanText } from '../install-text.ts'
import type { Output } from '../output.ts'
import { readServiceConfig, writeServiceConfig } from '../service-config.ts'
import { changeLines } from '../setup-text.ts'

export interface UndoFlags extends PlaceFlags {
  readonly connect: string
  readonly qemu: boolean
  readonly yes: boolean
  readonly dryRun: boolean
}

/** evswitch setup --undo */
export async function undoSetup(flags: UndoFlags, output: Output): Promise<void> {
  const print = (text: string) => output.out(`${text}\n`)
  const system = thisSystem()
  if (!flags.dryRun) needRoot(system.isRoot)
  const virsh = new Virsh(flags.connect)
  const plans = flags.qemu ? [] : await domainPlans(virsh)
  const uninstall = installed(flags, system)
  const before = readServiceConfig()
  const after = withoutSourceBlock(before)
  if (plans.length === 0 && uninstall === undefined && before === after) {
    return print('there is nothing to undo')
  }
  for (const plan of plans) {
    print(`${printable(plan.domain)} is as it was before:`)
    for (const line of changeLines(plan.before, plan.after, printable(plan.domain))) print(line)
  }
  if (before !== after) {
    print('The configuration names no devices any more:')
    for (const line of changeLines(before, after, systemConfigFile)) print(line)
  }
  if (uninstall !== undefined) {
    print('The service is uninstalled:')
    for (const line of uninstallPlanText(uninstall)) print(line)
  }
  if (flags.dryRun) return
  if (!flags.yes && !(await ask('Go on?'))) return print('nothing was done')
  for (const plan of plans) {
    await carryOut(virsh, plan, { backups: backupFolder(), validate: true })
  }
  writeServiceConfig(before, after)
  if (uninstall !== undefined) {
    const { warnings, keptFolders } = takeBack(uninstall, system)
    for (const warning of warnings) output.err(`evswitch: ${warning}\n`)
    for (const folder of keptFolders) print(`  ${folder} is not empty, and stays`)
  }
  // They are again what they were.
  for (const { domain } of plans) removeBackups(backupFolder(), domain)
  for (const folder of [dirname(backupFolder()), dirname(systemConfigFile)]) removeIfEmpty(folder)
  print('Done.')
}

async function domainPlans(virsh: Virsh): Promise<DomainPlan[]> {
  const plans: DomainPlan[] = []
  try {
    for (const { name, targets } of await reportDomains(virsh)) {
      if (targets.length > 0) plans.push(await planRemove(virsh, name))
    }
  } catch (error) {
    if (!(error instanceof EvswitchError)) throw error
    if (error.code === 'not-running') {
      throw new EvswitchError(error.code, error.summary, {
        remedy: `${error.remedy}; or leave its domains alone: evswitch setup --undo --qemu`,
      })
    }
    if (error.code !== 'not-installed') throw error
  }
  return plans
}

function installed({ prefix }: UndoFlags, system: System): UninstallPlan | undefined {
  try {
    return planUninstall({ destdir: '', prefix: absoluteFolder('--prefix', prefix) }, system)
  } catch (error) {
    if (error instanceof EvswitchError && error.code === 'not-installed') return undefined
    throw error
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // Somebody else keeps something in it, or it was never there.
  }
}
