import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { errnoName } from '../../errors.ts'
import { type CloseReason, closeReason } from '../protocol/close-reason.ts'
import { type Fingerprint, peerFingerprint } from '../tls/fingerprint.ts'
import type { Identity } from '../tls/identity.ts'
import { failureOf } from './failure.ts'
import { socketWire } from './socket-wire.ts'

export interface ConnectOptions {
  readonly host: string
  readonly port: number
  /** Who we are, over TLS; undefined for the plain mode, in which everybody on the way can read and change all. */
  readonly identity: Identity | undefined
  /** Says why the server with this certificate is not to be talked to. */
  readonly distrust: (fingerprint: Fingerprint) => CloseReason | undefined
}

/** Why there is no connection. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError'
  readonly reason: CloseReason

  constructor(reason: CloseReason) {
    super(reason.text)
    this.reason = reason
  }
}

const connectMs = 10_000
/**
 * From the connection to the first word of TLS. barriers 2.4.0 begins with a connection in two threads, and where both find that word
 * there already it is lost between them: of 250 connections 8 stood still for ever, with the pause none of 260.
 */
const pauseMs = 100
/** A server whose connection stands still is not waited for: only another connection helps. */
const tlsMs = 5000

/**
 * Connects to a server, and looks at its certificate before anything that it says. Rejects with a ConnectError, and with
 * the reason of the signal.
 */
export async function connectServer(
  { host, port, identity, distrust }: ConnectOptions,
  signal: AbortSignal,
): Promise<Socket> {
  signal.throwIfAborted()
  const plain = connectPlain({ host, port })
  // What comes is for TLS.
  if (identity !== undefined) plain.pause()
  await arrival(plain, 'connect', signal, connectMs, closeReason('unreachable', 'ETIMEDOUT'))
  if (identity === undefined) return plain
  await pause(plain, signal)
  // There is no authority that could have signed it: what counts is the fingerprint.
  const socket = connectTls({
    ...{ socket: plain, key: identity.pem, cert: identity.pem },
    ...{ rejectUnauthorized: false, minVersion: 'TLSv1.2' },
  })
  await arrival(socket, 'secureConnect', signal, tlsMs, closeReason('handshake'))
  const reason = judge(socket, distrust)
  if (reason === undefined) return socket
  // In good order: cut off here, barriers 2.4.0 would be deaf for a second, and whom it serves next may stand still.
  socketWire(socket).end()
  socket.resume()
  throw new ConnectError(reason)
}

/** Until the socket says that it has come so far. Rejects when it does not in time, and then there is no socket any more. */
async function arrival(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
  limitMs: number,
  late: CloseReason,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      socket.off(event, arrived)
      socket.off('error', failed)
      socket.off('close', hungUp)
      // Until somebody takes it, and when it is given up, an error of it is nobody's.
      socket.on('error', () => {})
    }
    const give = (reason: unknown) => {
      settle()
      socket.destroy()
      reject(reason)
    }
    const refuse = (reason: CloseReason) => give(new ConnectError(reason))
    const arrived = () => {
      settle()
      resolve()
    }
    const abort = () => give(signal.reason)
    const failed = (error: Error) => {
      const errno = errnoName(error)
      refuse(errno === undefined ? failureOf(error) : closeReason('unreachable', errno))
    }
    const hungUp = () => refuse(closeReason('lost'))
    const timer = setTimeout(() => refuse(late), limitMs)
    signal.addEventListener('abort', abort)
    socket.on(event, arrived)
    socket.on('error', failed)
    socket.on('close', hungUp)
  })
}

/** A moment, in which the connection may end. */
async function pause(socket: Socket, signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, pauseMs))
  if (signal.aborted) socket.destroy()
  signal.throwIfAborted()
  if (socket.destroyed) throw new ConnectError(closeReason('lost'))
}

function judge(socket: TLSSocket, distrust: ConnectOptions['distrust']): CloseReason | undefined {
  const fingerprint = peerFingerprint(socket)
  return fingerprint === undefined ? closeReason('untrusted') : distrust(fingerprint)
}
