import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { printable } from '../devices/sanitize.ts'
import { EvswitchError, errnoName } from '../errors.ts'
import { fileBytesMax } from './limits.ts'

export const systemConfigFile = '/etc/evswitch/config.toml'

/** What the usual place of the file depends on. */
export interface User {
  readonly uid: number
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
}

/** The user that this process runs as. */
export function thisUser(): User {
  return { uid: process.geteuid?.() ?? 0, env: process.env, home: homedir() }
}

/**
 * Where the file is looked for when nobody names one: XDG Base Directory Specification for users, and for a service the
 * directory that systemd says is its own (systemd.exec(5)).
 */
export function usualConfigFile({ uid, env, home }: User = thisUser()): string {
  const given = env['CONFIGURATION_DIRECTORY']?.split(':')[0] ?? ''
  if (isAbsolute(given)) return join(given, 'config.toml')
  if (uid === 0) return systemConfigFile
  const base = env['XDG_CONFIG_HOME'] ?? ''
  return join(isAbsolute(base) ? base : join(home, '.config'), 'evswitch/config.toml')
}

/**
 * The text of a configuration file that is to be obeyed. Throws what `readText` throws, and 'not-configured'
 * when anybody may write it and root is to obey it.
 */
export function readConfigFile(path: string, { uid }: Pick<User, 'uid'> = thisUser()) {
  return readText(path, ({ mode }) => {
    if (uid !== 0 || (mode & writableByAll) === 0) return
    throw unusable(
      path,
      'every user may write it, and root is to obey it',
      `sudo chmod o-w ${printable(path)}`,
    )
  })
}

const writableByAll = 0o002
const writableByOthers = 0o022

/**
 * The text of a configuration file whose programs are to be run: nobody but this user, and root, can have written
 * it. Throws what `readText` throws, and 'not-configured' when somebody else can have.
 */
export function readOwnConfigFile(path: string, { uid }: Pick<User, 'uid'> = thisUser()) {
  return readText(path, ({ mode, uid: owner }) => {
    const file = printable(path)
    if (owner !== uid && owner !== 0) {
      throw unusable(
        path,
        'it belongs to another user, and its hooks would run as you',
        'make a file of your own, with a copy of what you want of it',
      )
    }
    if ((mode & writableByOthers) === 0) return
    throw unusable(path, 'others may write it, and its hooks run as you', `chmod go-w ${file}`)
  })
}

/**
 * The text of a small file, undefined where there is none that this user may see. Throws 'no-permission' and 'not-configured': it is
 * no file, not text, or too large.
 */
export function readText(
  path: string,
  check: (status: Stats) => void = () => {},
): string | undefined {
  let descriptor: number
  try {
    // A pipe without a writer is opened, too, instead of being waited for.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  } catch (error) {
    const errno = errnoName(error)
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined
    if (errno === 'EACCES' && !isThere(path)) return undefined
    throw cannotRead(path, errno)
  }
  try {
    const status = fstatSync(descriptor)
    if (!status.isFile()) throw unusable(path, 'it is not a file')
    check(status)
    return decodeText(path, readUpTo(descriptor, fileBytesMax + 1))
  } catch (error) {
    throw error instanceof EvswitchError ? error : cannotRead(path, errnoName(error))
  } finally {
    closeSync(descriptor)
  }
}

/** False where this user cannot look, as in the home of another that sudo or a service leaves in $HOME. */
function isThere(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    return false
  }
}

function readUpTo(descriptor: number, bytes: number): Uint8Array {
  const buffer = new Uint8Array(bytes)
  let used = 0
  while (used < bytes) {
    const count = readSync(descriptor, buffer, used, bytes - used, null)
    if (count === 0) break
    used += count
  }
  return buffer.subarray(0, used)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** A byte order mark is left out: columns count from what a person sees. */
function decodeText(path: string, bytes: Uint8Array): string {
  if (bytes.length > fileBytesMax) {
    throw unusable(path, `it is larger than ${fileBytesMax / 1024} KiB`)
  }
  try {
    return utf8.decode(bytes)
  } catch {
    throw unusable(path, 'it is not text in UTF-8')
  }
}

function unusable(path: string, reason: string, remedy?: string): EvswitchError {
  return new EvswitchError('not-configured', `${printable(path)} is no configuration: ${reason}`, {
    remedy,
  })
}

function cannotRead(path: string, errno = 'unknown error'): EvswitchError {
  const denied = errno === 'EACCES' || errno === 'EPERM'
  return new EvswitchError(
    denied ? 'no-permission' : 'not-configured',
    `cannot read ${printable(path)}: ${errno}`,
    { remedy: denied ? 'run it with sudo, or name another file with --config' : undefined },
  )
}
