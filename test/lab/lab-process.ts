import { constants } from 'node:os'
import { PATIENCE_MS, Settled, within } from './deadline.ts'
import { type Explain, LabError } from './lab-error.ts'
import { type LineMatch, LineStream } from './line-stream.ts'

/** How a process ended. Killed by a signal, its status is 128 plus the number, as in a shell. */
export interface ExitStatus {
  readonly status: number
  readonly signal: number | undefined
}

/** What a process needs of the channel that carries it. */
export interface ProcessChannel {
  readonly explain: Explain
  write(bytes: Buffer): void
  end(): void
  signal(number: number, wholeGroup: boolean): void
  resize(rows: number, columns: number): void
}

/** A process inside the machine. */
export class LabProcess implements AsyncIterable<string> {
  readonly argv: readonly string[]
  readonly stdout: LineStream
  readonly stderr: LineStream
  /** Settles when the process has ended and what it printed until then has arrived. */
  readonly exited: Promise<ExitStatus>
  /** Settles when it is known whether it could be started. */
  readonly started: Promise<void>

  readonly #channel: ProcessChannel
  readonly #started = new Settled<void>()
  readonly #exited = new Settled<ExitStatus>()
  #pid = 0
  #exitStatus: ExitStatus | undefined

  constructor(argv: readonly string[], channel: ProcessChannel) {
    this.argv = argv
    this.#channel = channel
    this.started = this.#started.promise
    this.exited = this.#exited.promise
    this.stdout = new LineStream(() => this.describe())
    this.stderr = new LineStream(() => this.describe())
  }

  /** Its process id inside the machine. */
  get pid(): number {
    return this.#pid
  }

  /** Undefined while it runs. */
  get exitStatus(): ExitStatus | undefined {
    return this.#exitStatus
  }

  /** The lines of its standard output, also those still to come. */
  [Symbol.asyncIterator](): AsyncIterator<string> {
    return this.stdout[Symbol.asyncIterator]()
  }

  /** The next line of its standard output that matches; see LineStream.waitForLine. */
  async waitForLine(match: LineMatch, deadlineMs = PATIENCE_MS): Promise<string> {
    return await this.stdout.waitForLine(match, deadlineMs)
  }

  /** Writes to its standard input. */
  write(data: string | Buffer): void {
    this.#channel.write(Buffer.from(data))
  }

  /** Closes its standard input, after all that was written has been delivered. */
  end(): void {
    this.#channel.end()
  }

  /** Sends a signal to the process alone. */
  kill(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.#channel.signal(constants.signals[signal], false)
  }

  /** Sends a signal to the process and all descendants that are still in its group. */
  killGroup(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.#channel.signal(constants.signals[signal], true)
  }

  /** Tells a process with a terminal that the terminal's size has changed. */
  resize(rows: number, columns: number): void {
    this.#channel.resize(rows, columns)
  }

  /** Waits for its end. */
  async waitForExit(deadlineMs = PATIENCE_MS): Promise<ExitStatus> {
    return await within(deadlineMs, this.exited, () => `it has not ended: ${this.describe()}`)
  }

  /** Closes its input, waits for its end, and kills it when closing the input does not end it. */
  async stop(deadlineMs = 10_000): Promise<ExitStatus> {
    this.end()
    try {
      return await this.waitForExit(deadlineMs)
    } catch {
      this.killGroup()
      return await this.waitForExit()
    }
  }

  /** For error messages: what runs, how it ended, its last output, and the console's. */
  describe(): string {
    const state = this.#exitStatus ? `exit status ${this.#exitStatus.status}` : 'still running'
    const command = this.argv.join(' ')
    const lines = [
      `${command.length > 300 ? `${command.slice(0, 300)}...` : command} (${state})`,
      ...lastLines('stdout', this.stdout),
      ...lastLines('stderr', this.stderr),
    ]
    return this.#channel.explain(lines.join('\n'))
  }

  handleStarted(pid: number): void {
    this.#pid = pid
    this.#started.resolve()
  }

  handleNotStarted(errno: number): void {
    const name = Object.entries(constants.errno).find(([, number]) => number === errno)?.[0]
    this.fail(new LabError(`cannot start ${this.argv.join(' ')}: ${name ?? errno}`))
  }

  handleExit(status: ExitStatus): void {
    this.#exitStatus = status
    this.#exited.resolve(status)
  }

  handleClosed(): void {
    this.stdout.end()
    this.stderr.end()
  }

  fail(error: Error): void {
    this.#started.reject(error)
    this.#exited.reject(error)
    this.stdout.end(error)
    this.stderr.end(error)
  }
}

function lastLines(name: string, stream: LineStream): string[] {
  const lines = stream.lines.slice(-20)
  return lines.length === 0 ? [] : [`  ${name}, last lines:`, ...lines.map((line) => `    ${line}`)]
}
