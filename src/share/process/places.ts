import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** Where the share of the machine listens; systemd makes it (RuntimeDirectory). */
export const shareRuntime = '/run/evswitch-share'

/** Where the share takes who wants the frames that come from the network. @param directory of its runtime */
export function joinSocket(directory = shareRuntime): string {
  return join(directory, 'join.sock')
}

/** Where the share takes who has frames for screens. */
export function serveSocket(directory = shareRuntime): string {
  return join(directory, 'serve.sock')
}

/** Where the share tells how it stands. */
export function statusSocket(directory = shareRuntime): string {
  return join(directory, 'status.sock')
}

/** Where the share of the machine keeps its certificate and whom it trusts; systemd makes it (StateDirectory). */
export const shareState = '/var/lib/evswitch-share'

interface Place {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly uid: number
  readonly home: string
}

function here(): Place {
  return { env: process.env, uid: process.geteuid?.() ?? 0, home: homedir() }
}

/** The folder for sockets of this process, or of the share that this user would ask. */
export function runtimeDirectory({ env, uid }: Place = here()): string {
  const given = env['RUNTIME_DIRECTORY']?.split(':')[0] ?? ''
  if (isAbsolute(given)) return given
  const own = env['XDG_RUNTIME_DIR'] ?? ''
  return uid !== 0 && isAbsolute(own) ? join(own, 'evswitch-share') : shareRuntime
}

/** The folder for certificate and trust: of the unit, of the machine for root, or of this user. */
export function stateDirectory({ env, uid, home }: Place = here()): string {
  const given = env['STATE_DIRECTORY']?.split(':')[0] ?? ''
  if (isAbsolute(given)) return given
  if (uid === 0) return shareState
  const base = env['XDG_STATE_HOME'] ?? ''
  return join(isAbsolute(base) ? base : join(home, '.local/state'), 'evswitch/share')
}
