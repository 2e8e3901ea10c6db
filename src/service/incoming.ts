import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { errnoName } from '../errors.ts'
import type { Logger } from '../log.ts'
import { pour } from '../share/nodes/pour.ts'
import { type NodeMaker, ShareNodes } from '../share/nodes/share-nodes.ts'

export interface IncomingOptions {
  /** Where the share listens for who takes its frames. */
  readonly socket: string
  readonly maker: NodeMaker
  readonly log: Logger
  readonly firstDelayMs?: number
  readonly longestDelayMs?: number
}

/**
 * The keyboard and mouse of another computer for this machine: nodes of this process, out of which comes what the share
 * sends. The share may go and come; it is looked for until the end.
 */
export class Incoming {
  readonly #options: IncomingOptions
  readonly #end = new AbortController()
  #nodes: ShareNodes | undefined
  #following: Promise<void> | undefined
  #socket: Socket | undefined

  constructor(options: IncomingOptions) {
    this.#options = options
  }

  /** Rejects as `Engine.createSink` does. */
  async start(): Promise<void> {
    const { maker, log } = this.#options
    const nodes = await ShareNodes.create(maker)
    log.info({ nodes: nodes.paths }, 'nodes of the share are there')
    this.#nodes = nodes
    this.#following = this.#follow(nodes)
  }

  /** Nothing is pressed any more, and the nodes are gone. Idempotent. */
  async close(): Promise<void> {
    this.#end.abort()
    this.#socket?.destroy()
    await this.#following
    this.#nodes?.close()
    this.#nodes = undefined
  }

  /** The share reads its configuration for each connection. */
  reconnect(): void {
    this.#socket?.destroy()
  }

  async #follow(nodes: ShareNodes): Promise<void> {
    const { log, firstDelayMs = 250, longestDelayMs = 5000 } = this.#options
    const { signal } = this.#end
    let delayMs = firstDelayMs
    let told: string | undefined
    while (!signal.aborted) {
      const reason = await this.#once(nodes, () => {
        log.info('share is connected')
        delayMs = firstDelayMs
        told = undefined
      })
      // Once for each reason: it may not run for weeks.
      if (!signal.aborted && reason !== told) log.warn({ reason }, 'share is not connected')
      told = reason
      await sleep(delayMs, undefined, { signal }).catch(() => {})
      delayMs = Math.min(2 * delayMs, longestDelayMs)
    }
  }

  /** Until the connection ends, and why it did. */
  async #once(nodes: ShareNodes, isConnected: () => void): Promise<string> {
    const socket = connect(this.#options.socket)
    this.#socket = socket
    let reason = 'it has ended'
    socket.once('connect', isConnected)
    socket.once('error', (error) => {
      reason = errnoName(error) ?? 'unknown error'
    })
    return (await pour(socket, nodes)) ?? reason
  }
}
