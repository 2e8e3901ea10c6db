import { type ChildProcess, spawn } from 'node:child_process'
import { errnoName } from '../errors.ts'

/** How a program ended. */
export type HookOutcome =
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'timed-out' }
  /** It could not be started: an errno name. */
  | { readonly kind: 'not-started'; readonly error: string }

export interface HookResult {
  readonly outcome: HookOutcome
  /** The beginning of what it wrote to stdout and stderr. */
  readonly output: string
}

export interface HookRun {
  readonly run: readonly string[]
  /** Added to the environment of this process. */
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

/** Of what it writes so much is kept, and so much is read before nobody listens any more. */
const keptBytes = 4096
const readBytes = 1024 * 1024
/** How long a program that was asked to end may take. */
const graceMs = 1000
/** How long what a program wrote last may be behind its end. */
const outputMs = 200

/**
 * A program that runs in a process group of its own. Nothing that it does holds up the agent: it has no input, its output is
 * read and bounded, and after its time it is ended, with all of its group: what it left behind as well.
 */
export class HookProcess {
  /** Settles when the program itself has ended. */
  readonly done: Promise<HookResult>
  /** Settles when nothing is left of its group, as far as is known. */
  readonly gone: Promise<void>
  #tellGone = () => {}
  readonly #child: ChildProcess
  readonly #timer: NodeJS.Timeout
  #killer: NodeJS.Timeout | undefined
  #hasTimedOut = false
  #output = Buffer.alloc(0)
  #seen = 0

  constructor({ run: [program = '', ...args], env, timeoutMs }: HookRun) {
    this.#child = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // setsid: a group of its own
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (bytes: Buffer) => this.#wrote(bytes))
      stream?.on('error', () => {})
    }
    this.#timer = setTimeout(() => {
      this.#hasTimedOut = this.#isRunning()
      this.end()
    }, timeoutMs)
    this.gone = new Promise((resolve) => {
      this.#tellGone = resolve
    })
    this.done = this.#end()
  }

  /** Asks the whole group to end, and ends it when it does not. */
  end(): void {
    clearTimeout(this.#timer)
    if (!this.#signal('SIGTERM')) {
      this.#forget()
      return
    }
    this.#killer ??= setTimeout(() => {
      this.#signal('SIGKILL')
      this.#forget()
    }, graceMs)
  }

  /** Ends the whole group at once. */
  kill(): void {
    this.#signal('SIGKILL')
    this.#forget()
  }

  async #end(): Promise<HookResult> {
    const outcome = await new Promise<HookOutcome>((resolve) => {
      this.#child.once('error', (error) => {
        resolve({ kind: 'not-started', error: errnoName(error) ?? error.message })
      })
      this.#child.once('exit', (status, signal) => {
        if (this.#hasTimedOut) resolve({ kind: 'timed-out' })
        else if (signal !== null) resolve({ kind: 'killed', signal })
        else resolve({ kind: 'exited', status: status ?? 0 })
      })
    })
    // What it left behind has the rest of its time.
    if (!this.#signal(0)) this.#forget()
    if (outcome.kind !== 'not-started') await this.#lastOutput()
    return { outcome, output: this.#output.toString('utf8') }
  }

  /** The end of the output, unless something that was left behind holds it. */
  async #lastOutput(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, outputMs)
      this.#child.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #wrote(bytes: Buffer): void {
    this.#seen += bytes.length
    const room = keptBytes - this.#output.length
    if (room > 0) this.#output = Buffer.concat([this.#output, bytes.subarray(0, room)])
    // From now on its writes fail.
    if (this.#seen > readBytes) this.#deafen()
  }

  #deafen(): void {
    this.#child.stdout?.destroy()
    this.#child.stderr?.destroy()
  }

  #isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Whether anybody of the group is left. */
  #signal(signal: NodeJS.Signals | 0): boolean {
    const { pid } = this.#child
    if (pid === undefined) return false
    try {
      process.kill(-pid, signal)
      return true
    } catch {
      return false
    }
  }

  /** Nobody of the group is left to be ended; what has left it holds our pipes at most. */
  #forget(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#killer)
    this.#tellGone()
  }
}
