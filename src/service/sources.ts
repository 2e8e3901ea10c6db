import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DescriptionMemory } from '../devices/description-memory.ts'
import type { Device } from '../devices/device.ts'
import { engineEar } from '../devices/engine-ear.ts'
import { listDevices } from '../devices/list.ts'
import {
  absentAdvice,
  type Selection,
  type SelectOptions,
  selectSources,
} from '../devices/select.ts'
import { deviceBusyError, usersOf } from '../devices/users.ts'
import { type DeviceChange, deviceChanges, type Ear } from '../devices/watch.ts'
import type { Engine, Source, SourceErrorEvent } from '../engine/types.ts'
import { EvswitchError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Clones } from './clones.ts'
import { isGrabbedElsewhere } from './grab-check.ts'
import type { Maps } from './maps.ts'
import type { Notice, Started } from './notice.ts'

export interface SourcesOptions {
  readonly engine: Engine
  /** Names of devices as `findDevices` reads them; none = every real keyboard and mouse. */
  readonly names: readonly string[]
  /** Names of devices that stay with the host. Default: none. */
  readonly pinned?: readonly string[]
  /** Whether a named device may come later, while another one is there. Default: false. */
  readonly waits?: boolean
  /** Whether all of them may come later. Default: false. */
  readonly mayBeNone?: boolean
  /** Devices that are cloned instead. */
  readonly clones?: Clones
  /** Keys of theirs that shall be others. */
  readonly maps?: Maps | undefined
  readonly log: Logger
  readonly report: (notice: Notice) => void
  /** Stands before /dev, /sys, /run and /proc. */
  readonly root?: string
  /** Whether another program holds a device's grab. */
  readonly isGrabbed?: (device: Device) => boolean | undefined
  /** How often a device that another program holds is looked at again. Default: 1,000. */
  readonly busyRetryMs?: number
}

interface Failure {
  readonly device: Device
  readonly error: EvswitchError
}

/** The devices that are read: those that were there at the start, and those that come. */
export class Sources {
  readonly #engine: Engine
  readonly #names: readonly string[]
  readonly #selectOptions: Required<SelectOptions>
  readonly #clones: Clones | undefined
  readonly #maps: Maps | undefined
  readonly #log: Logger
  readonly #report: (notice: Notice) => void
  readonly #devices = new Map<Source, Device>()
  /** By /sys path, which belongs to one device for as long as the machine runs: taken, or refused for good. */
  readonly #known = new Set<string>()
  /** Another program has them; by /sys path. */
  readonly #busy = new Map<string, Device>()
  /** Could not be grabbed; said once, until they can. */
  readonly #refused = new Set<Source>()
  readonly #isGrabbed: (device: Device) => boolean | undefined
  readonly #busyRetryMs: number
  readonly #ear: Ear
  readonly #root: string
  readonly #memory: DescriptionMemory

  constructor(options: SourcesOptions) {
    const { engine, names, clones, log, report, root = '/', busyRetryMs = 1000 } = options
    this.#engine = engine
    this.#clones = clones
    this.#maps = options.maps
    this.#names = names
    const { pinned = [], waits = false, mayBeNone = false } = options
    this.#selectOptions = { root, pinned, waits, mayBeNone }
    this.#log = log
    this.#report = report
    this.#root = root
    this.#isGrabbed = options.isGrabbed ?? ((device) => isGrabbedElsewhere(device, root))
    this.#busyRetryMs = busyRetryMs
    this.#memory = new DescriptionMemory(root)
    this.#ear = engineEar(engine)
    engine.events.on('source-gone', (event) => this.#departed(event))
    engine.events.on('grab-failed', (event) => this.#notGrabbed(event))
    engine.events.on('grabbed', ({ source }) => this.#refused.delete(source))
  }

  /**
   * Chooses the devices and opens them; nothing is grabbed. Throws what `selectSources` throws, and what
   * stands in the way of a device that was named, or of the last keyboard.
   */
  open(): Omit<Started, 'guests'> {
    const cloned = this.#clones?.choose() ?? []
    for (const device of cloned) this.#open(device)
    const isCloned = (device: Device) => this.#clones?.wants(device) === true
    const selection = select(this.#names, this.#selectOptions)
    const opened: Device[] = []
    const failures: Failure[] = []
    for (const device of selection.sources.filter((one) => !isCloned(one))) {
      try {
        this.#open(device)
        opened.push(device)
      } catch (error) {
        if (!(error instanceof EvswitchError) || this.#names.length > 0) throw error
        failures.push({ device, error })
      }
    }
    checkWorthwhile(opened, failures)
    return {
      devices: opened,
      cloned,
      left: [...selection.left.filter(({ device }) => !isCloned(device)), ...failures.map(leftOut)],
      takesLastKeyboard: selection.takesLastKeyboard,
      takesLastMouse: selection.takesLastMouse,
      advice: [
        ...(this.#clones?.awaited ?? []).map((name) =>
          absentAdvice(name, 'it is cloned when it comes'),
        ),
        ...selection.advice,
      ],
    }
  }

  /** Hands what was opened to the engine; what is cloned waits until the guests are there. */
  async addAll(signal: AbortSignal): Promise<void> {
    const added = [...this.#devices].map(([source, device]) => this.#add(device, source, signal))
    const results = await Promise.allSettled(added)
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  /** Closes what the engine was not given. */
  close(): void {
    for (const source of this.#devices.keys()) source.close()
  }

  /** Takes devices that come, until the signal. */
  async follow(signal: AbortSignal): Promise<void> {
    const options = { signal, ear: this.#ear, memory: this.#memory, root: this.#root }
    const timer = setInterval(() => this.#tryBusy(signal), this.#busyRetryMs)
    let listed = false
    try {
      for await (const change of deviceChanges(options)) {
        if (change.kind === 'listed') listed = true
        else if (change.kind === 'waiting' && !listed) continue
        else await this.#changed(change, signal)
      }
    } finally {
      clearInterval(timer)
    }
  }

  async #changed(change: Exclude<DeviceChange, { kind: 'listed' }>, signal: AbortSignal) {
    switch (change.kind) {
      case 'arrival': {
        const { device, among } = change
        this.#clones?.meet(device, among)
        if (this.#known.has(device.sysPath) || !this.#isWanted(device, among)) return
        await this.#take(device, signal)
        break
      }
      case 'waiting':
        this.#waiting(change.node, change.reason)
        break
      case 'departure':
        // The engine tells the end of what it read, at once.
        this.#known.delete(change.device.sysPath)
        this.#busy.delete(change.device.sysPath)
        break
    }
  }

  /** Takes those that the other program has given back. */
  #tryBusy(signal: AbortSignal): void {
    for (const [sysPath, device] of this.#busy) {
      if (this.#isGrabbed(device) === true) continue
      this.#busy.delete(sysPath)
      this.#take(device, signal).catch((error: unknown) => this.#log.error(error))
    }
  }

  #open(device: Device): Source {
    const source = this.#engine.openSource(device.node, {
      everything: this.#clones?.wants(device) === true,
      mapClass: this.#maps?.classOf(device) ?? 0,
    })
    // Asked while it is open: with the last descriptor a driver stops its device, and loses what is done meanwhile.
    if (this.#isGrabbed(device) === true) {
      source.close()
      this.#known.add(device.sysPath)
      this.#busy.set(device.sysPath, device)
      throw deviceBusyError(device.node, usersOf([device], { root: this.#root }))
    }
    this.#maps?.opened(source, device)
    this.#known.add(device.sysPath)
    this.#devices.set(source, device)
    if (source.info.readOnly) {
      this.#report({
        kind: 'warning',
        text: `${device.node} can be read but not written: keys held at a switch may stay down on the host`,
        remedy: 'give evswitch the right to write it, or run it with sudo',
      })
    }
    return source
  }

  async #take(device: Device, signal: AbortSignal): Promise<void> {
    try {
      await this.#add(device, this.#open(device), signal)
      this.#report({ kind: 'device-arrived', device })
    } catch (error) {
      if (!(error instanceof EvswitchError)) throw error
      if (signal.aborted || error.code === 'device-gone') return
      this.#report({ kind: 'device-failed', device, error })
    }
  }

  async #add(device: Device, source: Source, signal: AbortSignal): Promise<void> {
    try {
      if (this.#clones?.wants(device) === true) await this.#clones.add(device, source, signal)
      else {
        await this.#maps?.set()
        await this.#engine.addSource(source)
      }
    } catch (error) {
      this.#devices.delete(source)
      throw error
    }
  }

  #departed({ source, error }: SourceErrorEvent): void {
    const device = this.#devices.get(source)
    if (device === undefined) return
    this.#devices.delete(source)
    this.#refused.delete(source)
    this.#known.delete(device.sysPath)
    this.#log.debug({ node: device.node, error }, 'device is gone')
    this.#report({ kind: 'device-departed', device })
  }

  #notGrabbed({ source, error: errno }: SourceErrorEvent): void {
    const device = this.#devices.get(source)
    if (device === undefined || this.#refused.has(source)) return
    this.#refused.add(source)
    const error =
      errno === 'EBUSY'
        ? deviceBusyError(device.node, usersOf([device], { root: this.#root }))
        : new EvswitchError('unexpected', `cannot grab ${device.node}: ${errno}`)
    this.#report({ kind: 'device-failed', device, error })
  }

  #waiting(node: string, reason: string): void {
    const { devices } = listDevices(this.#root, this.#memory)
    const device = devices.find((candidate) => candidate.node === node)
    if (device !== undefined && this.#isWanted(device, devices)) {
      this.#report({ kind: 'device-waiting', node, reason })
    }
  }

  /** Whether a device that is there now is one of those that this session takes. */
  #isWanted(device: Device, among: readonly Device[]): boolean {
    if (this.#clones?.wants(device) === true) return true
    const devices = among.filter(({ madeBy }) => madeBy !== 'evswitch')
    const wishes = this.#names.length === 0 ? [[]] : this.#names.map((name) => [name])
    return wishes.some((names) => {
      try {
        const { sources } = selectSources(devices, names, this.#selectOptions)
        return sources.some(({ sysPath }) => sysPath === device.sysPath)
      } catch {
        return false // a name that fits nothing, or too much, now
      }
    })
  }
}

function select(names: readonly string[], options: Required<SelectOptions>): Selection {
  const { root } = options
  if (!existsSync(join(root, 'dev/input'))) {
    throw new EvswitchError(
      'not-installed',
      '/dev/input is missing: this system has no evdev nodes',
      {
        remedy:
          'load the kernel module (sudo modprobe evdev); a container must be given /dev/input',
      },
    )
  }
  return selectSources(listDevices(root).devices, names, options)
}

/** Without any keyboard nobody could switch, so what stood in its way is an error. */
function checkWorthwhile(opened: readonly Device[], failures: readonly Failure[]): void {
  const isKeyboard = ({ kind }: Device) => kind === 'keyboard'
  const lastKeyboard = opened.some(isKeyboard)
    ? undefined
    : failures.find(({ device }) => isKeyboard(device))
  const first = lastKeyboard ?? (opened.length === 0 ? failures[0] : undefined)
  if (first !== undefined) throw first.error
}

function leftOut({ device, error }: Failure): Started['left'][number] {
  const reasons: Partial<Record<EvswitchError['code'], string>> = {
    'no-permission': 'no permission',
    'device-busy': 'another program has it',
    'device-gone': 'it went away',
  }
  return { device, reason: reasons[error.code] ?? 'it cannot be opened' }
}
