import { removeLink } from '../devices/links-fallback.ts'
import type { Engine } from '../engine/types.ts'
import type { KeptNodes } from './kept-nodes.ts'
import type { Guest } from './notice.ts'
import { addGuest, type GuestOptions, guestNodeNames } from './targets.ts'
import type { Teardown } from './teardown.ts'

type MadeGuest = Omit<Guest, 'clones'>

export interface GuestsOptions {
  readonly engine: Engine
  readonly nodes: KeptNodes
  readonly teardown: Teardown
}

/** The guests of a session, with their nodes. */
export class Guests {
  readonly #options: GuestsOptions
  /** As the engine keeps them, and goes through them: who comes takes the first place that is free. */
  readonly #places: (MadeGuest | undefined)[] = []

  constructor(options: GuestsOptions) {
    this.#options = options
  }

  /** In the order in which hotkeys go through them. */
  get all(): readonly MadeGuest[] {
    return this.#places.filter((guest) => guest !== undefined)
  }

  /** Makes the nodes of one. Rejects as `Engine.createSink` does. */
  async add(options: GuestOptions, signal: AbortSignal): Promise<void> {
    const { engine, ...rest } = this.#options
    const free = this.#places.indexOf(undefined)
    const made = await addGuest(engine, options, { signal, ...rest })
    this.#places[free < 0 ? this.#places.length : free] = made
  }

  /** Changes what can be changed of one. */
  async update({ name, repeat }: GuestOptions): Promise<void> {
    await this.#options.engine.updateTarget(name, { repeat, grabToggle: 'ctrl-ctrl' })
    const place = this.#placeOf(name)
    const guest = this.#places[place]
    if (guest !== undefined) this.#places[place] = { ...guest, repeat }
  }

  /** Its nodes end, wherever they are kept; the host is active if it was. */
  async remove(name: string): Promise<void> {
    const { engine, nodes } = this.#options
    await engine.removeTarget(name)
    await nodes.forget(guestNodeNames(name))
    const place = this.#placeOf(name)
    const guest = this.#places[place]
    if (guest === undefined) return
    removeLink(guest.keyboard)
    removeLink(guest.mouse)
    this.#places[place] = undefined
  }

  #placeOf(name: string): number {
    return this.#places.findIndex((guest) => guest?.name === name)
  }
}
