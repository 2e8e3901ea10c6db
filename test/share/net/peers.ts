import { once } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { onTestFinished } from 'vitest'
import type { Refusal } from '../../../src/share/net/gate.ts'
import { type Caller, ShareListener } from '../../../src/share/net/listener.ts'
import { systemClock } from '../../../src/share/protocol/clock.ts'
import type { CloseReason } from '../../../src/share/protocol/close-reason.ts'
import { type Screen, ServerSession } from '../../../src/share/protocol/server-session.ts'
import { makeCertificate } from '../../../src/share/tls/certificate.ts'
import { type Identity, identityOf } from '../../../src/share/tls/identity.ts'
import { plainWheel } from '../protocol/peer.ts'

export const patience = { timeout: 9000, interval: 5 }

let made: Promise<Identity[]> | undefined

/** Two identities, made once: a key takes its time. */
export async function identities(): Promise<[Identity, Identity]> {
  made ??= Promise.all([1, 2].map(async () => identityOf(await makeCertificate(), 'test')))
  const [ours, theirs] = await made
  if (ours === undefined || theirs === undefined) throw new Error('not made')
  return [ours, theirs]
}

export interface Serving {
  readonly port: number
  readonly listener: ShareListener
  readonly sessions: ServerSession[]
  readonly callers: Caller[]
  readonly ready: Screen[]
  readonly closed: CloseReason[]
  readonly refusals: { why: Refusal; count: number }[]
}

/** A listener that trusts who shows `trusted`, and whoever is plain. */
export async function serve(
  options: { trusted?: Identity; plainAddresses?: string[] } = {},
): Promise<Serving> {
  const [identity] = await identities()
  const serving: Omit<Serving, 'port' | 'listener'> = {
    ...{ sessions: [], callers: [], ready: [], closed: [], refusals: [] },
  }
  const listener = new ShareListener({
    host: '127.0.0.1',
    port: 0,
    identity,
    plainAddresses: options.plainAddresses ?? [],
    refused: (_, why, count) => serving.refusals.push({ why, count }),
    accept: (wire, caller) => {
      serving.callers.push(caller)
      const session = new ServerSession({
        wire,
        clock: systemClock,
        admit: () =>
          caller.fingerprint === options.trusted?.fingerprint
            ? { wheel: plainWheel }
            : 'unknown-screen',
        events: {
          ready: (screen) => serving.ready.push(screen),
          resized: () => {},
          closed: (reason) => serving.closed.push(reason),
        },
      })
      serving.sessions.push(session)
      return session
    },
  })
  const port = await listener.listen()
  onTestFinished(async () => await listener.close())
  return { ...serving, port, listener }
}

/** A socket of somebody who says what the test lets it say. */
export async function knock(port: number, identity?: Identity): Promise<TLSSocket> {
  const certificate = identity === undefined ? {} : { key: identity.pem, cert: identity.pem }
  const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, ...certificate })
  socket.on('error', () => {})
  onTestFinished(() => void socket.destroy())
  await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')])
  return socket
}

/** @param from one of this machine's addresses */
export async function knockPlain(port: number, from = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, localAddress: from })
  socket.on('error', () => {})
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** Sockets that this process has open. */
export function openSockets(): number {
  return readdirSync('/proc/self/fd').filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith('socket:')
    } catch {
      return false
    }
  }).length
}
