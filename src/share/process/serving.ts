import type { Duplex } from 'node:stream'
import { EvswitchError, messageOf } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import { readTargetLine } from '../link/target-line.ts'
import type { ServedStatus } from '../serve/serve.ts'
import type { OpenedServe, ServeSettings } from './open-serve.ts'

export interface ServingWorld {
  /** What is to be served: asked for at each connection of the engine's process. Throws EvswitchErrors. */
  readonly settings: () => ServeSettings | undefined
  /** Rejects with EvswitchErrors. */
  readonly open: (settings: ServeSettings) => Promise<OpenedServe>
  readonly log: Logger
}

export interface ServeStatus {
  /** Where screens connect; undefined while they cannot. */
  readonly port: number | undefined
  /** Why they cannot. */
  readonly trouble: string | undefined
  readonly screens: readonly ServedStatus[]
}

/**
 * Serves screens for as long as somebody has frames for them: opened with the first connection of the engine's process, anew
 * when other settings hold, and closed with the last.
 */
export class Serving {
  readonly #world: ServingWorld
  readonly #links = new Set<Duplex>()
  #opened: { readonly wish: string; readonly it: OpenedServe } | undefined
  #trouble: string | undefined
  /** One thing at a time. */
  #doing: Promise<void> = Promise.resolve()
  #hasEnded = false

  constructor(world: ServingWorld) {
    this.#world = world
  }

  /** Undefined where nobody has frames for screens. */
  get status(): ServeStatus | undefined {
    const { it } = this.#opened ?? {}
    if (it === undefined && this.#trouble === undefined) return undefined
    return { port: it?.port, trouble: this.#trouble, screens: it?.serve.status ?? [] }
  }

  /** Opens it before anybody has frames. Rejects as `open`. */
  async start(): Promise<void> {
    const settings = this.#world.settings()
    if (settings !== undefined) await this.#openedBy(settings)
  }

  /** A connection, which says first whose frames it has. */
  take(link: Duplex): void {
    let bytes = Buffer.alloc(0)
    const read = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk])
      const line = readTargetLine(bytes)
      if (line === 'more') return
      link.off('data', read)
      link.pause()
      if (line === undefined) {
        link.destroy()
        return
      }
      if (bytes.length > line.size) link.unshift(bytes.subarray(line.size))
      this.#then(async () => await this.#attach(line.name, link))
    }
    link.on('error', () => {}) // 'close' follows
    link.on('data', read)
  }

  /** Idempotent. Everything that is pressed goes up with its connection. */
  async stop(): Promise<void> {
    this.#hasEnded = true
    for (const link of this.#links) link.destroy()
    this.#then(async () => await this.#close())
    await this.#doing
  }

  #then(action: () => Promise<void>): void {
    this.#doing = this.#doing.then(action)
  }

  async #attach(target: string, link: Duplex): Promise<void> {
    if (link.destroyed || this.#hasEnded) return
    try {
      const settings = this.#world.settings()
      const it = settings && (await this.#openedBy(settings))
      this.#trouble = undefined
      if (link.destroyed || it?.serve.link(target, link) !== true) link.destroy()
      else this.#follow(link.resume())
    } catch (error) {
      if (!(error instanceof EvswitchError)) throw error
      link.destroy()
      this.#tell(messageOf(error))
    }
    await this.#closeIdle()
  }

  #follow(link: Duplex): void {
    this.#links.add(link)
    link.once('close', () => {
      this.#links.delete(link)
      this.#then(async () => await this.#closeIdle())
    })
  }

  async #openedBy(settings: ServeSettings): Promise<OpenedServe> {
    const wish = JSON.stringify(settings)
    if (this.#opened?.wish === wish) return this.#opened.it
    await this.#close()
    const it = await this.#world.open(settings)
    this.#opened = { wish, it }
    this.#world.log.info({ port: it.port }, 'screens can connect')
    return it
  }

  async #closeIdle(): Promise<void> {
    if (this.#links.size === 0) await this.#close()
  }

  async #close(): Promise<void> {
    const { it } = this.#opened ?? {}
    this.#opened = undefined
    await it?.close()
  }

  /** Each reason once: the engine's process tries again and again. */
  #tell(reason: string): void {
    if (reason !== this.#trouble) this.#world.log.error({ reason }, 'screens cannot be served')
    this.#trouble = reason
  }
}
