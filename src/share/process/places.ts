import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** Where the share of the machine keeps its certificate and whom it trusts; systemd makes it (StateDirectory). */
const shareState = '/var/lib/evswitch-share'

interface Place {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly uid: number
  readonly home: string
}

function here(): Place {
  return { env: process.env, uid: process.geteuid?.() ?? 0, home: homedir() }
}

/** The folder for certificate and trust: of the unit, of the machine for root, or of this user. */
export function stateDirectory({ env, uid, home }: Place = here()): string {
  const given = env['STATE_DIRECTORY']?.split(':')[0] ?? ''
  if (isAbsolute(given)) return given
  if (uid === 0) return shareState
  const base = env['XDG_STATE_HOME'] ?? ''
  return join(isAbsolute(base) ? base : join(home, '.local/state'), 'evswitch/share')
}
