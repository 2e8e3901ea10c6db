import { has } from '../devices/bitmap.ts'
import type { Device } from '../devices/device.ts'
import { codes } from '../engine/code-table.ts'
import { emptyKeyMap, type KeyMap, wheels } from '../engine/key-map.ts'
import type { Engine, Source } from '../engine/types.ts'
import { MapClasses } from './map-classes.ts'

/** What a configuration says about keys that shall be others. */
export interface MapOptions {
  /** The device that each entry names, undefined for those that are for all. */
  readonly devices: readonly (string | undefined)[]
  /** Tables for classes of sources: each the indexes of entries that name a device of it. */
  readonly compile: (classes: readonly (readonly number[])[]) => KeyMap
  /** Keys, buttons and wheels that rules are for, as they are written; kept keys are of no entry. */
  readonly triggers: readonly {
    readonly entry: number | undefined
    readonly codes: readonly number[]
    readonly text: string
  }[]
  /** Whether rules press keys of this machine while a guest has the input. */
  readonly needsHostNode: boolean
}

/** Everything is passed on as it is. */
export const noMap: MapOptions = {
  devices: [],
  compile: () => emptyKeyMap,
  triggers: [],
  needsHostNode: false,
}

/** Brings maps to the engine: which rules are for a device is known when it is there. */
export class Maps {
  readonly #engine: Engine
  readonly #root: string
  #options: MapOptions
  #classes: MapClasses
  readonly #devices = new WeakMap<Source, Device>()
  /** How many classes the engine has the tables of. */
  #known = 0

  constructor(engine: Engine, options: MapOptions, root = '/') {
    this.#engine = engine
    this.#options = options
    this.#root = root
    this.#classes = new MapClasses(options.devices, root)
  }

  /** The class of a device; its rules come with the next `set`, before its source is handed over. */
  classOf(device: Device): number {
    return this.#classes.classOf(device)
  }

  /** A source that was opened for a device: a later map must find its class. */
  opened(source: Source, device: Device): void {
    this.#devices.set(source, device)
  }

  /** Gives the engine what it lacks. Throws 'bad-config' when it has no room for so many classes. */
  async set(): Promise<void> {
    const { all } = this.#classes
    if (this.#known === all.length) return
    const before = this.#known
    this.#known = all.length
    try {
      await this.#engine.setMap(this.#options.compile(all), (source) => {
        const device = this.#devices.get(source)
        return device === undefined ? 0 : this.classOf(device)
      })
    } catch (error) {
      this.#known = before
      throw error
    }
  }

  /** A sentence for each rule whose trigger none of these devices has. */
  unheard(devices: readonly Device[]): string[] {
    return unheard(this.#options, devices, this.#classes)
  }

  /** Throws 'bad-config' when the engine has no room for what another configuration needs for these devices. */
  check(options: MapOptions, devices: readonly Device[]): void {
    const classes = new MapClasses(options.devices, this.#root)
    for (const device of devices) classes.classOf(device)
    options.compile(classes.all)
  }

  /** Another configuration, for all devices at once. What is held is released as it was pressed. */
  async replace(options: MapOptions, devices: readonly Device[]): Promise<void> {
    this.#options = options
    this.#classes = new MapClasses(options.devices, this.#root)
    this.#known = 0
    for (const device of devices) this.classOf(device)
    await this.set()
  }
}

/** A sentence for each rule whose trigger none of these devices has. */
export function unheard(
  { devices: names, triggers }: Pick<MapOptions, 'devices' | 'triggers'>,
  devices: readonly Device[],
  classes: Pick<MapClasses, 'fits'>,
): string[] {
  return triggers.flatMap(({ entry, codes: needed, text }) => {
    const name = entry === undefined ? undefined : names[entry]
    const own = name === undefined ? devices : devices.filter((each) => classes.fits(each, name))
    const lacks = own.length === 0 || needed.some((code) => !own.some((each) => sends(each, code)))
    if (!lacks) return []
    return name === undefined
      ? [`no device has ${text}, which the map has a rule for`]
      : [`${name} has no ${text}, which the map has a rule for`]
  })
}

function sends({ capabilities: { key, rel } }: Device, code: number): boolean {
  switch (code) {
    case wheels['wheel-up']:
    case wheels['wheel-down']:
      return has(rel, codes.REL_WHEEL)
    case wheels['wheel-left']:
    case wheels['wheel-right']:
      return has(rel, codes.REL_HWHEEL)
    default:
      return has(key, code)
  }
}
