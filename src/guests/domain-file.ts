import {
  chmodSync,
  chownSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { printable } from '../devices/sanitize.ts'
import { EvswitchError, errnoName } from '../errors.ts'

/** As much as libvirt takes; a file that is larger is none of a domain. */
const largestFile = 4 * 1024 * 1024

/** A byte order mark is kept as a character, so that writing the text gives the same bytes. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of a domain file. Throws 'bad-domain', 'no-permission'. */
export function readDomainFile(path: string): string {
  let bytes: Buffer
  try {
    const status = statSync(path)
    if (!status.isFile()) throw new EvswitchError('bad-domain', `${printable(path)} is not a file`)
    if (status.size > largestFile) {
      throw new EvswitchError('bad-domain', `${printable(path)} is larger than 4 MiB`)
    }
    bytes = readFileSync(path)
  } catch (error) {
    throw error instanceof EvswitchError ? error : cannot('read', path, error)
  }
  try {
    return utf8.decode(bytes)
  } catch {
    throw new EvswitchError('bad-domain', `${printable(path)} is not text in UTF-8`)
  }
}

/** Puts a text in the place of a file, whole or not at all; owner and mode stay. Throws 'no-permission'. */
export function writeDomainFile(path: string, text: string): void {
  try {
    replaceFile(path, text)
  } catch (error) {
    throw cannot('write', path, error)
  }
}

/** The same for any file; throws what the system says. */
export function replaceFile(path: string, text: string): void {
  const real = realpathSync(path)
  const { mode, uid, gid } = statSync(real)
  const folder = mkdtempSync(join(dirname(real), '.evswitch-'))
  try {
    const fresh = join(folder, basename(real))
    writeFileSync(fresh, text, { mode: 0o600 })
    chownSync(fresh, uid, gid)
    chmodSync(fresh, mode & 0o7777)
    renameSync(fresh, real)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function cannot(verb: string, path: string, error: unknown): EvswitchError {
  const errno = errnoName(error)
  const denied = errno === 'EACCES' || errno === 'EPERM' || errno === 'EROFS'
  return new EvswitchError(
    denied ? 'no-permission' : 'bad-domain',
    `cannot ${verb} ${printable(path)}: ${errno ?? 'unknown error'}`,
    { cause: error },
  )
}
