import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { type ConnectionOptions, ControlConnection } from './connection.ts'
import { notificationText } from './json-rpc.ts'
import { limits } from './limits.ts'
import {
  type Notification,
  type NotificationName,
  protocolVersion,
  subprotocol,
} from './protocol.ts'
import type { SocketClaim } from './socket-claim.ts'

export interface ControlServerOptions extends ConnectionOptions {
  /** Of the program. */
  readonly version: string
}

/** JSON-RPC 2.0 over WebSocket on a Unix socket: docs/control.md. Who may connect is a matter of the socket. */
export class ControlServer {
  readonly #options: ControlServerOptions
  /** All connections, each with the end of the time in which it is to become a WebSocket. */
  readonly #sockets = new Map<Duplex, NodeJS.Timeout>()
  readonly #connections = new Set<ControlConnection>()
  #server: Server | undefined

  constructor(options: ControlServerOptions) {
    this.#options = options
  }

  /** Begins to listen. The library is loaded here: who needs no socket does not pay for it. */
  async listen(claim: SocketClaim): Promise<void> {
    const { WebSocketServer } = await import('ws')
    const webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: limits.frameBytes,
      handleProtocols: () => subprotocol,
    })
    // It only parses: connections are counted and timed before it sees them.
    const http = createHttpServer({ maxHeaderSize: 4096, keepAlive: false })
    http.on('request', (_, response) => {
      response.writeHead(426, { connection: 'close', upgrade: 'websocket' })
      response.end('evswitch speaks JSON-RPC 2.0 over WebSocket here: evswitch help status\n')
    })
    http.on('upgrade', (request, socket, head) => {
      const refusal = refusalOf(request)
      if (refusal !== undefined) return refuse(socket, ...refusal)
      webSockets.handleUpgrade(request, socket, head, (webSocket) =>
        this.#accept(webSocket, socket),
      )
    })
    const server = createServer((socket) => {
      if (this.#admit(socket)) http.emit('connection', socket)
    })
    // A connection that could not be accepted, for want of descriptors, is its client's trouble.
    server.on('error', (err) => this.#options.log.debug({ err }, 'control connection failed'))
    await listening(server, claim.path)
    this.#server = server
    claim.open()
  }

  /** Tells everybody who wants to know. */
  notify<N extends NotificationName>(name: N, params: Notification<N>): void {
    let text: string | undefined
    for (const connection of this.#connections) {
      if (!connection.wants(name)) continue
      text ??= notificationText(name, params)
      connection.send(text)
    }
  }

  /** Nobody listens any more; what was written before is still read. */
  async close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const connection of this.#connections) connection.end()
    for (const socket of this.#sockets.keys()) socket.destroy()
    await closed
  }

  /** Whether there is room for one more, who then has a moment to become a WebSocket. */
  #admit(socket: Socket): boolean {
    socket.on('error', () => {}) // a peer that goes away in the middle is nothing to tell
    if (this.#sockets.size >= limits.clients) {
      refuse(socket, 503, `${limits.clients} clients are the most`)
      return false
    }
    const timer = setTimeout(() => socket.destroy(), limits.handshakeMs)
    this.#sockets.set(socket, timer)
    socket.once('close', () => {
      clearTimeout(timer)
      this.#sockets.delete(socket)
    })
    return true
  }

  #accept(webSocket: WebSocket, socket: Duplex): void {
    clearTimeout(this.#sockets.get(socket))
    const connection = new ControlConnection(webSocket, this.#options)
    this.#connections.add(connection)
    webSocket.once('close', () => this.#connections.delete(connection))
    connection.greet({ protocol: protocolVersion, evswitch: this.#options.version })
  }
}

/** Why a request is not let through: a browser sends an Origin, and nothing that a page says is wanted. */
function refusalOf({ headers, url }: IncomingMessage): [number, string] | undefined {
  if (headers.origin !== undefined) return [403, 'web pages have no business here']
  if (url !== '/') return [404, 'there is only /']
  const asked = headers['sec-websocket-protocol']
  const known = asked?.split(',').some((name) => name.trim() === subprotocol) ?? true
  return known ? undefined : [400, `this service speaks ${subprotocol}`]
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  503: 'Service Unavailable',
}

function refuse(socket: Duplex, status: number, why: string): void {
  const body = `${why}\n`
  const head = `HTTP/1.1 ${status} ${reasons[status]}\r\nConnection: close\r\nContent-Type: text/plain\r\n`
  socket.on('error', () => {})
  socket.once('finish', () => socket.destroy())
  socket.end(`${head}Content-Length: ${body.length}\r\n\r\n${body}`)
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
