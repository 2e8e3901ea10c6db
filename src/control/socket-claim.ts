import { chmodSync, chownSync, lstatSync, mkdirSync, rmdirSync, unlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { EvswitchError, errnoName } from '../errors.ts'
import { takeFileLock } from '../native/file-lock.ts'
import { groupId } from './group.ts'
import { socketPathMax } from './socket-path.ts'

/** The right to listen at a path, which one process has at a time. */
export interface SocketClaim {
  readonly path: string
  /** Gives the socket that now is there its owner and mode. */
  open(): void
  /** To be called when nobody listens any more. */
  release(): void
}

/**
 * Claims a place for a socket: makes its directory, and removes a socket that a crash has left. A lock tells
 * such a one from that of a service that lives. Throws 'already-running', and for what stands in the way
 * 'no-permission' or 'unexpected'.
 */
export function claimSocket(path: string, group: string): SocketClaim {
  if (Buffer.byteLength(path) > socketPathMax) {
    throw new EvswitchError(
      'usage',
      `the path of the control socket is longer than ${socketPathMax} bytes`,
    )
  }
  const gid = groupId(group)
  const directory = dirname(path)
  try {
    const isMade = makeDirectory(directory, gid)
    const lock = takeFileLock(`${path}.lock`)
    if (lock === undefined) throw alreadyRunning(path)
    try {
      removeStale(path)
    } catch (error) {
      lock.release()
      throw error
    }
    return {
      path,
      open: () => {
        // Nobody else may connect before: a socket is made without the right to write for others.
        if (gid !== undefined) giveTo(path, gid)
        chmodSync(path, gid === undefined ? 0o600 : 0o660)
      },
      release: () => {
        lock.release()
        if (isMade) removeDirectory(directory)
      },
    }
  } catch (error) {
    if (error instanceof EvswitchError) throw error
    throw cannotClaim(path, error)
  }
}

/** Whether it was not there. */
function makeDirectory(directory: string, gid: number | undefined): boolean {
  try {
    mkdirSync(directory, { mode: 0o700 })
  } catch (error) {
    if (errnoName(error) === 'EEXIST') return false
    throw error
  }
  if (gid !== undefined && giveTo(directory, gid)) chmodSync(directory, 0o750)
  return true
}

/** False where this user may not: then nobody but this user, and root, can connect. */
function giveTo(path: string, gid: number): boolean {
  try {
    chownSync(path, -1, gid)
    return true
  } catch {
    return false
  }
}

function removeDirectory(directory: string): void {
  try {
    rmdirSync(directory)
  } catch {
    // Somebody else has put something there.
  }
}

function removeStale(path: string): void {
  const status = lstatSync(path, { throwIfNoEntry: false })
  if (status === undefined) return
  if (!status.isSocket()) {
    throw new EvswitchError('unexpected', `${path} is there and is not a socket`, {
      remedy: 'remove it, or say another path for the control socket',
    })
  }
  unlinkSync(path)
}

function alreadyRunning(path: string): EvswitchError {
  return new EvswitchError(
    'already-running',
    `another evswitch runs already, and listens at ${path}`,
    {
      remedy: 'evswitch status shows it; end it first, or give this one another --socket',
    },
  )
}

function cannotClaim(path: string, error: unknown): EvswitchError {
  const errno = errnoName(error) ?? String(error)
  const denied = errno === 'EACCES' || errno === 'EPERM'
  return new EvswitchError(
    denied ? 'no-permission' : 'unexpected',
    `cannot make the control socket ${path}: ${errno}`,
    { remedy: 'evswitch status and switch do not work without it; --socket says another path' },
  )
}
