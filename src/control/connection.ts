import type { RawData, WebSocket } from 'ws'
import type { Logger } from '../log.ts'
import { nearest } from '../nearest.ts'
import {
  type Answer,
  errorAnswer,
  notificationText,
  type ReadRequest,
  RpcError,
  readRequest,
  resultAnswer,
  rpcErrors,
} from './json-rpc.ts'
import { limits } from './limits.ts'
import {
  type Hello,
  type MethodName,
  methods,
  type NotificationName,
  type Params,
  type Result,
  usualNotifications,
} from './protocol.ts'
import { ShapeError } from './shape.ts'

/** Does what clients ask for; what concerns the connection itself is done here. */
export type Answers = {
  readonly [M in Exclude<MethodName, 'subscribe'>]: (
    params: Params<M>,
  ) => Promise<Result<M>> | Result<M>
}

export interface ConnectionOptions {
  readonly answers: Answers
  readonly log: Logger
}

const closeCodes = { GOING_AWAY: 1001, UNSUPPORTED: 1003 } as const

/**
 * One client. Its requests are done one after another, and while there are some nothing more is read of it, so
 * that it can occupy neither memory nor the service. One that does not read what it is told is dropped.
 */
export class ControlConnection {
  readonly #socket: WebSocket
  readonly #options: ConnectionOptions
  readonly #subscribed = new Set<NotificationName>()
  /** What came with the one that is being worked on: at most what one read of the socket brought. */
  readonly #waiting: string[] = []
  #isWorking = false

  constructor(socket: WebSocket, options: ConnectionOptions) {
    this.#socket = socket
    this.#options = options
    socket.on('message', (data, isBinary) => this.#received(data, isBinary))
    socket.on('error', (err) => options.log.debug({ err }, 'control client broke the protocol'))
  }

  greet(hello: Hello): void {
    this.send(notificationText('hello', hello))
  }

  wants(name: NotificationName): boolean {
    return this.#subscribed.has(name)
  }

  send(text: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.#socket.send(text)
    if (this.#socket.bufferedAmount <= limits.queueBytes) return
    // Before it is told: the log has followers, and this may be one of them.
    this.#socket.terminate()
    this.#options.log.info('a control client that does not read was dropped')
  }

  end(): void {
    this.#socket.close(closeCodes.GOING_AWAY, 'the service ends')
  }

  #received(data: RawData, isBinary: boolean): void {
    if (isBinary) {
      this.#socket.close(closeCodes.UNSUPPORTED, 'text only')
      return
    }
    this.#waiting.push(String(data))
    if (!this.#isWorking) void this.#work()
  }

  async #work(): Promise<void> {
    this.#isWorking = true
    this.#socket.pause()
    for (let text = this.#waiting.shift(); text !== undefined; text = this.#waiting.shift()) {
      const answer = await this.#answerText(text)
      if (this.#socket.readyState !== this.#socket.OPEN) return
      if (answer !== undefined) this.send(JSON.stringify(answer))
      // Other clients, and everything else that the service does, come in between.
      if (this.#waiting.length > 0) await new Promise((resolve) => setImmediate(resolve))
    }
    this.#isWorking = false
    this.#socket.resume()
  }

  async #answerText(text: string): Promise<Answer | Answer[] | undefined> {
    const invalid = (code: number, message: string) =>
      errorAnswer(null, new RpcError(code, message))
    if (text.length > limits.messageLength) {
      const message = `the message has more than ${limits.messageLength} characters`
      return invalid(rpcErrors.INVALID_REQUEST, message)
    }
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      return invalid(rpcErrors.PARSE, 'the message is not JSON')
    }
    if (!Array.isArray(value)) return await this.#answer(readRequest(value))
    if (value.length === 0 || value.length > limits.batch) {
      return invalid(rpcErrors.INVALID_REQUEST, `a batch has 1 to ${limits.batch} requests`)
    }
    const answers: Answer[] = []
    for (const each of value) {
      const answer = await this.#answer(readRequest(each))
      if (answer !== undefined) answers.push(answer)
    }
    return answers.length === 0 ? undefined : answers
  }

  async #answer(request: ReadRequest): Promise<Answer | undefined> {
    if ('error' in request) return errorAnswer(request.id, request.error)
    const { id } = request
    try {
      const result = await this.#call(request.method, request.params)
      return id === undefined ? undefined : resultAnswer(id, result)
    } catch (error) {
      if (id === undefined) return undefined
      return errorAnswer(id, error instanceof ShapeError ? invalidParams(error) : error)
    }
  }

  async #call(name: string, params: unknown): Promise<unknown> {
    if (!isMethod(name)) throw noSuchMethod(name)
    const read = methods[name].params.read(params, 'params')
    if (name === 'subscribe') return this.#subscribe(read as Params<'subscribe'>)
    try {
      return await (this.#options.answers[name] as (read: unknown) => unknown)(read)
    } catch (error) {
      this.#options.log.debug({ err: error, method: name }, 'control request failed')
      throw error
    }
  }

  #subscribe({ events = usualNotifications }: Params<'subscribe'>): Result<'subscribe'> {
    this.#subscribed.clear()
    for (const name of events) this.#subscribed.add(name)
    return { events: [...this.#subscribed] }
  }
}

function isMethod(name: string): name is MethodName {
  return Object.hasOwn(methods, name)
}

function noSuchMethod(name: string): RpcError {
  const known = Object.keys(methods)
  const near = name.length <= 64 ? nearest(name, known) : undefined
  const advice = near === undefined ? `there are: ${known.join(', ')}` : `did you mean ${near}?`
  return new RpcError(rpcErrors.NO_SUCH_METHOD, `there is no such method; ${advice}`)
}

function invalidParams({ message }: ShapeError): RpcError {
  return new RpcError(rpcErrors.INVALID_PARAMS, message)
}
