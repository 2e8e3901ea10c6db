import type { NotificationName } from '../control/protocol.ts'
import { ControlServer } from '../control/server.ts'
import { claimSocket, type SocketClaim } from '../control/socket-claim.ts'
import { nodeMaker } from '../engine/node-maker.ts'
import { hostTargetName } from '../engine/target-name.ts'
import { EvswitchError } from '../errors.ts'
import type { FollowedLog, Logger } from '../log.ts'
import type { LogLevel } from '../log-levels.ts'
import { answersOf, type ReloadReport } from './answers.ts'
import type { EventFiles } from './event-files.ts'
import { Incoming } from './incoming.ts'
import type { LogMemory } from './log-memory.ts'
import type { NodeStore } from './node-store.ts'
import type { Notice, Started } from './notice.ts'
import { noticeJson } from './notice-json.ts'
import { later, type ReloadPlan } from './reload-plan.ts'
import { Session, type SessionOptions } from './session.ts'
import { SessionState } from './session-state.ts'
import type { Supervisor } from './supervisor.ts'
import { Teardown } from './teardown.ts'

export interface ServiceOptions {
  readonly session: SessionOptions
  /** Where to listen for clients; undefined = nowhere. */
  readonly control: ControlPlace | undefined
  /** The keyboard and mouse of another computer for this machine; undefined = none. */
  readonly join: SharePlace | undefined
  /** The screens of other computers among the targets. */
  readonly serve: SharePlace
  readonly logLevel: LogLevel
  /** The file that the options are from; undefined when there is none. */
  readonly configFile: string | undefined
}

export interface ControlPlace {
  readonly socket: string
  /** Whose members may connect. */
  readonly group: string
}

export interface SharePlace {
  /** Where the share listens for this service. */
  readonly socket: string
  /** What the share is to do, which it reads for itself: when it is another, it is asked to do so. */
  readonly wish: string
}

/** What a service needs from outside. */
export interface ServiceWorld {
  /** What is wanted now: read at the start, and anew at each reload. Throws 'bad-config' and its kind. */
  readonly load: () => ServiceOptions
  readonly log: FollowedLog
  /** The log's last lines, for clients. */
  readonly memory: LogMemory
  /** Of the program. */
  readonly version: string
  /** Whether it is the service of this machine: another one that listens at the same place is an error. */
  readonly isAlone: boolean
  /** What hooks of the system wait for; undefined where nothing starts them. */
  readonly events?: EventFiles | undefined
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
  readonly #world: ServiceWorld
  readonly #log: Logger
  readonly #teardown = new Teardown()
  readonly #state = new SessionState()
  readonly #session: Session
  readonly #end = new AbortController()
  #options: ServiceOptions
  #server: ControlServer | undefined
  #incoming: Incoming | undefined
  /** The last reload that was asked for: one at a time. */
  #reloading: Promise<unknown> = Promise.resolve()
  #stopping: Promise<void> | undefined

  /** Throws what `load` throws. */
  constructor(world: ServiceWorld) {
    this.#world = world
    this.#log = world.log.log
    this.#options = world.load()
    world.log.setLevel(this.#options.logLevel)
    this.#session = new Session(this.#options.session, {
      log: this.#log,
      store: world.store,
      shareSocket: this.#options.serve.socket,
      report: (notice) => this.#report(notice),
    })
  }

  /** What holds. */
  get options(): ServiceOptions {
    return this.#options
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
    this.#end.abort()
    this.#stopping ??= this.#teardown.run()
    await this.#stopping
  }

  /**
   * Reads what is wanted anew, and does what is otherwise. Rejects with what `load` throws, and for devices and
   * targets that cannot be; then everything stays as it is.
   */
  async reload(): Promise<ReloadReport> {
    const report = this.#reloading.then(() => this.#reload())
    this.#reloading = report.catch(() => {})
    return await report
  }

  async #reload(): Promise<ReloadReport> {
    const { load, log, supervisor } = this.#world
    const before = this.#options
    const after = load()
    await supervisor?.reloading()
    try {
      const { started, plan } = await this.#session.reload(after.session, this.#end.signal)
      this.#state.started(started)
      log.setLevel(after.logLevel)
      this.#options = after
      const isJoinChanged = before.join?.wish !== after.join?.wish
      const hasNodes = after.join !== undefined && this.#incoming !== undefined
      if (isJoinChanged && hasNodes) this.#incoming?.reconnect()
      const isServeChanged = before.serve.wish !== after.serve.wish
      if (isServeChanged) this.#session.reconnectScreens()
      const report = {
        changes: [
          ...changesOf(plan, before.logLevel !== after.logLevel),
          ...(isJoinChanged && hasNodes ? ['share.join: changed'] : []),
          ...(isServeChanged ? ['share.serve: changed'] : []),
        ],
        later: [
          ...plan.later,
          ...later('control', before.control, after.control),
          // Its nodes are made at the start, before anything looks for them.
          ...later('whether there is a share.join', before.join?.socket, after.join?.socket),
        ],
      }
      this.#log.info(report, 'reloaded')
      this.#server?.notify('reloaded', report)
      return report
    } finally {
      await supervisor?.ready(activeText(this.#state.active))
    }
  }

  async #start(signal: AbortSignal): Promise<Started> {
    const claim = this.#claim()
    this.#world.events?.open()
    this.#teardown.add(() => claim?.release())
    this.#teardown.add(() => this.#endSession())
    const started = await this.#session.start(signal)
    this.#state.started(started)
    await this.#startIncoming()
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

  async #startIncoming(): Promise<void> {
    const { join } = this.#options
    if (join === undefined) return
    const incoming = new Incoming({ socket: join.socket, maker: nodeMaker(), log: this.#log })
    this.#teardown.add(() => incoming.close())
    await incoming.start()
    this.#incoming = incoming
  }

  async #endSession(): Promise<void> {
    await this.#session.stop()
    this.#log.info({ stats: this.#session.stats() }, 'session has ended')
  }

  /** Before anything is taken: a second service is to find out that it is one. */
  #claim(): SocketClaim | undefined {
    const { isAlone } = this.#world
    const { control } = this.#options
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
    const { memory, version } = this.#world
    const answers = answersOf({
      session: this.#session,
      state: this.#state,
      memory,
      version,
      configFile: () => this.#options.configFile,
      reload: () => this.reload(),
    })
    const server = new ControlServer({ answers, version, log: this.#log })
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
    const { events, report } = this.#world
    this.#state.apply(notice)
    events?.tell(notice)
    const { event, ...data } = noticeJson(notice)
    const isTrouble = notice.kind === 'warning' || notice.kind === 'device-failed'
    const level = isTrouble && report === undefined ? 'warn' : 'info'
    this.#log[level](data, event.replaceAll('-', ' '))
    if (notice.kind === 'switched') void this.#world.supervisor?.status(activeText(notice.target))
    this.#server?.notify(notice.kind satisfies NotificationName, data as never)
    report?.(notice)
  }
}

/** What `systemctl status` shows. */
function activeText(target: string): string {
  return target === hostTargetName ? 'this machine has the input' : `${target} has the input`
}

/** A sentence each, for the person who asked for it. */
function changesOf(plan: ReloadPlan, isLevelChanged: boolean): string[] {
  return [
    ...plan.added.map(({ name }) => `target ${name}: added`),
    ...plan.removed.map((name) => `target ${name}: removed`),
    ...plan.changed.map(({ name }) => `target ${name}: changed`),
    ...(plan.hotkeys ? ['hotkeys: changed'] : []),
    ...(plan.indicator ? ['indicator: changed'] : []),
    ...(plan.sources ? ['sources: changed'] : []),
    ...(plan.map ? ['map: changed'] : []),
    ...(isLevelChanged ? ['log level: changed'] : []),
  ]
}
