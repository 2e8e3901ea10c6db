import type { Engine } from '../engine/types.ts'
import type { Logger } from '../log.ts'
import type { GuestOptions } from './targets.ts'

/** Gives the input to a guest when a machine opens its nodes, where that was asked for. */
export class Entering {
  readonly #engine: Engine
  readonly #log: Logger
  readonly #names: ReadonlySet<string>

  constructor(engine: Engine, targets: readonly GuestOptions[], log: Logger) {
    const entering = targets.filter(({ enterOnStart }) => enterOnStart)
    this.#engine = engine
    this.#log = log
    this.#names = new Set(entering.map(({ name }) => name))
  }

  /** To be called when the first of a guest's nodes was opened; never rejects. */
  async opened(target: string): Promise<void> {
    if (!this.#names.has(target)) return
    try {
      await this.#engine.switchTo(target)
    } catch (error) {
      // The session ends.
      this.#log.debug({ err: error, target }, 'guest was not entered')
    }
  }
}
