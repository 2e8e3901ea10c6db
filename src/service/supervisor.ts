import type { Logger } from '../log.ts'
import type { Environment, Notify } from './notify-socket.ts'

export interface SupervisorOptions {
  /** Undefined where nobody supervises: then everything here does nothing. */
  readonly notify: Notify | undefined
  readonly log: Logger
  readonly env?: Environment
  readonly pid?: number
}

/** Who started the service and watches it, as far as somebody does: sd_notify(3), sd_watchdog_enabled(3). */
export class Supervisor {
  readonly #options: SupervisorOptions
  #watching: NodeJS.Timeout | undefined

  constructor(options: SupervisorOptions) {
    this.#options = options
  }

  /** What the service is for is there: whoever waits for it may start. Also ends a reload. */
  async ready(status: string): Promise<void> {
    await this.#tell(['READY=1', statusLine(status)])
  }

  async reloading(): Promise<void> {
    // Microseconds of CLOCK_MONOTONIC, by which systemd tells this reload from another.
    const now = process.hrtime.bigint() / 1000n
    await this.#tell(['RELOADING=1', `MONOTONIC_USEC=${now}`])
  }

  async stopping(): Promise<void> {
    await this.#tell(['STOPPING=1', statusLine('stopping')])
  }

  /** One line for people. */
  async status(text: string): Promise<void> {
    await this.#tell([statusLine(text)])
  }

  /**
   * Lets the watchdog know that all is well, as long as `check` resolves: at twice the pace that it wants, so that one
   * late timer is no death. What never answers is never told of.
   */
  watch(check: () => Promise<unknown>): void {
    const periodMs = this.#watchdogMs()
    if (periodMs === undefined) return
    let isAsking = false
    const ask = async () => {
      if (isAsking) return
      isAsking = true
      try {
        await check()
        await this.#tell(['WATCHDOG=1'])
      } catch (error) {
        this.#options.log.error({ err: error }, 'watchdog is not fed')
      } finally {
        isAsking = false
      }
    }
    this.#watching = setInterval(() => void ask(), periodMs / 2)
  }

  close(): void {
    clearInterval(this.#watching)
  }

  #watchdogMs(): number | undefined {
    const { env = process.env, pid = process.pid, notify } = this.#options
    const wantedPid = env['WATCHDOG_PID']
    const periodMs = Number(env['WATCHDOG_USEC'] ?? 0) / 1000
    const isForUs = wantedPid === undefined || Number(wantedPid) === pid
    return notify !== undefined && isForUs && periodMs > 0 ? periodMs : undefined
  }

  /** That nobody listens is no reason to let go of the input. */
  async #tell(lines: readonly string[]): Promise<void> {
    const { notify, log } = this.#options
    try {
      await notify?.(lines)
    } catch (error) {
      log.warn({ err: error }, 'supervisor was not told')
    }
  }
}

function statusLine(text: string): string {
  return `STATUS=${text.replaceAll('\n', ' ')}`
}
