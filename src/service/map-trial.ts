import type { Device } from '../devices/device.ts'
import { codes } from '../engine/code-table.ts'
import { codeName, keyId } from '../engine/codes.ts'
import type { KeyMap } from '../engine/key-map.ts'
import { mapArguments } from '../engine/map-structs.ts'
import { hotkeyStruct, roleNumbers, targetConfig } from '../engine/native-structs.ts'
import { hostTargetName } from '../engine/target-name.ts'
import type { HostMode, Hotkey, Role } from '../engine/types.ts'
import { hostId, hostModes, sourceFlags } from '../native/abi.ts'
import type { Pointer, PointerOut } from '../native/library.ts'
import { type SimApi, type SimRecord, simApi, simDrivers } from '../native/sim.ts'
import { isGuest, type TargetWish } from './targets.ts'

export interface TrialOptions {
  readonly targets: readonly TargetWish[]
  readonly hotkeys: readonly Hotkey[]
  readonly hostMode: HostMode
  readonly needsHostNode: boolean
}

/** What a target would receive. */
export interface TrialLine {
  readonly target: string
  readonly text: string
}

const roles: readonly Role[] = ['keyboard', 'mouse']
const { KEYS, REPEATS, BUTTONS, MOTION } = sourceFlags

/**
 * The switching core on a model of the kernel, once for each target, which has the input there: what is typed is given to
 * all of them, and tells what each target would receive. No device is taken and no guest is needed.
 */
export class MapTrial {
  readonly #worlds: readonly TrialWorld[]

  constructor(options: TrialOptions, api: SimApi = simApi()) {
    const names = options.targets.map(({ name }) => name)
    const tried = options.hostMode === 'proxy' ? [hostTargetName, ...names] : names
    this.#worlds = tried.map((target) => new TrialWorld(api, options, target))
  }

  close(): void {
    for (const world of this.#worlds) world.close()
  }

  /** `classOf`: which class of the map a device is of. */
  setMap(map: KeyMap, classOf: (device: Device) => number): void {
    for (const world of this.#worlds) world.setMap(map, classOf)
  }

  departed(device: Device): void {
    for (const world of this.#worlds) world.unplug(device)
  }

  /** Gives an event to all of them. */
  event(device: Device, event: SimRecord): TrialLine[] {
    return this.#worlds.flatMap((world) => world.event(device, event))
  }

  /** Time passes, for macros and rates. */
  wait(ms: number): TrialLine[] {
    return this.#worlds.flatMap((world) => world.wait(ms))
  }
}

class TrialWorld {
  readonly #api: SimApi
  readonly #sim: Pointer
  readonly #target: string
  readonly #ids = new Map<string, number>([[hostTargetName, hostId]])
  readonly #sources = new Map<Device, number>()
  #classOf: (device: Device) => number = () => 0

  constructor(api: SimApi, options: TrialOptions, target: string) {
    const { targets, hotkeys, hostMode, needsHostNode } = options
    const out: PointerOut = [null]
    api.create(hostMode === 'proxy' ? hostModes.PROXY : hostModes.RELEASE, out)
    if (out[0] === null) throw new Error('no memory')
    this.#api = api
    this.#sim = out[0]
    this.#target = target
    if (hostMode === 'proxy' || needsHostNode) {
      api.addTarget(this.#sim, targetConfig({ name: hostTargetName }), 1, 1)
    }
    for (const target of targets) {
      const { name, repeat, maxRate = 0 } = target
      const profile = isGuest(target) ? (target.profile ?? 'input-linux') : 'host'
      const id = api.addTarget(this.#sim, targetConfig({ name, repeat, profile, maxRate }), 1, 1)
      this.#ids.set(name, id)
      for (const role of roles) api.consume(this.#sim, id, roleNumbers[role], 1)
    }
    const structs = hotkeys.map((hotkey) => hotkeyStruct(hotkey, (name) => this.#id(name)))
    api.setHotkeys(this.#sim, structs, structs.length)
    this.#back()
  }

  close(): void {
    this.#api.destroy(this.#sim)
  }

  setMap(map: KeyMap, classOf: (device: Device) => number): void {
    this.#classOf = classOf
    this.#api.setMap(this.#sim, ...mapArguments(map, (name) => this.#id(name)))
    for (const [device, source] of this.#sources) {
      this.#api.classify(this.#sim, source, classOf(device))
    }
  }

  unplug(device: Device): void {
    const source = this.#sources.get(device)
    if (source !== undefined) this.#api.unplug(this.#sim, source)
    this.#sources.delete(device)
  }

  event(device: Device, { type, code, value }: SimRecord): TrialLine[] {
    const source = this.#source(device)
    if (type === codes.EV_REL) this.#api.move(this.#sim, source, code, value)
    else if (type === codes.EV_KEY && value === 2) this.#api.tick(this.#sim, source)
    else if (type === codes.EV_KEY) this.#api.finger(this.#sim, source, code, value)
    this.#flow()
    return this.#seen()
  }

  wait(ms: number): TrialLine[] {
    this.#api.wait(this.#sim, Math.round(ms * 1000))
    return this.#seen()
  }

  #id(name: string): number {
    return this.#ids.get(name) ?? hostId
  }

  #source(device: Device): number {
    const known = this.#sources.get(device)
    if (known !== undefined) return known
    const flags = KEYS | REPEATS | BUTTONS | MOTION
    const source = this.#api.plug(this.#sim, flags, simDrivers.USB)
    this.#sources.set(device, source)
    this.#api.classify(this.#sim, source, this.#classOf(device))
    return source
  }

  #flow(): void {
    do this.#api.step(this.#sim)
    while (this.#api.ungrabReturns(this.#sim) !== 0)
  }

  #back(): void {
    this.#api.switchTo(this.#sim, this.#id(this.#target))
    this.#flow()
  }

  #seen(): TrialLine[] {
    const lines = [...this.#ids].flatMap(([name, id]) =>
      roles.flatMap((role) =>
        framesText(this.#api.readNode(this.#sim, id, roleNumbers[role])).map((text) => ({
          target: this.#target === name ? name : `${this.#target} active: ${name}`,
          text,
        })),
      ),
    )
    const active = this.#api.active(this.#sim)
    if (active === this.#id(this.#target)) return lines
    const name = [...this.#ids].find(([, id]) => id === active)?.[0] ?? ''
    this.#back()
    // What the switch back does is nobody's wish.
    for (const id of this.#ids.values()) {
      for (const role of roles) this.#api.readNode(this.#sim, id, roleNumbers[role])
    }
    return [...lines, { target: this.#target, text: `switches to ${name}` }]
  }
}

const keyStates = ['up', 'down', 'again']

/** A frame in words each: 'leftctrl down + c down'. Motion has its own line. */
function framesText(records: readonly SimRecord[]): string[] {
  const frames: string[] = []
  let events: string[] = []
  for (const { type, code, value } of records) {
    if (type === codes.EV_KEY) events.push(`${keyId(code)} ${keyStates[value] ?? value}`)
    else if (type === codes.EV_REL) {
      events.push(`${codeName(type, code).replace('REL_', '').toLowerCase()} ${value}`)
    } else if (type === codes.EV_SYN && events.length > 0) {
      frames.push(events.join(' + '))
      events = []
    }
  }
  return frames
}
