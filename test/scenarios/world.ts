import { compileMap } from '../../src/config/compile-map.ts'
import { decodeConfig } from '../../src/config/decode.ts'
import { codeLimits } from '../../src/engine/code-table.ts'
import { mapArguments } from '../../src/engine/map-structs.ts'
import { hotkeyStruct, roleNumbers, targetConfig } from '../../src/engine/native-structs.ts'
import type { Hotkey, Role, TargetOptions } from '../../src/engine/types.ts'
import { eventKinds, hostId, hostModes, none, reasons } from '../../src/native/abi.ts'
import type { Pointer, PointerOut } from '../../src/native/library.ts'
import { decodeEvent, type EventRecord, eventSize } from '../../src/native/records.ts'
import { type SimApi, simApi } from '../../src/native/sim.ts'
import { framesOf } from './frames.ts'

export interface Device {
  readonly name: string
  readonly flags: number
  readonly driver: number
  /** Its id while it is plugged in, otherwise `none`. */
  source: number
  /** Its id, or the last one that it had. */
  lastSource: number
}

const roles: readonly Role[] = ['keyboard', 'mouse']

const longestMacroMs = 20_000

/**
 * The simulation with names, and with time that passes by itself: after each deed the engine reads what there
 * is and ungrabs end, unless a scenario holds them up.
 */
export class World {
  engineIsBusy = false
  ungrabsAreSlow = false
  readonly #api: SimApi
  readonly #sim: Pointer
  readonly #isProxied: boolean
  readonly #devices = new Map<string, Device>()
  readonly #targets = new Map<string, number>([['host', hostId]])
  readonly #targetOptions: TargetOptions[] = []
  readonly #hotkeys: Hotkey[] = []
  /** Lines of a configuration, and the class of each device that one names. */
  readonly #mapLines: string[] = []
  readonly #classes = new Map<string, number>()

  constructor(isProxied: boolean, api: SimApi = simApi()) {
    this.#api = api
    const out: PointerOut = [null]
    this.#api.create(isProxied ? hostModes.PROXY : hostModes.RELEASE, out)
    if (out[0] === null) throw new Error('no memory')
    this.#sim = out[0]
    this.#isProxied = isProxied
    if (isProxied) this.#addNodes({ name: 'host' }, roles)
  }

  close(): void {
    this.#api.destroy(this.#sim)
  }

  // ---- names

  device(name: string): Device {
    const device = this.#devices.get(name)
    if (device === undefined) throw new Error(`no device is called ${name}`)
    return device
  }

  isDevice(name: string): boolean {
    return this.#devices.has(name)
  }

  target(name: string): number {
    const target = this.#targets.get(name)
    if (target === undefined) throw new Error(`no target is called ${name}`)
    return target
  }

  isTarget(name: string): boolean {
    return this.#targets.has(name)
  }

  // ---- the stage

  addDevice(name: string, flags: number, driver: number): void {
    if (this.isDevice(name) || this.isTarget(name)) throw new Error(`${name} is there already`)
    const source = this.#api.plug(this.#sim, flags, driver)
    this.#devices.set(name, { name, flags, driver, source, lastSource: source })
    this.#flow()
  }

  addTarget(options: TargetOptions, nodes: readonly Role[]): void {
    const { name } = options
    if (this.isDevice(name) || this.isTarget(name)) throw new Error(`${name} is there already`)
    this.#targets.set(name, this.#addNodes(options, nodes))
    this.#targetOptions.push(options)
  }

  /** Keys of the host while a guest has the input, although it reads the devices itself. */
  addHostNodes(): void {
    this.#addNodes({ name: 'host' }, roles)
  }

  /** Adds a `[[map]]` of one line to the configuration, which is set anew. */
  addMap(line: string, device: string | undefined, target: string | undefined): void {
    if (device !== undefined) this.device(device)
    this.#mapLines.push(
      '[[map]]',
      ...(device === undefined ? [] : [`device = "${device}"`]),
      ...(target === undefined ? [] : [`target = "${target}"`]),
      line,
    )
    this.#setMap()
  }

  clearMap(): void {
    this.#mapLines.length = 0
    this.#setMap()
  }

  #setMap(): void {
    const targets = this.#targetOptions.flatMap(({ name }) => ['[[target]]', `name = "${name}"`])
    const host = ['[host]', `mode = "${this.#isProxied ? 'proxy' : 'release'}"`]
    const { config, diagnostics } = decodeConfig(
      [...targets, ...this.#mapLines, ...host].join('\n'),
    )
    if (config === undefined) throw new Error(diagnostics.map(({ message }) => message).join(', '))
    const named = [...new Set(config.map.flatMap(({ device }) => device.value ?? []))]
    const classes = named.map((name) =>
      config.map.flatMap(({ device }, index) => (device.value === name ? [index] : [])),
    )
    const map = compileMap(config, [[], ...classes])
    const result = this.#api.setMap(this.#sim, ...mapArguments(map, (name) => this.target(name)))
    if (result < 0) throw new Error('the map was refused')
    this.#classes.clear()
    for (const [index, name] of named.entries()) this.#classes.set(name, index + 1)
    for (const device of this.#devices.values()) this.#classify(device)
  }

  #classify({ name, source }: Device): void {
    this.#api.classify(this.#sim, source, this.#classes.get(name) ?? 0)
  }

  wait(ms: number): void {
    this.#do((api, sim) => api.wait(sim, Math.round(ms * 1000)))
  }

  addHotkey(hotkey: Hotkey): void {
    this.#hotkeys.push(hotkey)
    const structs = this.#hotkeys.map((each) => hotkeyStruct(each, (name) => this.target(name)))
    const result = this.#api.setHotkeys(this.#sim, structs, structs.length)
    if (result < 0) throw new Error('the hotkeys were refused')
  }

  #addNodes(options: TargetOptions, nodes: readonly Role[]): number {
    const has = (role: Role) => (nodes.includes(role) ? 1 : 0)
    const config = targetConfig(options)
    const id = this.#api.addTarget(this.#sim, config, has('keyboard'), has('mouse'))
    if (id < 0) throw new Error(`the target ${options.name} was refused`)
    return id
  }

  // ---- deeds

  finger(device: Device, code: number, isDown: boolean): void {
    this.#do((api, sim) => api.finger(sim, device.source, code, isDown ? 1 : 0))
  }

  tick(device: Device): void {
    this.#do((api, sim) => api.tick(sim, device.source))
  }

  move(device: Device, code: number, value: number): void {
    this.#do((api, sim) => api.move(sim, device.source, code, value))
  }

  overrun(device: Device): void {
    this.#do((api, sim) => api.overrun(sim, device.source))
  }

  unplug(device: Device): void {
    this.#do((api, sim) => {
      api.unplug(sim, device.source)
      device.source = none
    })
  }

  plugIn(device: Device): void {
    this.#do((api, sim) => {
      device.source = api.plug(sim, device.flags, device.driver)
      device.lastSource = device.source
      this.#classify(device)
    })
  }

  remove(device: Device): void {
    this.#do((api, sim) => api.remove(sim, device.source))
  }

  /** The finger moves between two of the engine's system calls, `calls` from now. */
  fingerLater(calls: number, device: Device, code: number, isDown: boolean): void {
    this.#api.arm(this.#sim, calls, device.source, code, isDown ? 1 : 0)
  }

  switchTo(target: number): number {
    return this.#do((api, sim) => api.switchTo(sim, target))
  }

  switchBy(isForward: boolean): number {
    return this.#do((api, sim) => api.switchBy(sim, isForward ? 1 : 0))
  }

  pin(device: Device, target: number | undefined): void {
    const result = this.#do((api, sim) => api.pin(sim, device.source, target ?? none))
    if (result < 0) throw new Error('it was refused')
  }

  removeTarget(name: string): number {
    const id = this.target(name)
    const result = this.#do((api, sim) => api.removeTarget(sim, id))
    if (result >= 0) this.#targets.delete(name)
    return result
  }

  updateTarget(options: TargetOptions): void {
    const id = this.target(options.name)
    const result = this.#do((api, sim) => api.updateTarget(sim, id, targetConfig(options)))
    if (result < 0) throw new Error('it was refused')
  }

  /** One step: how many keys are left for others, or -errno. */
  repairTarget(target: number): number {
    return this.#do((api, sim) => api.repairTarget(sim, target))
  }

  setIndicator(isOn: boolean): void {
    this.#do((api, sim) => api.setIndicator(sim, isOn ? 1 : 0))
  }

  sleep(): void {
    this.#do((api, sim) => api.sleep(sim))
  }

  restart(): void {
    this.#do((api, sim) => api.restart(sim))
  }

  panic(): void {
    this.#do((api, sim) => api.panic(sim))
  }

  stop(): void {
    this.#do((api, sim) => api.stop(sim))
  }

  askPresence(): void {
    this.#do((api, sim) => api.askPresence(sim))
  }

  consume(target: number, role: Role, isOn: boolean): void {
    this.#do((api, sim) => api.consume(sim, target, roleNumbers[role], isOn ? 1 : 0))
  }

  consumerLed(target: number, code: number, isLit: boolean): void {
    this.#do((api, sim) => api.consumerLed(sim, target, code, isLit ? 1 : 0))
  }

  hostLed(device: Device, code: number, isLit: boolean): void {
    this.#do((api, sim) => api.hostLed(sim, device.source, code, isLit ? 1 : 0))
  }

  read(device: Device, events: number): void {
    this.#api.read(this.#sim, device.source, events)
  }

  ungrabTakesEffect(): boolean {
    return this.#api.ungrabTakesEffect(this.#sim) !== 0
  }

  ungrabReturns(): boolean {
    return this.#do((api, sim) => api.ungrabReturns(sim)) !== 0
  }

  #do<Result>(deed: (api: SimApi, sim: Pointer) => Result): Result {
    const result = deed(this.#api, this.#sim)
    this.#flow()
    return result
  }

  /** Goes on after a scenario held something up. */
  flow(): void {
    this.#flow()
  }

  #flow(): void {
    do {
      if (!this.engineIsBusy) this.#api.step(this.#sim)
    } while (!this.ungrabsAreSlow && this.#api.ungrabReturns(this.#sim) !== 0)
  }

  // ---- looks

  /** What a target's nodes received since the last look. */
  seenBy(target: number): Record<Role, string[]> {
    const [keyboard = [], mouse = []] = roles.map((role) =>
      framesOf(this.#api.readNode(this.#sim, target, roleNumbers[role])),
    )
    return { keyboard, mouse }
  }

  /** What the host read of a device since the last look. */
  seenByHost(device: Device): string[] {
    return framesOf(this.#api.readHost(this.#sim, device.source))
  }

  active(): string {
    return this.#targetName(this.activeId())
  }

  activeId(): number {
    return this.#api.active(this.#sim)
  }

  isGrabbed(device: Device): boolean {
    return this.#api.isGrabbed(this.#sim, device.source) !== 0
  }

  lamps(device: Device): number {
    return this.#api.lamps(this.#sim, device.source)
  }

  /** What nobody has looked at yet, in words. */
  unseen(): string[] {
    const byNodes = [...this.#targets].flatMap(([name, id]) =>
      Object.values(this.seenBy(id)).flatMap((frames) => seenText(name, frames)),
    )
    const byHost = [...this.#devices.values()].flatMap((device) =>
      seenText('host', this.seenByHost(device), `${device.name} `),
    )
    return [...byNodes, ...byHost]
  }

  brokenRule(): string | undefined {
    return this.#api.brokenRule(this.#sim)
  }

  /** Every finger goes up, and the engine stops: nothing may be pressed or grabbed after that. */
  end(): void {
    this.engineIsBusy = this.ungrabsAreSlow = false
    for (const device of this.#devices.values()) {
      for (let code = 1; code <= codeLimits.KEY_MAX; code++) {
        this.#api.finger(this.#sim, device.source, code, 0)
      }
    }
    this.#flow()
    this.wait(longestMacroMs)
    this.stop()
  }

  /** The records for the service since the last time, in words. */
  heard(): string[] {
    const records: string[] = []
    for (const buffer = Buffer.alloc(eventSize); ; ) {
      if (this.#api.nextEvent(this.#sim, buffer) === 0) return records
      records.push(this.#recordText(decodeEvent(buffer)))
    }
  }

  #recordText({ kind, source, target, previous, reason, value }: EventRecord): string {
    const device = this.#deviceName(source)
    switch (kind) {
      case eventKinds.SWITCHED:
        return `switched to ${this.#targetName(target)} by ${reasonText(reason)}`
      case eventKinds.REFUSED:
        return `refused ${this.#targetName(target)}`
      case eventKinds.SOURCE_GONE:
        return `${device} is gone`
      case eventKinds.GRABBED:
        return `${device} is grabbed`
      case eventKinds.UNGRABBED:
        return `${device} is ungrabbed`
      case eventKinds.GRAB_FAILED:
        return `${device} could not be grabbed`
      case eventKinds.CONSUMER:
        return `${this.#targetName(target)} ${value ? 'opened' : 'closed'} its ${roles[previous]}`
      case eventKinds.RESYNC:
        return `${device} was read anew`
      case eventKinds.PANIC:
        return 'panic'
      case eventKinds.LOCKED:
        return value ? 'locked' : 'unlocked'
      case eventKinds.HOOK:
        return `hook ${value}`
      case eventKinds.RESUMED:
        return 'resumed'
      default:
        return `record ${kind}`
    }
  }

  #targetName(id: number): string {
    return [...this.#targets].find(([, target]) => target === id)?.[0] ?? `target ${id}`
  }

  #deviceName(source: number): string {
    if (source === none) return 'no device'
    const devices = [...this.#devices.values()]
    const device =
      devices.find((each) => each.source === source) ??
      devices.find((each) => each.lastSource === source)
    return device?.name ?? `device ${source}`
  }

  get isProxied(): boolean {
    return this.#isProxied
  }

  get deviceNames(): string[] {
    return [...this.#devices.keys()]
  }
}

function seenText(who: string, frames: readonly string[], what = ''): string[] {
  return frames.length > 0 ? [`${who} saw ${what}${frames.join(', ')}`] : []
}

function reasonText(reason: number): string {
  const name = Object.entries(reasons).find(([, number]) => number === reason)?.[0] ?? ''
  return name.toLowerCase().replaceAll('_', ' ')
}
