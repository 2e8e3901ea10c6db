import { closeSync, constants, fstatSync, openSync, statSync, unlinkSync } from 'node:fs'
import { getSystemErrorName } from 'node:util'
import koffi from 'koffi'

/** sys/file.h */
const LOCK_EX = 2
const LOCK_NB = 4

/** A file that one process has for itself; the kernel takes it back when the process ends, however it does. */
export interface FileLock {
  /** Removes the file, too. */
  release(): void
}

/**
 * Takes the lock of a file, which is made where it is missing. Undefined when another process has it. Throws
 * what openSync throws.
 */
export function takeFileLock(path: string): FileLock | undefined {
  for (;;) {
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
    if (!tryLock(fd)) {
      closeSync(fd)
      return undefined
    }
    // One who has just released it may have removed the file that was opened: then it is nobody's any more.
    if (isFile(path, fd)) return { release: () => release(path, fd) }
    closeSync(fd)
  }
}

function release(path: string, fd: number): void {
  // In this order nobody can have locked the file that is removed.
  unlinkSync(path)
  closeSync(fd)
}

function isFile(path: string, fd: number): boolean {
  const opened = fstatSync(fd)
  const named = statSync(path, { throwIfNoEntry: false })
  return named !== undefined && named.ino === opened.ino && named.dev === opened.dev
}

function tryLock(fd: number): boolean {
  flock ??= koffi.load(null).func('int flock(int fd, int operation)')
  if (flock(fd, LOCK_EX | LOCK_NB) === 0) return true
  const errno = koffi.errno()
  if (errno === koffi.os.errno['EAGAIN']) return false
  closeSync(fd)
  throw new Error(`flock: ${getSystemErrorName(-errno)}`)
}

let flock: ((fd: number, operation: number) => number) | undefined
