import type { Duplex } from 'node:stream'
import { EvswitchError, messageOf } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import type { Join } from '../join/join.ts'
import { type Listening, listenAt } from './listen.ts'
import type { OpenedServe, ServeSettings } from './open-serve.ts'
import { joinSocket, serveSocket, statusSocket } from './places.ts'
import { Serving } from './serving.ts'
import type { ShareStatus } from './status.ts'

export interface ShareWorld {
  /** For sockets. */
  readonly runtime: string
  /** Of the program. */
  readonly version: string
  readonly log: Logger
  /**
   * What is to be done with the process that has the nodes: asked for at each connection of it, so that it can be another
   * each time. Undefined for nothing. Rejects with EvswitchErrors.
   */
  readonly openJoin: (link: Duplex) => Promise<Join | undefined>
  /** What screens are to be served, for the process that has frames for them. Throws EvswitchErrors. */
  readonly serveSettings: () => ServeSettings | undefined
  /** Rejects with EvswitchErrors. */
  readonly openServe: (settings: ServeSettings) => Promise<OpenedServe>
}

/**
 * The process that talks to the network. It has no device and no way into the service: that connects to it, and takes
 * what it likes of what comes.
 */
export class ShareProcess {
  readonly #world: ShareWorld
  readonly #serving: Serving
  readonly #end = new AbortController()
  readonly #listening: Listening[] = []
  /** The connection to the process with the nodes, of which there is one at a time. */
  #link: Duplex | undefined
  #join: Join | undefined
  /** Settles when the last join has ended. */
  #joining: Promise<void> = Promise.resolve()
  /** What kept the last join from its start, told once. */
  #told: string | undefined

  constructor(world: ShareWorld) {
    this.#world = world
    const { serveSettings: settings, openServe: open, log } = world
    this.#serving = new Serving({ settings, open, log })
  }

  get status(): ShareStatus {
    const { version } = this.#world
    return { version, join: this.#join?.status, serve: this.#serving.status }
  }

  /** Listens for the service, and for who asks how it stands. Rejects as `listenAt`. */
  async start(): Promise<void> {
    // The group is that of the service alone.
    await this.#listen(joinSocket(this.#world.runtime), 0o660, (socket) => this.take(socket))
    await this.#startServe()
    await this.startStatus()
  }

  /** Serves screens and nothing else, from now on. Rejects as `openServe`, too. */
  async startServe(): Promise<void> {
    await this.#serving.start()
    await this.#startServe()
    await this.startStatus()
  }

  async #startServe(): Promise<void> {
    const place = serveSocket(this.#world.runtime)
    await this.#listen(place, 0o660, (socket) => this.#serving.take(socket))
  }

  /** Only the second of these. */
  async startStatus(): Promise<void> {
    await this.#listen(statusSocket(this.#world.runtime), 0o666, (socket) => {
      socket.resume()
      socket.end(`${JSON.stringify(this.status)}\n`)
    })
  }

  /** Whoever waits for frames: the service, or the process that has started this one. */
  take(link: Duplex): void {
    this.#link?.destroy()
    this.#link = link
    link.on('error', () => {}) // 'close' follows
    this.#joining = this.#joining.then(() => this.#run(link))
  }

  /** Idempotent; everything that is pressed goes up with its connection. */
  async stop(): Promise<void> {
    this.#end.abort()
    this.#link?.destroy()
    await this.#joining
    await this.#serving.stop()
    while (this.#listening.length > 0) await this.#listening.pop()?.close()
  }

  async #listen(...args: Parameters<typeof listenAt>): Promise<void> {
    this.#listening.push(await listenAt(...args))
  }

  async #run(link: Duplex): Promise<void> {
    const { log, openJoin } = this.#world
    if (link.destroyed) return
    try {
      const join = await openJoin(link)
      this.#told = undefined
      if (join === undefined) {
        log.info('no server is configured')
        return
      }
      this.#join = join
      await join.run(this.#end.signal)
    } catch (error) {
      if (!(error instanceof EvswitchError)) throw error
      const reason = messageOf(error)
      if (reason !== this.#told) log.error({ reason }, 'share cannot start')
      this.#told = reason
      link.destroy()
    } finally {
      this.#join = undefined
    }
  }
}
