import type { Finding } from './finding.ts'
import type { DraftConfig } from './schema.ts'

const withTarget: ReadonlySet<string> = new Set(['enter', 'leave', 'guest-started', 'guest-ended'])

/**
 * Whether a hook says nothing that its event has no use for. Its target and its name need not be ones of this
 * file: that of the service has them.
 */
export function hookFindings({ on, target, hook }: DraftConfig['hook'][number]): Finding[] {
  if (on === undefined) return []
  const error = { severity: 'error', code: 'usage' } as const
  const found: Finding[] = []
  if (target?.value !== undefined && !withTarget.has(on.value)) {
    const message = `a hook on ${on.value} is for no target`
    found.push({ ...error, places: [target, on], message, remedy: 'leave target out' })
  }
  if (hook?.value !== undefined && on.value !== 'hotkey') {
    const message = `a hook on ${on.value} has no name`
    found.push({
      ...error,
      places: [hook, on],
      message,
      remedy: 'say on = "hotkey", or leave hook out',
    })
  }
  return found
}
