import { connect } from 'node:net'
import type { WebSocket } from 'ws'
import { type ErrorCode, EvswitchError, errnoName, exitCodeOf } from '../errors.ts'
import { usualGroup } from './group.ts'
import type { RpcErrorObject } from './json-rpc.ts'
import {
  type Hello,
  type MethodName,
  type Notification,
  type NotificationName,
  notificationNames,
  type Params,
  protocolVersion,
  type Result,
  subprotocol,
} from './protocol.ts'
import { clientSockets } from './socket-path.ts'

export type Heard = {
  readonly [N in NotificationName]: { readonly name: N; readonly params: Notification<N> }
}[NotificationName]

interface Waiting {
  resolve(result: unknown): void
  reject(error: unknown): void
}

/** Longer than any answer of a service that lives. */
const answerMs = 10_000

/** One who talks to the service: the command line, the agent. */
export class ControlClient {
  readonly hello: Hello
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, Waiting>()
  readonly #closed: Promise<void>
  #lastId = 0
  #onHeard: ((heard: Heard) => void) | undefined

  private constructor(socket: WebSocket, hello: Hello) {
    this.#socket = socket
    this.hello = hello
    this.#closed = new Promise((resolve) => {
      socket.once('close', () => {
        for (const { reject } of this.#waiting.values()) reject(ended())
        this.#waiting.clear()
        resolve()
      })
    })
    socket.on('message', (data) => this.#received(String(data)))
  }

  /**
   * Connects to the service at a path, or to the first one that is there. Throws 'not-running' and
   * 'no-permission'.
   */
  static async connect(path?: string): Promise<ControlClient> {
    const paths = path === undefined ? clientSockets() : [path]
    let first: EvswitchError | undefined
    for (const each of paths) {
      try {
        return await open(each, (socket, hello) => new ControlClient(socket, hello))
      } catch (error) {
        if (!(error instanceof EvswitchError)) throw error
        // A service that may not be asked is there all the same.
        if (error.code !== 'not-running') throw error
        first ??= error
      }
    }
    throw first
  }

  /** Settles when the connection has ended, whoever ended it. */
  get closed(): Promise<void> {
    return this.#closed
  }

  /** Throws what the service throws, and 'not-running' when it ends or does not answer. */
  async call<M extends MethodName>(method: M, params: Params<M>): Promise<Result<M>> {
    const id = ++this.#lastId
    const answer = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    const timer = setTimeout(() => this.#waiting.get(id)?.reject(silent()), answerMs)
    try {
      if (this.#socket.readyState !== this.#socket.OPEN) throw ended()
      this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
      return (await answer) as Result<M>
    } finally {
      clearTimeout(timer)
      this.#waiting.delete(id)
    }
  }

  /** Tells what `subscribe` asked for. */
  listen(onHeard: (heard: Heard) => void): void {
    this.#onHeard = onHeard
  }

  /** Ends the connection at once. */
  close(): void {
    this.#socket.terminate()
  }

  #received(text: string): void {
    const { id, method, params, result, error } = JSON.parse(text)
    if (typeof method === 'string') {
      // Of a later service there may be some that nobody here knows.
      if (notificationNames.some((name) => name === method)) {
        this.#onHeard?.({ name: method, params } as Heard)
      }
      return
    }
    const waiting = this.#waiting.get(id)
    if (error === undefined) waiting?.resolve(result)
    else waiting?.reject(errorOf(error))
  }
}

async function open(
  path: string,
  made: (socket: WebSocket, hello: Hello) => ControlClient,
): Promise<ControlClient> {
  const { WebSocket } = await import('ws')
  const socket = new WebSocket('ws://localhost/', subprotocol, {
    createConnection: () => connect(path),
    perMessageDeflate: false,
    handshakeTimeout: answerMs,
  })
  return await new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      socket.on('error', () => {})
      socket.terminate()
      reject(error)
    }
    socket.once('error', (error) => fail(connectError(path, error)))
    socket.once('unexpected-response', (_, response) => {
      fail(refused(path, response.statusCode ?? 0))
    })
    socket.once('close', () => reject(ended()))
    socket.once('message', (data) => {
      const { params } = JSON.parse(String(data))
      const hello = params as Hello
      if (hello.protocol !== protocolVersion) return fail(otherVersion(hello))
      socket.removeAllListeners()
      socket.on('error', () => {}) // 'close' follows
      resolve(made(socket, hello))
    })
  })
}

function connectError(path: string, error: Error): EvswitchError {
  const reason = errnoName(error) ?? error.message
  switch (reason) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ECONNREFUSED':
      return new EvswitchError(
        'not-running',
        `evswitch is not running: nobody listens at ${path}`,
        {
          remedy: 'start it: sudo systemctl start evswitch, or sudo evswitch run',
        },
      )
    case 'EACCES':
    case 'EPERM':
      return new EvswitchError('no-permission', `cannot connect to ${path}: permission denied`, {
        remedy: `join the group and log in again: sudo usermod -aG ${usualGroup} "$USER"`,
      })
    default:
      return new EvswitchError('unexpected', `cannot connect to ${path}: ${reason}`)
  }
}

function refused(path: string, status: number): EvswitchError {
  return status === 503
    ? new EvswitchError('unexpected', 'the service has too many clients', {
        remedy: 'end some of them',
      })
    : new EvswitchError('unexpected', `${path} is no control socket of evswitch (${status})`)
}

function otherVersion({ evswitch }: Hello): EvswitchError {
  return new EvswitchError('unexpected', `the service that runs is evswitch ${evswitch}`, {
    remedy: 'it speaks another version of the protocol; start it again after the upgrade',
  })
}

function ended(): EvswitchError {
  return new EvswitchError('not-running', 'the service has ended')
}

function silent(): EvswitchError {
  return new EvswitchError('not-running', 'the service does not answer', {
    remedy: 'look into its log: journalctl -u evswitch',
  })
}

/** A code that a later service has and this program does not know is no expected failure. */
function errorOf({ message, data }: RpcErrorObject): EvswitchError {
  const code: ErrorCode =
    data !== undefined && exitCodeOf(data.code) !== undefined ? data.code : 'unexpected'
  return new EvswitchError(code, message, { remedy: data?.remedy })
}
