import type { Finding } from '../doctor/finding.ts'
import type { IommuGroup } from '../doctor/iommu.ts'
import { wrap } from './wrap.ts'

const words = { error: 'ERROR', warning: 'WARNING', note: 'note' } as const

/** A finding in a few lines: what, why, what cures it. The cure is one line, however long: it may be copied. */
export function findingText(finding: Finding, width: number): string[] {
  const { severity, what, why, fix, repair } = finding
  const indented = (title: string, text: string) => {
    const indent = ' '.repeat(title.length)
    return wrap(text, width - title.length).map((line, index) => (index ? indent : title) + line)
  }
  return [
    ...indented(`${words[severity]}: `, what),
    ...indented('  why: ', why),
    `  fix: ${fix}${repair === undefined ? '' : ' (--fix does it)'}`,
  ]
}

/** The last line. */
export function verdict(findings: readonly Finding[], domains: readonly string[]): string {
  const about = domains.length === 0 ? 'this machine' : `this machine and ${domains.join(', ')}`
  const count = (severity: Finding['severity'], noun: string) => {
    const number = findings.filter((finding) => finding.severity === severity).length
    return number === 0 ? [] : [`${number} ${noun}${number === 1 ? '' : 's'}`]
  }
  const parts = [...count('error', 'error'), ...count('warning', 'warning')]
  return parts.length === 0 ? `nothing is wrong with ${about}` : parts.join(', ')
}

/** IOMMU groups with their devices, as people list them before they choose a card. */
export function iommuText(groups: readonly IommuGroup[]): string[] {
  if (groups.length === 0) return ['the IOMMU is off: there are no groups']
  return groups.flatMap(({ group, devices }) =>
    devices.map(({ address, classCode, id, name, driver }) =>
      [
        `group ${String(group).padStart(2)}`,
        address,
        `[${classCode}]`,
        `[${id}]`,
        name,
        driver === undefined ? '' : `(${driver})`,
      ]
        .filter((word) => word !== '')
        .join(' '),
    ),
  )
}
