import type { Duplex } from 'node:stream'
import { PATIENCE_MS, Settled, within } from './deadline.ts'
import { type Explain, LabError } from './lab-error.ts'
import { type ExitStatus, LabProcess, type ProcessChannel } from './lab-process.ts'

// The protocol is described in agent/agent.c.
const HEADER_SIZE = 9
const MAX_PAYLOAD = 1 << 20

/** What to start inside the machine. */
export interface StartRequest {
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** A terminal of this size instead of three pipes. */
  readonly terminal?: { readonly rows: number; readonly columns: number } | undefined
}

/** The host's end of the channel to the agent inside the machine. */
export class AgentClient {
  /** `uname -r` inside, once the agent runs. */
  readonly hello: Promise<string>

  readonly #stream: Duplex
  readonly #explain: Explain
  readonly #hello = new Settled<string>()
  readonly #processes = new Map<number, LabProcess>()
  readonly #answers = new Map<number, Settled<void>>()
  #nextId = 1
  #received: Buffer = Buffer.alloc(0)
  #closed: Error | undefined

  constructor(stream: Duplex, explain: Explain) {
    this.#stream = stream
    this.#explain = explain
    this.hello = this.#hello.promise
    stream.on('data', (bytes: Buffer) => this.#receive(bytes))
    stream.on('error', () => {})
  }

  /** Everything that runs or waits fails with this error. */
  close(error: Error): void {
    this.#closed ??= error
    this.#hello.reject(error)
    for (const answer of this.#answers.values()) answer.reject(error)
    for (const process of this.#processes.values()) process.fail(error)
    this.#answers.clear()
    this.#processes.clear()
  }

  /** Starts a process. Fails when it cannot be started (no such program, no such folder). */
  async start(request: StartRequest): Promise<LabProcess> {
    if (this.#closed) throw this.#closed
    const id = this.#nextId++
    const process = new LabProcess(request.argv, this.#channel(id))
    this.#processes.set(id, process)
    this.#send(id, 'S', startPayload(request))
    await within(PATIENCE_MS, process.started, () =>
      this.#explain(`${request.argv.join(' ')} was not started`),
    )
    return process
  }

  /** What runs now survives a reset. */
  async setBaseline(): Promise<void> {
    await this.#ask('B')
  }

  /** Kills every process that was started since the baseline, and its descendants. */
  async killStrays(): Promise<void> {
    await this.#ask('R')
  }

  async #ask(type: string): Promise<void> {
    if (this.#closed) throw this.#closed
    const id = this.#nextId++
    const answer = new Settled<void>()
    this.#answers.set(id, answer)
    this.#send(id, type)
    await within(PATIENCE_MS, answer.promise, () =>
      this.#explain(`the agent did not answer to ${type}`),
    )
  }

  #channel(id: number): ProcessChannel {
    return {
      explain: this.#explain,
      write: (bytes) => {
        for (let at = 0; at < bytes.length; at += MAX_PAYLOAD) {
          this.#send(id, 'I', bytes.subarray(at, at + MAX_PAYLOAD))
        }
      },
      end: () => this.#send(id, 'I'),
      signal: (number, wholeGroup) => {
        const payload = Buffer.alloc(8)
        payload.writeUInt32LE(number, 0)
        payload.writeUInt32LE(wholeGroup ? 1 : 0, 4)
        this.#send(id, 'K', payload)
      },
      resize: (rows, columns) => {
        const payload = Buffer.alloc(4)
        payload.writeUInt16LE(rows, 0)
        payload.writeUInt16LE(columns, 2)
        this.#send(id, 'W', payload)
      },
    }
  }

  #send(id: number, type: string, payload: Buffer = Buffer.alloc(0)): void {
    if (this.#closed) return
    const header = Buffer.alloc(HEADER_SIZE)
    header.writeUInt32LE(payload.length, 0)
    header.writeUInt32LE(id, 4)
    header.write(type, 8, 'latin1')
    this.#stream.write(Buffer.concat([header, payload]))
  }

  #receive(bytes: Buffer): void {
    let rest = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes])
    while (rest.length >= HEADER_SIZE) {
      const end = HEADER_SIZE + rest.readUInt32LE(0)
      if (rest.length < end) break
      const type = rest.toString('latin1', 8, 9)
      this.#take(rest.readUInt32LE(4), type, rest.subarray(HEADER_SIZE, end))
      rest = rest.subarray(end)
    }
    this.#received = rest
  }

  #take(id: number, type: string, payload: Buffer): void {
    const process = this.#processes.get(id)
    switch (type) {
      case 'H':
        this.#hello.resolve(payload.toString())
        return
      case 'D':
        this.#answers.get(id)?.resolve()
        this.#answers.delete(id)
        return
      case 'P':
        process?.handleStarted(payload.readUInt32LE(0))
        return
      case 'F':
        process?.handleNotStarted(payload.readUInt32LE(0))
        this.#processes.delete(id)
        return
      case 'O':
        process?.stdout.push(payload)
        return
      case 'E':
        process?.stderr.push(payload)
        return
      case 'X':
        process?.handleExit(exitStatus(payload.readUInt32LE(0)))
        return
      case 'C':
        process?.handleClosed()
        this.#processes.delete(id)
        return
      default:
        this.close(new LabError(`the agent sent a message of unknown type ${JSON.stringify(type)}`))
    }
  }
}

function startPayload({ argv, cwd, env, terminal }: StartRequest): Buffer {
  const numbers = Buffer.alloc(12)
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  numbers.writeUInt16LE(terminal?.rows ?? 0, 0)
  numbers.writeUInt16LE(terminal?.columns ?? 0, 2)
  numbers.writeUInt32LE(argv.length, 4)
  numbers.writeUInt32LE(variables.length, 8)
  const texts = [cwd, ...argv, ...variables].map((text) => `${text}\0`).join('')
  return Buffer.concat([numbers, Buffer.from(texts)])
}

/** As wait(2) codes it: the low seven bits are the signal, the next byte the exit code. */
function exitStatus(status: number): ExitStatus {
  const signal = status & 0x7f
  return signal === 0
    ? { status: (status >> 8) & 0xff, signal: undefined }
    : { status: 128 + signal, signal }
}
