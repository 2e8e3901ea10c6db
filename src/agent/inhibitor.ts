import { type ChildProcess, spawn } from 'node:child_process'
import { errnoName } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Bus } from './session-bus.ts'

export interface Inhibitor {
  /** Idempotent. */
  set(isHeld: boolean): void
}

const who = 'evswitch'
const why = 'a guest has the keyboard and mouse'

/**
 * A lock of logind for as long as a child lives, and the child lives as long as its input, which ends with the agent,
 * however that ends. Node cannot receive the descriptor that logind would give to us.
 */
export class LoginInhibitor implements Inhibitor {
  readonly #what: 'idle' | 'sleep'
  readonly #log: Logger
  readonly #program: string
  #child: ChildProcess | undefined

  constructor(what: 'idle' | 'sleep', log: Logger, program = 'systemd-inhibit') {
    this.#what = what
    this.#log = log
    this.#program = program
  }

  set(isHeld: boolean): void {
    if (isHeld === (this.#child !== undefined)) return
    if (isHeld) this.#take()
    else this.#release()
  }

  #take(): void {
    const options = [`--what=${this.#what}`, '--mode=block', `--who=${who}`, `--why=${why}`]
    const child = spawn(this.#program, [...options, 'cat'], {
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    this.#child = child
    let said = ''
    child.stderr.on('data', (bytes: Buffer) => {
      if (said.length < 1024) said += bytes.toString()
    })
    child.stdin.on('error', () => {})
    child.once('error', (error) => {
      // Without systemd there is no logind to be told.
      if (errnoName(error) !== 'ENOENT') this.#failed(child, error.message)
    })
    child.once('exit', () => this.#failed(child, said.trim().slice(0, 1024)))
  }

  /** It ended before it was to; the next switch to a guest tries again. */
  #failed(child: ChildProcess, error: string): void {
    if (this.#child !== child) return
    this.#log.warn({ what: this.#what, error }, 'logind does not keep this machine awake')
    this.#child = undefined
  }

  #release(): void {
    this.#child?.stdin?.end()
    this.#child = undefined
  }
}

const screenSaver = {
  destination: 'org.freedesktop.ScreenSaver',
  path: '/org/freedesktop/ScreenSaver',
  interface: 'org.freedesktop.ScreenSaver',
}

/** The desktop's own lock and blank screen, which logind's lock does not keep off everywhere. */
export class ScreenSaverInhibitor implements Inhibitor {
  readonly #bus: Bus
  readonly #log: Logger
  #isHeld = false
  /** What was asked last; the cookie that it gave. */
  #asked: Promise<number | undefined> = Promise.resolve(undefined)

  constructor(bus: Bus, log: Logger) {
    this.#bus = bus
    this.#log = log
  }

  set(isHeld: boolean): void {
    if (isHeld === this.#isHeld) return
    this.#isHeld = isHeld
    // One after another: a release needs the cookie.
    this.#asked = this.#asked.then((cookie) => (isHeld ? this.#inhibit() : this.#release(cookie)))
  }

  async #inhibit(): Promise<number | undefined> {
    const call = { ...screenSaver, member: 'Inhibit' }
    try {
      return await this.#bus.call(call, [
        ['s', who],
        ['s', why],
      ])
    } catch (err) {
      this.#log.debug({ err }, 'the desktop has no screen saver to be told')
      return undefined
    }
  }

  async #release(cookie: number | undefined): Promise<undefined> {
    if (cookie === undefined) return
    try {
      await this.#bus.call({ ...screenSaver, member: 'UnInhibit' }, [['u', cookie]])
    } catch (err) {
      this.#log.debug({ err }, 'the screen saver was not told')
    }
  }
}
