import type { Device } from '../devices/device.ts'
import { findDevices } from '../devices/select.ts'

/** Tells devices apart by the entries of `[[map]]` that name them. */
export class MapClasses {
  readonly #names: readonly (string | undefined)[]
  readonly #root: string
  /** The first is of all devices that no entry names. */
  readonly #classes: (readonly number[])[] = [[]]

  /** @param names the device that each entry names, undefined for those that are for all */
  constructor(names: readonly (string | undefined)[], root = '/') {
    this.#names = names
    this.#root = root
  }

  /** The indexes of entries that name a device, for each class that was asked for. */
  get all(): readonly (readonly number[])[] {
    return this.#classes
  }

  classOf(device: Device): number {
    const entries = this.#names.flatMap((name, entry) =>
      name !== undefined && this.fits(device, name) ? [entry] : [],
    )
    const key = entries.join()
    const known = this.#classes.findIndex((each) => each.join() === key)
    return known >= 0 ? known : this.#classes.push(entries) - 1
  }

  fits(device: Device, name: string): boolean {
    try {
      return findDevices([device], name, this.#root).length > 0
    } catch {
      return false
    }
  }
}
