import { checkConfinement } from './checks/confinement.ts'
import { checkDevices } from './checks/devices.ts'
import { checkDomains } from './checks/domain.ts'
import { checkGroups } from './checks/groups.ts'
import { checkKernel } from './checks/kernel.ts'
import { checkKvm } from './checks/kvm.ts'
import { checkNodes } from './checks/nodes.ts'
import { checkPassthrough } from './checks/passthrough.ts'
import { checkQemuConf } from './checks/qemu-conf.ts'
import type { Finding } from './finding.ts'
import { readSubject, type Subject, type SubjectOptions } from './subject.ts'
import type { System } from './system.ts'

/** What must be right first comes first. */
const checks: readonly ((subject: Subject) => Finding[] | Promise<Finding[]>)[] = [
  checkKernel,
  checkDevices,
  checkNodes,
  checkGroups,
  checkQemuConf,
  checkConfinement,
  checkDomains,
  checkKvm,
  checkPassthrough,
]

export interface Examination {
  readonly findings: readonly Finding[]
  /** The domains that were looked at. */
  readonly domains: readonly string[]
}

/** Looks a machine through, without changing anything. Throws 'unknown-domain'. */
export async function examine(system: System, options: SubjectOptions): Promise<Examination> {
  const subject = await readSubject(system, options)
  const findings: Finding[] = system.isBlind ? [blindNote] : []
  for (const check of checks) findings.push(...(await check(subject)))
  return { findings, domains: subject.domains.map(({ name }) => name) }
}

const blindNote: Finding = {
  id: 'not-root',
  severity: 'note',
  what: 'without the rights of root some things cannot be looked at',
  why: "libvirt's settings, other users' programs and the system's log are not readable for all",
  fix: 'sudo evswitch doctor',
}

/** Whether something is wrong: notes are not. */
export function isFault({ severity }: Finding): boolean {
  return severity !== 'note'
}
