import { printable } from '../devices/sanitize.ts'
import type { DomainWarning } from '../guests/domain-warnings.ts'
import { readDomain } from '../guests/domain-xml.ts'
import type { DomainPlan, DomainReport } from '../guests/libvirt.ts'

/** A table of domains: name, state, where the input comes from. */
export function domainRows(domains: readonly DomainReport[]): string[] {
  if (domains.length === 0) return ['there are no domains']
  const width = (of: (domain: DomainReport) => string) =>
    Math.max(...domains.map((domain) => printable(of(domain)).length))
  const nameWidth = width(({ name }) => name)
  const stateWidth = width(({ state }) => state)
  return domains.map((domain) =>
    [
      printable(domain.name).padEnd(nameWidth),
      printable(domain.state).padEnd(stateWidth),
      arrangement(domain),
    ].join('  '),
  )
}

function arrangement({ targets, nodes, inputs, warnings }: DomainReport): string {
  const own = nodes.length - warnings.filter(({ kind }) => kind === 'grabbed-twice').length
  const physical = nodes.length - own
  const parts = [
    ...targets.map((target) => `evswitch, target ${target}`),
    ...(physical > 0 ? [`${physical} of this machine's devices by itself`] : []),
    ...(inputs.some(({ type }) => type === 'tablet') ? ['an emulated tablet'] : []),
    ...(inputs.some(({ type, bus }) => type === 'mouse' && bus === 'usb') ? ['a USB mouse'] : []),
  ]
  return parts.length === 0 ? 'only what QEMU emulates' : parts.join('; ')
}

/** Warnings for stderr, two lines each. */
export function warningLines(warnings: readonly DomainWarning[]): string {
  return warnings.map(({ text, remedy }) => `warning: ${text}\n  ${remedy}\n`).join('')
}

interface OutcomeFacts {
  /** The domain or the file. */
  readonly subject: string
  /** What it was given; undefined when something was taken out. */
  readonly added: string | undefined
  /** Where the copy of what it was is; undefined when nothing was changed. */
  readonly backup: string | undefined
}

/** What was done, and what it needs to take effect. */
export function outcomeText(plan: DomainPlan, { subject, added, backup }: OutcomeFacts): string {
  const name = printable(subject)
  if (backup === undefined) {
    return added === undefined
      ? `${name} has nothing of evswitch\n`
      : `${name} has the ${added} already\n`
  }
  const done =
    added === undefined ? `${name}: everything of evswitch is out` : `${name}: the ${added} are in`
  const lines = [done, `what it was: ${printable(backup)}`, ...stateLines(plan)]
  return `${lines.join('\n')}\n`
}

function stateLines({ state, domain, after }: DomainPlan): string[] {
  const lines: string[] = []
  if (state.isRunning) {
    const { inputs } = readDomain(after)
    lines.push(
      `${printable(domain)} is ${state.state}: this takes effect when it is shut down and started again;`,
      '  a reboot from within is not enough',
    )
    if (inputs.some(({ type, bus }) => type === 'passthrough' && bus === 'virtio')) {
      lines.push(
        '  or plug the virtio inputs in now, one file for each <input>: virsh attach-device --live',
      )
    }
  }
  if (state.hasSavedState) {
    lines.push(
      `${printable(domain)} has a saved state, which starts as it was saved: virsh managedsave-remove drops it`,
    )
  }
  return lines
}
