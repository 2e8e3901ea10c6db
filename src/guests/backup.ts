import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { User } from '../config/config-file.ts'
import { thisUser } from '../config/config-file.ts'
import { errnoName } from '../errors.ts'

/** Where copies of domains are kept: as the state of the system, or of a user (XDG Base Directory Specification). */
export function backupFolder({ uid, env, home }: User = thisUser()): string {
  if (uid === 0) return '/var/lib/evswitch/backups'
  const base = env['XDG_STATE_HOME'] ?? ''
  return join(isAbsolute(base) ? base : join(home || homedir(), '.local/state'), 'evswitch/backups')
}

/**
 * Writes a copy of a domain before it is changed, for nobody else to read: it may hold passwords. Returns its path,
 * a new one for each: 'win10-2026-11-25T04-12-00.xml'.
 */
export function writeBackup(folder: string, domain: string, xml: string, now = new Date()): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const name = fileName(domain)
  const stamp = now.toISOString().slice(0, 19).replaceAll(':', '-')
  for (let number = 1; ; number++) {
    const path = join(folder, `${name}-${stamp}${number === 1 ? '' : `-${number}`}.xml`)
    try {
      const descriptor = openSync(path, 'wx', 0o600)
      try {
        writeFileSync(descriptor, xml)
        fsyncSync(descriptor)
      } finally {
        closeSync(descriptor)
      }
      return path
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || number >= 1000) throw error
    }
  }
}

/** Removes every copy of a domain, and the folder when it is empty then. */
export function removeBackups(folder: string, domain: string): void {
  const start = `${fileName(domain)}-`
  try {
    for (const file of readdirSync(folder)) {
      const isOfDomain = file.startsWith(start) && stampAndEnd.test(file.slice(start.length))
      if (isOfDomain) unlinkSync(join(folder, file))
    }
    rmdirSync(folder)
  } catch (error) {
    const errno = errnoName(error) ?? ''
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(errno)) throw error
  }
}

const stampAndEnd = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(-\d+)?\.xml$/

function fileName(domain: string): string {
  return domain.replace(/[^\w.-]/g, '_').replace(/^\.+/, '') || 'domain'
}
