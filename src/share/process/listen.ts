import { chmodSync, lstatSync, mkdirSync, unlinkSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { EvswitchError, errnoName, messageOf } from '../../errors.ts'
import { takeFileLock } from '../../native/file-lock.ts'

export interface Listening {
  /** Nobody can connect any more, and who has is cut off. */
  close(): Promise<void>
}

/** As many at once as it may be, whoever they are. */
const connectionsMax = 8

/**
 * Listens at a path in the share's own directory, which is made where it is missing. Who may connect is a matter of the
 * mode. Rejects with 'already-running', 'no-permission' and 'unexpected'.
 */
export async function listenAt(
  path: string,
  mode: number,
  connected: (socket: Socket) => void,
): Promise<Listening> {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
    const lock = takeFileLock(`${path}.lock`)
    if (lock === undefined) throw alreadyRunning(path)
    removeStale(path)
    const server = createServer()
    server.maxConnections = connectionsMax
    const sockets = new Set<Socket>()
    server.on('connection', (socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      socket.on('error', () => {}) // who goes away in the middle is nothing to tell
      connected(socket)
    })
    await listening(server, path)
    chmodSync(path, mode)
    return {
      close: async () => {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()))
        for (const socket of sockets) socket.destroy()
        await closed
        lock.release()
      },
    }
  } catch (error) {
    if (error instanceof EvswitchError) throw error
    throw cannotListen(path, error)
  }
}

async function listening(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ path }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** What a crash has left: who has the lock is alone here. */
function removeStale(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true) unlinkSync(path)
}

function alreadyRunning(path: string): EvswitchError {
  return new EvswitchError('already-running', `another share listens at ${path} already`, {
    remedy: 'evswitch share status shows what it does; end that one first',
  })
}

function cannotListen(path: string, error: unknown): EvswitchError {
  const isDenied = ['EACCES', 'EPERM'].includes(errnoName(error) ?? '')
  return new EvswitchError(
    isDenied ? 'no-permission' : 'unexpected',
    `cannot listen at ${path}: ${messageOf(error)}`,
    { remedy: isDenied ? 'RUNTIME_DIRECTORY says another directory' : undefined },
  )
}
