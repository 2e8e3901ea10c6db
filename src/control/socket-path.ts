import { isAbsolute, join } from 'node:path'

/** Of the service that systemd or root starts. */
export const systemSocket = '/run/evswitch/control.sock'

/** What the usual place of the socket depends on. */
export interface SocketUser {
  readonly uid: number
  readonly env: Readonly<Record<string, string | undefined>>
}

export function thisSocketUser(): SocketUser {
  return { uid: process.geteuid?.() ?? 0, env: process.env }
}

/** sun_path of unix(7) without its final NUL. */
export const socketPathMax = 107

/**
 * Where a service of this user listens when nobody says otherwise; undefined where there is no place for it.
 * systemd names the directory that it made for the unit (RUNTIME_DIRECTORY, systemd.exec(5)).
 */
export function serverSocket({ uid, env }: SocketUser = thisSocketUser()): string | undefined {
  const made = env['RUNTIME_DIRECTORY']?.split(':')[0] ?? ''
  if (isAbsolute(made)) return join(made, 'control.sock')
  return uid === 0 ? systemSocket : userSocket(env)
}

/** Where a client looks, in this order: the service of the machine, then one of this user. */
export function clientSockets({ env }: SocketUser = thisSocketUser()): string[] {
  const own = userSocket(env)
  return own === undefined ? [systemSocket] : [systemSocket, own]
}

function userSocket(env: SocketUser['env']): string | undefined {
  const directory = env['XDG_RUNTIME_DIR'] ?? ''
  return isAbsolute(directory) ? join(directory, 'evswitch/control.sock') : undefined
}
