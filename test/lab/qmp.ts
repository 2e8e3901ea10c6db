import type { Duplex } from 'node:stream'
import { PATIENCE_MS, Settled, within } from './deadline.ts'
import { type Explain, LabError } from './lab-error.ts'

export interface QmpEvent {
  readonly event: string
  readonly data: Record<string, unknown>
}

interface Waiter {
  readonly matches: (event: QmpEvent) => boolean
  readonly found: Settled<QmpEvent>
}

interface Reply {
  readonly id?: number
  readonly return?: unknown
  readonly error?: { readonly class: string; readonly desc: string }
  readonly event?: string
  readonly data?: Record<string, unknown>
}

/** QEMU's monitor: one JSON object per line, both ways. Its owner closes it when QEMU has ended. */
export class Qmp {
  /** Every event since the start, oldest first. */
  readonly events: QmpEvent[] = []

  readonly #stream: Duplex
  readonly #explain: Explain
  readonly #pending = new Map<number, Settled<unknown>>()
  readonly #waiters = new Set<Waiter>()
  #nextId = 1
  #rest = ''
  #closed: Error | undefined

  /** @param explain what to add when QEMU does not answer */
  constructor(stream: Duplex, explain: Explain) {
    this.#stream = stream
    this.#explain = explain
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => this.#receive(text))
    stream.on('error', () => {})
  }

  /** Everything that waits fails with this error. */
  close(error: Error): void {
    this.#closed ??= error
    for (const reply of this.#pending.values()) reply.reject(error)
    for (const waiter of this.#waiters) waiter.found.reject(error)
    this.#pending.clear()
    this.#waiters.clear()
  }

  /** Runs a command and gives what it returns. A command that QEMU refuses is an error. */
  async execute<T = unknown>(
    command: string,
    args: Record<string, unknown> = {},
    deadlineMs = PATIENCE_MS,
  ): Promise<T> {
    if (this.#closed) throw this.#closed
    const id = this.#nextId++
    const reply = new Settled<unknown>()
    this.#pending.set(id, reply)
    this.#stream.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`)
    const describe = () => this.#explain(`QEMU did not answer to ${command}`)
    try {
      return (await within(deadlineMs, reply.promise, describe)) as T
    } catch (error) {
      if (error instanceof QmpRefusal)
        throw new LabError(`QEMU refused ${command}: ${error.message}`)
      throw error
    }
  }

  /** A command of the human monitor; gives what it prints. */
  async human(commandLine: string): Promise<string> {
    return await this.execute<string>('human-monitor-command', { 'command-line': commandLine })
  }

  /** Starts to wait for an event from now on; begin before the command that causes it. */
  waitForEvent(
    name: string,
    matches: (data: Record<string, unknown>) => boolean = () => true,
    deadlineMs = PATIENCE_MS,
  ): Promise<QmpEvent> {
    const waiter: Waiter = {
      matches: ({ event, data }) => event === name && matches(data),
      found: new Settled(),
    }
    if (this.#closed) waiter.found.reject(this.#closed)
    this.#waiters.add(waiter)
    const waiting = within(deadlineMs, waiter.found.promise, () =>
      this.#explain(`no event ${name} from QEMU`),
    )
    return waiting.finally(() => this.#waiters.delete(waiter))
  }

  #receive(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') this.#take(JSON.parse(line) as Reply)
  }

  #take(message: Reply): void {
    if (message.event !== undefined) {
      const event = { event: message.event, data: message.data ?? {} }
      this.events.push(event)
      for (const waiter of this.#waiters) if (waiter.matches(event)) waiter.found.resolve(event)
      return
    }
    const reply = message.id === undefined ? undefined : this.#pending.get(message.id)
    if (message.id === undefined || !reply) return // the greeting
    this.#pending.delete(message.id)
    if (message.error) reply.reject(new QmpRefusal(message.error.desc))
    else reply.resolve(message.return)
  }
}

class QmpRefusal extends Error {}
