import { removeLink } from '../devices/links-fallback.ts'
import type { Engine } from '../engine/types.ts'
import type { KeptNodes } from './kept-nodes.ts'
import type { Guest } from './notice.ts'
import type { Outgoing } from './outgoing.ts'
import {
  addGuest,
  addScreen,
  guestNodeNames,
  isGuest,
  screenToggle,
  type TargetWish,
} from './targets.ts'
import type { Teardown } from './teardown.ts'

type MadeGuest = Omit<Guest, 'clones'>

interface MadeScreen {
  readonly name: string
  readonly isScreen: true
}

export interface GuestsOptions {
  readonly engine: Engine
  readonly nodes: KeptNodes
  readonly outgoing: Outgoing
  readonly teardown: Teardown
}

/** The targets of a session beside the host: guests with their nodes, and screens with their way to the network share. */
export class Guests {
  readonly #options: GuestsOptions
  /** As the engine keeps them, and goes through them: who comes takes the first place that is free. */
  readonly #places: (MadeGuest | MadeScreen | undefined)[] = []

  constructor(options: GuestsOptions) {
    this.#options = options
  }

  /** Guests and screens, in the order in which hotkeys go through them. */
  get names(): readonly string[] {
    return this.#places.flatMap((place) => place?.name ?? [])
  }

  get all(): readonly MadeGuest[] {
    return this.#places.flatMap((place) => (place && !isScreen(place) ? place : []))
  }

  get screens(): readonly string[] {
    return this.#places.flatMap((place) => (place && isScreen(place) ? place.name : []))
  }

  /** Makes the nodes of one, or its way out. Rejects as `Engine.createSink` does. */
  async add(options: TargetWish, signal: AbortSignal): Promise<void> {
    const { engine, outgoing, nodes, teardown } = this.#options
    const free = this.#places.indexOf(undefined)
    const place = free < 0 ? this.#places.length : free
    if (isGuest(options)) {
      this.#places[place] = await addGuest(engine, options, { signal, nodes, teardown })
      return
    }
    const { name } = options
    await addScreen(engine, options)
    outgoing.add(name)
    this.#places[place] = { name, isScreen: true }
  }

  /** Changes what can be changed of one. */
  async update(options: TargetWish): Promise<void> {
    const { name, repeat } = options
    const grabToggle = isGuest(options) ? 'ctrl-ctrl' : screenToggle
    await this.#options.engine.updateTarget(name, { repeat, grabToggle })
    const index = this.#placeOf(name)
    const place = this.#places[index]
    if (place !== undefined && !isScreen(place)) this.#places[index] = { ...place, repeat }
  }

  /** Its nodes end, wherever they are kept; the host is active if it was. */
  async remove(name: string): Promise<void> {
    const { engine, nodes, outgoing } = this.#options
    const index = this.#placeOf(name)
    const place = this.#places[index]
    outgoing.remove(name)
    await engine.removeTarget(name)
    this.#places[index] = undefined
    if (place === undefined || isScreen(place)) return
    await nodes.forget(guestNodeNames(name))
    removeLink(place.keyboard)
    removeLink(place.mouse)
  }

  #placeOf(name: string): number {
    return this.#places.findIndex((place) => place?.name === name)
  }
}

function isScreen(place: MadeGuest | MadeScreen): place is MadeScreen {
  return 'isScreen' in place
}
