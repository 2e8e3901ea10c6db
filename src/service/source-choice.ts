import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Device } from '../devices/device.ts'
import { listDevices } from '../devices/list.ts'
import { absentAdvice, findDevices, type Selection, selectSources } from '../devices/select.ts'
import { EvswitchError } from '../errors.ts'

/** A device that one guest has, whatever is active. */
export interface SourcePin {
  /** As `findDevices` reads it. */
  readonly device: string
  readonly target: string
}

/** Which devices are wanted. */
export interface SourceWishes {
  /** Names of devices as `findDevices` reads them; none = every real keyboard and mouse. */
  readonly names: readonly string[]
  /** Names of devices that stay with the host. Default: none. */
  readonly pinned?: readonly string[]
  /** Devices that are taken for one guest. Default: none. */
  readonly pins?: readonly SourcePin[]
  /** Whether a named device may come later, while another one is there. Default: false. */
  readonly waits?: boolean
  /** Whether all of them may come later. Default: false. */
  readonly mayBeNone?: boolean
}

/** Tells which of the devices that are there are those that somebody wishes. */
export class SourceChoice {
  readonly #wishes: Required<SourceWishes>
  readonly #root: string

  constructor(wishes: SourceWishes, root = '/') {
    this.#wishes = { pinned: [], pins: [], waits: false, mayBeNone: false, ...wishes }
    this.#root = root
  }

  /** Whether they were asked for by name: then what cannot be had is an error. */
  get isNamed(): boolean {
    return this.#wishes.names.length > 0
  }

  /** Of those that are there now. Throws what `selectSources` throws, and 'not-installed' without /dev/input. */
  select(): Selection {
    const { names, pins, waits } = this.#wishes
    if (!existsSync(join(this.#root, 'dev/input'))) throw noInputDevices()
    const { devices } = listDevices(this.#root)
    const missing = pins.filter((pin) => this.#devicesOf(pin, devices).length === 0)
    if (!waits) for (const { device } of missing) findDevices(devices, device, this.#root)
    const pinned = devices.filter((device) => this.pinOf(device, devices) !== undefined)
    const { sources, left, advice, ...rest } = selectSources(devices, names, this.#options(devices))
    return {
      sources: [...sources, ...pinned],
      left: left.filter(({ device }) => !pinned.includes(device)),
      ...rest,
      advice: [
        ...missing.map(({ device, target }) => {
          return absentAdvice(device, `it is given to ${target} when it comes`)
        }),
        ...advice,
      ],
    }
  }

  /** Whether a device that is there now is one of them. */
  wants(device: Device, among: readonly Device[]): boolean {
    const devices = among.filter(({ madeBy }) => madeBy !== 'evswitch')
    if (this.pinOf(device, devices) !== undefined) return true
    const { names } = this.#wishes
    const wishes = names.length === 0 ? [[]] : names.map((name) => [name])
    return wishes.some((one) => {
      try {
        const { sources } = selectSources(devices, one, this.#options(devices))
        return sources.some(({ sysPath }) => sysPath === device.sysPath)
      } catch {
        return false // a name that fits nothing, or too much, now
      }
    })
  }

  /** The guest that a device is pinned to. */
  pinOf({ sysPath }: Device, among: readonly Device[]): string | undefined {
    return this.#wishes.pins.find((pin) =>
      this.#devicesOf(pin, among).some((device) => device.sysPath === sysPath),
    )?.target
  }

  /** What is pinned, to whomever, is not one of the others. */
  #options(devices: readonly Device[]) {
    const { pinned, pins, waits, mayBeNone } = this.#wishes
    const there = pins.filter((pin) => this.#devicesOf(pin, devices).length > 0)
    return {
      root: this.#root,
      pinned: [...pinned, ...there.map(({ device }) => device)],
      waits,
      mayBeNone,
    }
  }

  #devicesOf({ device }: SourcePin, among: readonly Device[]): readonly Device[] {
    try {
      return findDevices(among, device, this.#root)
    } catch {
      return []
    }
  }
}

function noInputDevices(): EvswitchError {
  return new EvswitchError(
    'not-installed',
    '/dev/input is missing: this system has no evdev nodes',
    {
      remedy: 'load the kernel module (sudo modprobe evdev); a container must be given /dev/input',
    },
  )
}
