import type { Socket } from 'node:net'
import { tcpInfo } from '../../native/tcp-info.ts'
import { type CloseReason, closeReason } from '../protocol/close-reason.ts'
import type { Wire } from '../protocol/wire.ts'
import { failureOf } from './failure.ts'

/** What a session of either side is to its socket. */
export interface Session {
  start(): void
  received(bytes: Buffer): void
  lost(reason?: CloseReason): void
  /** Only a server has motion that waits. */
  drained?(): void
}

/** A peer that does not take what was written last, and does not hang up, is hung up on. */
const lastWordsMs = 2000
/** After so long without a word the peer's system is asked whether it is there, and then once a second (Node's own number). */
const quietMs = 1000

/** A socket as a session sees it. */
export function socketWire(socket: Socket): Wire {
  return {
    write: (bytes) => {
      if (socket.writable) socket.write(bytes)
    },
    end: () => {
      socket.end()
      const timer = setTimeout(() => socket.destroy(), lastWordsMs)
      socket.once('close', () => clearTimeout(timer))
    },
    get queuedBytes() {
      return socket.writableLength
    },
    get state() {
      const fd = descriptorOf(socket)
      return fd === undefined ? undefined : tcpInfo(fd)
    },
  }
}

/** Gives a socket, which stands and whose peer may be talked to, to a session; it begins. */
export function attachSession(socket: Socket, session: Session): void {
  let failure: CloseReason | undefined
  socket.setNoDelay(true)
  socket.setKeepAlive(true, quietMs)
  socket.on('data', (bytes: Buffer) => session.received(bytes))
  socket.on('drain', () => session.drained?.())
  socket.on('error', (error) => {
    failure = failureOf(error)
  })
  socket.on('close', () => session.lost(failure))
  if (socket.destroyed) session.lost(closeReason('lost'))
  else session.start()
}

/** Node shows it nowhere else, and has none for a connection that is over. */
function descriptorOf(socket: Socket): number | undefined {
  const fd = (socket as { readonly _handle?: { readonly fd?: number } | null })._handle?.fd
  return fd === undefined || fd < 0 ? undefined : fd
}
