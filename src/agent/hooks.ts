import { messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import { type HookEvent, hookEnvironment, isWaitedFor, undoes } from './hook-event.ts'
import { HookProcess, type HookResult } from './hook-process.ts'
import type { Hook } from './options.ts'

/** Programs at once. */
export const hooksAtOnce = 4

/** A hook and the event that it is to be run for, if there is one: a later one takes its place. */
interface Slot {
  readonly hook: Hook
  event: HookEvent | undefined
  debounce: NodeJS.Timeout | undefined
  /** In the order of their events, once they have lasted long enough; undefined before. */
  turn: number | undefined
}

/**
 * Runs hooks. However fast events come, each hook has one that waits and one that runs, and a few run at once. Those
 * that run the same program wait for each other, so that the last event has the last word.
 */
export class Hooks {
  readonly #log: Logger
  readonly #slots: readonly Slot[]
  readonly #running = new Map<Slot, HookProcess>()
  /** Those that have ended, and may have left something behind. */
  readonly #started = new Set<HookProcess>()
  #active = ''
  #turns = 0
  #isClosed = false

  constructor(hooks: readonly Hook[], log: Logger) {
    this.#log = log
    this.#slots = hooks.map((hook) => ({
      hook,
      event: undefined,
      debounce: undefined,
      turn: undefined,
    }))
  }

  /** Something has happened; `active` has the input now. */
  heard(event: HookEvent, active: string): void {
    if (this.#isClosed) return
    this.#active = active
    for (const slot of this.#slots) {
      if (slot.event !== undefined && undoes(event, slot.event)) drop(slot)
      if (isWaitedFor(slot.hook, event)) this.#await(slot, event)
    }
  }

  /** Nothing is started any more, and what runs is ended. */
  close(): void {
    this.#isClosed = true
    for (const slot of this.#slots) drop(slot)
    for (const program of this.#started) program.kill()
  }

  #await(slot: Slot, event: HookEvent): void {
    drop(slot)
    slot.event = event
    slot.debounce = setTimeout(() => {
      slot.turn = this.#turns++
      this.#startNext()
    }, slot.hook.debounceMs)
  }

  #startNext(): void {
    const ready = this.#slots
      .filter(({ turn }) => turn !== undefined)
      .sort((one, other) => (one.turn ?? 0) - (other.turn ?? 0))
    const busy = new Set([...this.#running.keys()].map(programOf))
    for (const slot of ready) {
      if (this.#running.size >= hooksAtOnce) return
      if (busy.has(programOf(slot))) continue
      busy.add(programOf(slot))
      this.#start(slot)
    }
  }

  #start(slot: Slot): void {
    const { hook, event } = slot
    drop(slot)
    if (event === undefined) return
    const facts = { hook: hook.run[0], line: hook.line, on: event.on }
    this.#log.info(facts, 'hook starts')
    let program: HookProcess
    try {
      program = new HookProcess({ ...hook, env: hookEnvironment(event, this.#active) })
    } catch (error) {
      this.#log.warn({ ...facts, error: messageOf(error) }, 'hook cannot be started')
      return
    }
    this.#running.set(slot, program)
    this.#started.add(program)
    void program.gone.then(() => this.#started.delete(program))
    void program.done.then((result) => {
      this.#running.delete(slot)
      this.#tell(facts, result)
      if (!this.#isClosed) this.#startNext()
    })
  }

  #tell(facts: object, { outcome, output }: HookResult): void {
    const text = output.trimEnd()
    const data = { ...facts, ...outcome, ...(text === '' ? {} : { output: text }) }
    if (this.#isClosed) this.#log.info(data, 'hook was ended')
    else if (outcome.kind === 'exited' && outcome.status === 0)
      this.#log.info(data, 'hook has ended')
    else if (outcome.kind === 'not-started') this.#log.warn(data, 'hook cannot be started')
    else this.#log.warn(data, 'hook has failed')
  }
}

function programOf({ hook }: Slot): string {
  return hook.run[0] ?? ''
}

function drop(slot: Slot): void {
  clearTimeout(slot.debounce)
  slot.event = undefined
  slot.turn = undefined
}
