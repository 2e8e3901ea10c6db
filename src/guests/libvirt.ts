import { printable } from '../devices/sanitize.ts'
import { EvswitchError } from '../errors.ts'
import { writeBackup } from './backup.ts'
import { applyTo, type DomainWish, removeFrom, withControllers } from './domain-edit.ts'
import { type DomainWarning, domainWarnings } from './domain-warnings.ts'
import { type Domain, nodesOf, pciControllers, readDomain, targetOfNode } from './domain-xml.ts'
import { type DomainState, isAtLeast, type Virsh } from './virsh.ts'

/** What is to be done to a domain, before it is done. */
export interface DomainPlan {
  readonly domain: string
  readonly before: string
  readonly after: string
  readonly state: DomainState
  /** What works against the guest's input when it is done. */
  readonly warnings: readonly DomainWarning[]
}

/** As `DomainWish`; by the command line where the libvirt at hand knows no other way, when nothing is said. */
export type DomainRequest = Omit<DomainWish, 'byCommandLine'> & {
  readonly byCommandLine: boolean | undefined
}

/** `<input type='evdev'>` came with 7.4.0 (formatdomain, "Input devices"). */
const firstWithEvdev = [7, 4] as const

/** Plans to give a domain the nodes of a target. Changes nothing. */
export async function planApply(
  virsh: Virsh,
  domain: string,
  request: DomainRequest,
): Promise<DomainPlan> {
  const { byCommandLine, ...wish } = request
  const old =
    wish.input.attachment !== 'virtio-input-host' &&
    !isAtLeast(await virsh.version(), firstWithEvdev)
  const { before, state } = await read(virsh, domain)
  const after = applyTo(before, { ...wish, byCommandLine: byCommandLine ?? old })
  const result = readDomain(after)
  const warnings = [
    ...domainWarnings(result, wish.input.target),
    ...(await sharers(virsh, result.name, wish.input.target)),
  ]
  return { domain, before, after, state, warnings }
}

/** Plans to take everything of evswitch out of a domain. Changes nothing. */
export async function planRemove(virsh: Virsh, domain: string): Promise<DomainPlan> {
  const { before, state } = await read(virsh, domain)
  return { domain, before, after: removeFrom(before), state, warnings: [] }
}

export interface CarryOutOptions {
  readonly backups: string
  readonly validate: boolean
}

/**
 * Defines the domain as planned; returns the path of the copy of what it was. Throws 'domain-changed' when somebody
 * else has changed it since it was read, and what libvirt refuses: nothing is changed then.
 */
export async function carryOut(
  virsh: Virsh,
  { domain, before, after }: DomainPlan,
  { backups, validate }: CarryOutOptions,
): Promise<string> {
  const backup = writeBackup(backups, readDomain(before).name, before)
  if ((await virsh.definition(domain)) !== before) {
    throw new EvswitchError(
      'domain-changed',
      `somebody changed ${printable(domain)} in this moment; nothing was done`,
      { remedy: `try again; what it was before is in ${backup}` },
    )
  }
  await virsh.define(after, { validate })
  const defined = await virsh.definition(domain)
  const added = addedControllers(readDomain(before), readDomain(defined))
  if (readDomain(defined).record !== undefined && added.length > 0) {
    await virsh.define(withControllers(defined, added), { validate })
  }
  const wanted = nodesOf(readDomain(after)).toSorted()
  const got = nodesOf(readDomain(await virsh.definition(domain))).toSorted()
  if (wanted.join('\n') !== got.join('\n')) {
    throw new EvswitchError(
      'libvirt-failed',
      `libvirt made something else of ${printable(domain)}`,
      {
        remedy: `what it was is in ${backup}: virsh define ${backup}`,
      },
    )
  }
  return backup
}

/** What a domain does for its input, in a line. */
export interface DomainReport {
  readonly name: string
  readonly state: string
  /** Targets whose nodes it has. */
  readonly targets: readonly string[]
  /** Every evdev node that it opens. */
  readonly nodes: readonly string[]
  readonly inputs: readonly { readonly type: string; readonly bus: string }[]
  readonly warnings: readonly DomainWarning[]
}

export async function reportDomains(
  virsh: Pick<Virsh, 'domains' | 'state' | 'definition'>,
): Promise<DomainReport[]> {
  const reports: DomainReport[] = []
  for (const name of await virsh.domains()) {
    const { state } = await virsh.state(name)
    const domain = readDomain(await virsh.definition(name))
    reports.push({
      name,
      state,
      targets: targetsOf(domain),
      nodes: nodesOf(domain),
      inputs: domain.inputs.map(({ type, bus }) => ({ type, bus })),
      warnings: domainWarnings(domain, undefined),
    })
  }
  return reports
}

export function targetsOf(domain: Domain): string[] {
  return [...new Set(nodesOf(domain).flatMap((node) => targetOfNode(node) ?? []))]
}

async function read(virsh: Virsh, domain: string) {
  const state = await virsh.state(domain)
  if (!state.isPersistent) {
    throw new EvswitchError(
      'libvirt-failed',
      `${printable(domain)} is transient: it has no definition that could be changed`,
      { remedy: 'change the file that it is created from: evswitch libvirt apply --file FILE' },
    )
  }
  return { state, before: await virsh.definition(domain) }
}

/** Other domains that are to open the nodes of the same target. */
async function sharers(virsh: Virsh, self: string, target: string): Promise<DomainWarning[]> {
  const warnings: DomainWarning[] = []
  for (const name of await virsh.domains()) {
    if (name === self) continue
    if (!targetsOf(readDomain(await virsh.definition(name))).includes(target)) continue
    warnings.push({
      kind: 'other-target',
      text: `the domain ${printable(name)} has the nodes of ${target}, too: only one of the two may run at a time`,
      remedy: 'for both at a time give each a target of its own (--target, [[target]])',
    })
  }
  return warnings
}

/** Indices of PCI controllers that are there now and were not before: libvirt made them for new devices. */
function addedControllers(before: Domain, now: Domain): string[] {
  const known = pciControllers(before).map(({ index }) => index)
  return pciControllers(now)
    .map(({ index }) => index)
    .filter((index) => !known.includes(index))
}
