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

/** For the network and TLS together. */
const connectMs = 10_000

/**
 * Connects to a server, and looks at its certificate before anything that it says. Rejects with a ConnectError, and with
 * the reason of the signal.
 */
export async function connectServer(
  { host, port, identity, distrust }: ConnectOptions,
  signal: AbortSignal,
): Promise<Socket> {
  signal.throwIfAborted()
  return await new Promise((resolve, reject) => {
    const socket =
      identity === undefined
        ? connectPlain({ host, port })
        : // There is no authority that could have signed it: what counts is the fingerprint.
          connectTls({
            ...{ host, port, key: identity.pem, cert: identity.pem },
            ...{ rejectUnauthorized: false, minVersion: 'TLSv1.2' },
          })
    const settle = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
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
    const abort = () => give(signal.reason)
    const failed = (error: Error) => {
      const errno = errnoName(error)
      refuse(errno === undefined ? failureOf(error) : closeReason('unreachable', errno))
    }
    const hungUp = () => refuse(closeReason('lost'))
    const timer = setTimeout(() => refuse(closeReason('unreachable', 'ETIMEDOUT')), connectMs)
    signal.addEventListener('abort', abort)
    socket.on('error', failed)
    socket.on('close', hungUp)
    socket.once(identity === undefined ? 'connect' : 'secureConnect', () => {
      const reason = identity === undefined ? undefined : judge(socket as TLSSocket, distrust)
      settle()
      if (reason === undefined) {
        resolve(socket)
        return
      }
      // In good order: cut off here, barriers 2.4.0 would serve nobody for half a minute.
      socketWire(socket).end()
      socket.resume()
      reject(new ConnectError(reason))
    })
  })
}

function judge(socket: TLSSocket, distrust: ConnectOptions['distrust']): CloseReason | undefined {
  const fingerprint = peerFingerprint(socket)
  return fingerprint === undefined ? closeReason('untrusted') : distrust(fingerprint)
}
