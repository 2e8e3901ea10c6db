import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { EvswitchError, errnoName } from '../../errors.ts'

/** Far more than a certificate with its key, or the list of all computers of a house. */
const bytesMax = 64 * 1024

export interface SmallFile {
  readonly text: string
  /** Of its permissions, the lowest nine bits. */
  readonly mode: number
}

/** A file of text, or undefined where there is none. Throws for one that cannot be read, is no file, or too large. */
export function readSmallFile(path: string): SmallFile | undefined {
  let descriptor: number
  try {
    // A pipe in its place must not make us wait.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    if (errnoName(error) === 'ENOENT') return undefined
    throw unusable(path, errnoName(error) ?? 'it cannot be opened', error)
  }
  try {
    const stat = fstatSync(descriptor)
    if (!stat.isFile()) throw unusable(path, 'it is no file')
    const bytes = Buffer.alloc(bytesMax + 1)
    const length = readSync(descriptor, bytes)
    if (length > bytesMax) throw unusable(path, `it has more than ${bytesMax} bytes`)
    return { text: bytes.toString('utf8', 0, length), mode: stat.mode & 0o777 }
  } finally {
    closeSync(descriptor)
  }
}

/** Puts a text in the place of a file, whole or not at all, also when the power fails. Its folder is made for nobody else. */
export function writeSmallFile(path: string, text: string, mode: number): void {
  const fresh = `${path}.${process.pid}.new`
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    rmSync(fresh, { force: true })
    const descriptor = openSync(fresh, 'wx', mode)
    try {
      writeFileSync(descriptor, text)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(fresh, path)
  } catch (error) {
    throw unusable(path, errnoName(error) ?? 'it cannot be written', error)
  }
}

function unusable(path: string, why: string, cause?: unknown): EvswitchError {
  const isDenied = why === 'EACCES' || why === 'EPERM' || why === 'EROFS'
  return new EvswitchError(
    isDenied ? 'no-permission' : 'bad-share-file',
    `cannot use ${path}: ${why}`,
    { cause },
  )
}
