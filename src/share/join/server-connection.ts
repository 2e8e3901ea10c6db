import { once } from 'node:events'
import type { Socket } from 'node:net'
import { ConnectError, connectServer } from '../net/connect.ts'
import { attachSession, socketWire } from '../net/socket-wire.ts'
import { closeReason } from '../protocol/close-reason.ts'
import type { Fingerprint } from '../tls/fingerprint.ts'
import type { Identity } from '../tls/identity.ts'
import type { Trust } from '../tls/trust.ts'
import type { Connect } from './join.ts'

export interface ServerAddress {
  readonly host: string
  readonly port: number
}

/** Who we are and whom we trust, for TLS. */
export interface TlsPeers {
  readonly identity: Identity
  readonly trust: Trust
}

/** The way to a server. @param tls undefined for the plain mode, in which everybody on the way can read every key */
export function connectorOf({ host, port }: ServerAddress, tls: TlsPeers | undefined): Connect {
  const name = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const distrust = (fingerprint: Fingerprint) =>
    tls?.trust.distrust('server', name, fingerprint, host)
  return async (open, signal) => {
    let socket: Socket
    try {
      const identity = tls?.identity
      socket = await connectServer({ host, port, identity, distrust }, signal)
    } catch (error) {
      if (error instanceof ConnectError) return error.reason
      if (signal.aborted) return closeReason('ended')
      throw error
    }
    const session = open(socketWire(socket), tls !== undefined)
    const close = () => session.close()
    signal.addEventListener('abort', close, { once: true })
    const over = socket.destroyed ? Promise.resolve() : once(socket, 'close')
    attachSession(socket, session)
    await over
    signal.removeEventListener('abort', close)
    return undefined
  }
}
