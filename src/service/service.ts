import type { NotificationName } from '../control/protocol.ts'
import { ControlServer } from '../control/server.ts'
import { claimSocket, type SocketClaim } from '../control/socket-claim.ts'
import { hostTargetName } from '../engine/target-name.ts'
import { EvswitchError } from '../errors.ts'
import type { Logger } from '../log.ts'
import { answersOf } from './answers.ts'
import type { LogMemory } from './log-memory.ts'
import type { NodeStore } from './node-store.ts'
import type { Notice, Started } from './notice.ts'
import { noticeJson } from './notice-json.ts'
import { Session, type SessionOptions } from './session.ts'
import { SessionState } from './session-state.ts'
import type { Supervisor } from './supervisor.ts'
import { Teardown } from './teardown.ts'

export interface ServiceOptions {
  readonly session: SessionOptions
  /** Where to listen for clients; undefined = nowhere. */
  readonly control: ControlPlace | undefined
  /** Whether it is the service of this machine: another one that listens at the same place is an error. */
  readonly isAlone: boolean
  /** The file that the options are from; undefined when there is none. */
  readonly configFile: string | undefined
  /** Of the program. */
  readonly version: string
}

export interface ControlPlace {
  readonly socket: string
  /** Whose members may connect. */
  readonly group: string
}

/** What a service needs from outside. */
export interface ServiceWorld {
  readonly log: Logger
  /** The log's last lines, for clients. */
  readonly memory: LogMemory
  /** Tells a person; without one warnings go to the log as what they are. */
  readonly report?: (notice: Notice) => void
  /** What keeps the guests' nodes when this process ends. */
  readonly store?: NodeStore | undefined
  /** Who started the service; told of its life and of what it does. */
  readonly supervisor?: Supervisor
}

/**
 * Everything of evswitch that runs: the session, which moves the input, and the socket by which others look
 * and switch. Here its parts are put together; what each of them does is told in its own file.
 */
export class Service {
  readonly #options: ServiceOptions
  readonly #world: ServiceWorld
  readonly #teardown = new Teardown()
  readonly #state = new SessionState()
  readonly #session: Session
  #server: ControlServer | undefined
  #stopping: Promise<void> | undefined

  constructor(options: ServiceOptions, world: ServiceWorld) {
    this.#options = options
    this.#world = world
    this.#session = new Session(options.session, {
      log: world.log,
      store: world.store,
      report: (notice) => this.#report(notice),
    })
  }

  /**
   * Starts its parts; those that were started are stopped when one of them fails. Throws 'already-running', what
   * `Session.start` throws, and the signal's reason when it aborts.
   */
  async start(signal: AbortSignal): Promise<Started> {
    try {
      return await this.#start(signal)
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  /** Stops its parts, the last one first. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping ??= this.#teardown.run()
    await this.#stopping
  }

  async #start(signal: AbortSignal): Promise<Started> {
    const claim = this.#claim()
    this.#teardown.add(() => claim?.release())
    this.#teardown.add(() => this.#endSession())
    const started = await this.#session.start(signal)
    this.#state.started(started)
    if (claim !== undefined) await this.#listen(claim)
    signal.throwIfAborted()
    await this.#supervise()
    return started
  }

  /** Last: who waits for the nodes may go on now, and from now on the service must answer. */
  async #supervise(): Promise<void> {
    const { supervisor } = this.#world
    if (supervisor === undefined) return
    await supervisor.ready(activeText(this.#state.active))
    supervisor.watch(() => this.#session.checkAnswers())
    this.#teardown.add(async () => {
      supervisor.close()
      await supervisor.stopping()
    })
  }

  async #endSession(): Promise<void> {
    await this.#session.stop()
    this.#world.log.info({ stats: this.#session.stats() }, 'session has ended')
  }

  /** Before anything is taken: a second service is to find out that it is one. */
  #claim(): SocketClaim | undefined {
    const { control, isAlone } = this.#options
    if (control === undefined) return undefined
    try {
      return claimSocket(control.socket, control.group)
    } catch (error) {
      if (!(error instanceof EvswitchError)) throw error
      if (isAlone && (error.code === 'already-running' || error.code === 'usage')) throw error
      this.#withoutControl(error)
      return undefined
    }
  }

  async #listen(claim: SocketClaim): Promise<void> {
    const { version, configFile } = this.#options
    const { log, memory } = this.#world
    const answers = answersOf({
      session: this.#session,
      state: this.#state,
      memory,
      version,
      configFile,
    })
    const server = new ControlServer({ answers, version, log })
    this.#teardown.add(() => server.close())
    try {
      await server.listen(claim)
    } catch (error) {
      return this.#withoutControl(error)
    }
    this.#server = server
    memory.onLine = (line) => server.notify('log', line)
  }

  /** Input flows without the socket, too. */
  #withoutControl(error: unknown): void {
    const { summary, remedy } =
      error instanceof EvswitchError
        ? error
        : new EvswitchError('unexpected', `nobody can connect: ${String(error)}`)
    this.#report({ kind: 'warning', text: summary, remedy })
  }

  #report(notice: Notice): void {
    const { log, report } = this.#world
    this.#state.apply(notice)
    const { event, ...data } = noticeJson(notice)
    const isTrouble = notice.kind === 'warning' || notice.kind === 'device-failed'
    const level = isTrouble && report === undefined ? 'warn' : 'info'
    log[level](data, event.replaceAll('-', ' '))
    if (notice.kind === 'switched') void this.#world.supervisor?.status(activeText(notice.target))
    this.#server?.notify(notice.kind satisfies NotificationName, data as never)
    report?.(notice)
  }
}

/** What `systemctl status` shows. */
function activeText(target: string): string {
  return target === hostTargetName ? 'this machine has the input' : `${target} has the input`
}
