import { closeSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from '../engine/types.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import { connectMessages } from '../native/message.ts'
import { targetLine } from '../share/link/target-line.ts'

export interface OutgoingOptions {
  readonly engine: Pick<Engine, 'linkTarget' | 'events'>
  /** Where the share listens for who has frames for it. */
  readonly socket: string
  readonly log: Logger
  readonly firstDelayMs?: number
  readonly longestDelayMs?: number
}

/**
 * The ways of screens' frames to the network share: a connection each, which is given to the engine and which nobody
 * here reads. The share may go and come; it is looked for until the end.
 */
export class Outgoing {
  readonly #options: OutgoingOptions
  readonly #end = new AbortController()
  /** Ends the wait of a target: it is to be connected anew, or no more. */
  readonly #targets = new Map<string, Way>()
  readonly #following = new Set<Promise<void>>()
  /** Why there is no connection, told once: it may not run for weeks. */
  #told: string | undefined

  constructor(options: OutgoingOptions) {
    this.#options = options
    options.engine.events.on('unlinked', ({ target }) => this.#targets.get(target)?.wake())
  }

  /** A target of the engine that is linked has come. */
  add(target: string): void {
    const way = new Way()
    this.#targets.set(target, way)
    const following = this.#follow(target, way)
    this.#following.add(following)
    void following.finally(() => this.#following.delete(following))
  }

  /** It is about to go. */
  remove(target: string): void {
    this.#targets.get(target)?.end()
    this.#targets.delete(target)
  }

  /** The share reads its configuration for each connection. */
  reconnect(): void {
    for (const way of this.#targets.values()) way.wake()
  }

  /** Connections that stand are the engine's and end with it. Idempotent. */
  async close(): Promise<void> {
    this.#end.abort()
    for (const target of [...this.#targets.keys()]) this.remove(target)
    await Promise.all(this.#following)
  }

  async #follow(target: string, way: Way): Promise<void> {
    const { log, firstDelayMs = 250, longestDelayMs = 5000 } = this.#options
    let delayMs = firstDelayMs
    while (!way.hasEnded) {
      const startMs = performance.now()
      const changed = way.changed()
      try {
        await this.#connect(target)
        this.#told = undefined
        log.info({ target }, 'share is connected for a screen')
        await changed
      } catch (error) {
        if (!way.hasEnded) this.#tell(messageOf(error))
      }
      if (way.hasEnded) return
      // A share that cannot serve hangs up at once.
      if (performance.now() - startMs > longestDelayMs) delayMs = firstDelayMs
      await sleep(delayMs, undefined, { signal: this.#end.signal }).catch(() => {})
      delayMs = Math.min(2 * delayMs, longestDelayMs)
    }
  }

  async #connect(target: string): Promise<void> {
    const { engine, socket } = this.#options
    const descriptor = connectMessages(socket, 'stream')
    try {
      writeSync(descriptor, targetLine(target))
      await engine.linkTarget(target, descriptor)
    } finally {
      closeSync(descriptor)
    }
  }

  #tell(reason: string): void {
    if (reason !== this.#told) this.#options.log.warn({ reason }, 'share does not take frames')
    this.#told = reason
  }
}

/** What a target waits for. */
class Way {
  hasEnded = false
  #wake: () => void = () => {}

  /** Resolves at the next change, which may be the end. */
  async changed(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      if (this.hasEnded) resolve()
    })
  }

  wake(): void {
    this.#wake()
  }

  end(): void {
    this.hasEnded = true
    this.#wake()
  }
}
