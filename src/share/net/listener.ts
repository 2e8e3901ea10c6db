import { constants } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from 'node:tls'
import type { Wire } from '../protocol/wire.ts'
import { type Fingerprint, peerFingerprint } from '../tls/fingerprint.ts'
import type { Identity } from '../tls/identity.ts'
import { Gate, type Refusal } from './gate.ts'
import { attachSession, type Session, socketWire } from './socket-wire.ts'

/** Who connects. */
export interface Caller {
  readonly address: string
  /** Of the certificate; undefined for one of the plain mode. */
  readonly fingerprint: Fingerprint | undefined
}

export interface ServedSession extends Session {
  /** Somebody who is trusted is at the other end. */
  readonly isAdmitted: boolean
  close(): void
}

export interface ListenerOptions {
  /** All addresses of the machine when undefined. */
  readonly host: string | undefined
  readonly port: number
  readonly identity: Identity
  /** Who speaks without TLS, as QEMU's client does: addresses. All others have to speak it. */
  readonly plainAddresses: readonly string[]
  /** Makes the session of a caller, who is not trusted yet. */
  readonly accept: (wire: Wire, caller: Caller) => ServedSession
  /** Is told, now and then, why callers were sent away: the last one of them, and how many there were since the last time. */
  readonly refused: (address: string, why: Refusal, count: number) => void
}

const tlsMs = 5000

interface Guest {
  readonly socket: Socket
  readonly address: string
  /** There as soon as it may be talked to. */
  session: ServedSession | undefined
}

/** Takes connections of screens, over TLS but for those who are named. What strangers may cost is bounded: gate.ts. */
export class ShareListener {
  readonly #options: ListenerOptions
  readonly #gate: Gate
  /** By address and port of the far end. */
  readonly #guests = new Map<string, Guest>()
  readonly #plainAddresses: ReadonlySet<string>
  #server: Server | undefined
  #tls: TlsServer | undefined

  constructor(options: ListenerOptions) {
    this.#options = options
    this.#gate = new Gate(options.refused)
    this.#plainAddresses = new Set(options.plainAddresses)
  }

  /** Begins to listen, and resolves with the port. Rejects with what the system says. */
  async listen(): Promise<number> {
    const { host, port, identity } = this.#options
    // It does not listen itself: it only makes TLS of sockets that it is given.
    const tls = createTlsServer({
      ...{ key: identity.pem, cert: identity.pem, minVersion: 'TLSv1.2' },
      ...{ requestCert: true, rejectUnauthorized: false, handshakeTimeout: tlsMs },
      // Each connection is to show its certificate.
      secureOptions: constants.SSL_OP_NO_TICKET,
    })
    tls.on('secureConnection', (socket) => this.#secured(socket))
    tls.on('tlsClientError', (_, socket) => {
      this.#gate.refuse(addressOf(socket), 'the TLS handshake failed')
      socket.destroy()
    })
    const server = createServer((socket) => this.#connected(socket))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port }, () => {
        server.off('error', reject)
        resolve()
      })
    })
    // A connection that could not be accepted, for want of descriptors, is its caller's trouble.
    server.on('error', () => {})
    this.#server = server
    this.#tls = tls
    const bound = server.address()
    return typeof bound === 'object' && bound !== null ? bound.port : port
  }

  /** Ends every connection in good order and listens no more. */
  async close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const { socket, session } of this.#guests.values()) {
      if (session === undefined) socket.destroy()
      else session.close()
    }
    await closed
  }

  #connected(socket: Socket): void {
    const address = addressOf(socket)
    socket.on('error', () => {}) // one that goes away in the middle is nothing to tell
    const isPlain = this.#plainAddresses.has(address)
    const all = [...this.#guests.values()]
    const strangers = all.filter(({ session }) => session?.isAdmitted !== true)
    const verdict = this.#gate.judge(address, all.length, strangers)
    if (verdict.refusal !== undefined) {
      this.#gate.refuse(address, verdict.refusal)
      socket.destroy()
      return
    }
    if (verdict.displaced !== undefined) {
      this.#gate.refuse(verdict.displaced.address, 'there are too many that are not trusted yet')
      verdict.displaced.socket.destroy()
    }
    const key = keyOf(socket)
    const guest: Guest = { socket, address, session: undefined }
    this.#guests.set(key, guest)
    socket.once('close', () => this.#guests.delete(key))
    if (isPlain) this.#begin(guest, socket, undefined)
    else this.#tls?.emit('connection', socket)
  }

  #secured(socket: TLSSocket): void {
    const guest = this.#guests.get(keyOf(socket))
    const fingerprint = peerFingerprint(socket)
    if (guest !== undefined && fingerprint !== undefined) {
      this.#begin(guest, socket, fingerprint)
      return
    }
    if (guest !== undefined) this.#gate.refuse(guest.address, 'it has no certificate')
    socket.on('error', () => {})
    socket.destroy()
  }

  #begin(guest: Guest, socket: Socket, fingerprint: Fingerprint | undefined): void {
    const { address } = guest
    guest.session = this.#options.accept(socketWire(socket), { address, fingerprint })
    attachSession(socket, guest.session)
  }
}

function keyOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`
}

/** An IPv4 address that came in by IPv6 is written as it is. */
function addressOf({ remoteAddress = '?' }: Socket): string {
  return remoteAddress.replace(/^::ffff:(?=\d+\.)/, '')
}
