import type { ConsumerEvent, Engine } from '../engine/types.ts'
import type { Logger } from '../log.ts'
import type { TargetWish } from './targets.ts'

/** Gives the input to a guest when a machine opens its nodes, or to a screen that connects, where that was asked for. */
export class Entering {
  readonly #engine: Engine
  readonly #log: Logger
  #names: ReadonlySet<string> = new Set()
  /** Keyboard and mouse nodes that are open, by target. */
  readonly #opened = new Map<string, Set<number>>()

  constructor(engine: Engine, targets: readonly TargetWish[], log: Logger) {
    this.#engine = engine
    this.#log = log
    this.choose(targets)
  }

  /** Those that hold from now on. */
  choose(targets: readonly TargetWish[]): void {
    const entering = targets.filter(({ enterOnStart }) => enterOnStart)
    this.#names = new Set(entering.map(({ name }) => name))
  }

  /**
   * A consumer came or went. The guest is entered with the first of keyboard and mouse; a machine that opens nothing
   * but a clone has nobody to type for.
   */
  consumer({ target, role, sink, present }: Omit<ConsumerEvent, 'timeNs'>, mayEnter = true): void {
    if (role === 'clone') return
    const opened = this.#opened.get(target) ?? new Set()
    this.#opened.set(target, opened)
    const isFirst = present && opened.size === 0
    if (present) opened.add(sink)
    else opened.delete(sink)
    if (isFirst && mayEnter && this.#names.has(target)) void this.#enter(target)
  }

  async #enter(target: string): Promise<void> {
    try {
      await this.#engine.switchTo(target)
    } catch (error) {
      // The session ends.
      this.#log.debug({ err: error, target }, 'guest was not entered')
    }
  }
}
