import { EvswitchError } from '../errors.ts'
import { hostId } from '../native/abi.ts'
import { nearest } from '../nearest.ts'
import { hostTargetName } from './target-name.ts'
import type { TargetOptions } from './types.ts'

/** The targets of an engine by id and by name; the host is always there. */
export class TargetTable {
  readonly #names = new Map<number, string>([[hostId, hostTargetName]])

  add(id: number, name: string): void {
    this.#names.set(id, name)
  }

  remove(id: number): void {
    this.#names.delete(id)
  }

  name(id: number): string {
    return this.#names.get(id) ?? `target ${id}`
  }

  /** Throws 'unknown-target' with the nearest name. */
  id(name: string): number {
    for (const [id, known] of this.#names) if (known === name) return id
    const known = [...this.#names.values()]
    const near = nearest(name, known)
    throw new EvswitchError('unknown-target', `there is no target named ${JSON.stringify(name)}`, {
      remedy: near === undefined ? `there are: ${known.join(', ')}` : `did you mean ${near}?`,
    })
  }

  /** Throws 'usage' for a name that is taken, and a TypeError for sinks in each other's place. */
  checkNew({ name, keyboard, mouse }: TargetOptions): void {
    if (name !== hostTargetName && [...this.#names.values()].includes(name)) {
      throw new EvswitchError('usage', `there are two targets named ${name}`, {
        remedy: 'name each target once',
      })
    }
    if (keyboard?.role === 'mouse' || mouse?.role === 'keyboard') {
      throw new TypeError('the keyboard and the mouse are mixed up')
    }
  }
}
