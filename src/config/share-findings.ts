import type { Finding } from './finding.ts'
import type { DraftConfig } from './schema.ts'

/** Checks what the settings of the network share say together. */
export function shareFindings(config: DraftConfig): Finding[] {
  const { server, ...others } = config['share.join']
  if (server === undefined || server.value !== undefined) return []
  const said = Object.values(others).find((setting) => setting?.origin.kind === 'file')
  if (said === undefined) return []
  return [
    {
      severity: 'error',
      code: 'usage',
      places: [said],
      message: '[share.join] has no server',
      remedy: 'add server = ..., the computer whose keyboard and mouse come here',
    },
  ]
}
