import { DescriptionMemory } from '../devices/description-memory.ts'
import type { Device } from '../devices/device.ts'
import { engineEar } from '../devices/engine-ear.ts'
import { listDevices } from '../devices/list.ts'
import { absentAdvice, type Selection } from '../devices/select.ts'
import { deviceBusyError, usersOf } from '../devices/users.ts'
import { type DeviceChange, deviceChanges, type Ear } from '../devices/watch.ts'
import type { Engine, Source, SourceErrorEvent } from '../engine/types.ts'
import { EvswitchError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Clones } from './clones.ts'
import { isGrabbedElsewhere } from './grab-check.ts'
import type { Maps } from './maps.ts'
import type { Notice, OpenedDevices, Started } from './notice.ts'
import { SourceChoice, type SourceWishes } from './source-choice.ts'

export interface SourcesOptions extends SourceWishes {
  readonly engine: Engine
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
  #choice: SourceChoice
  readonly #clones: Clones | undefined
  readonly #maps: Maps | undefined
  readonly #log: Logger
  readonly #report: (notice: Notice) => void
  readonly #devices = new Map<Source, Device>()
  /** The guests that some of them are pinned to. */
  readonly #pins = new Map<Source, string>()
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
  /** Runs while another program has a device; nobody is woken otherwise. */
  #busyTimer: NodeJS.Timeout | undefined
  /** Ends the watch for devices that come; undefined before and after it. */
  #following: AbortSignal | undefined
  /** Settles when all changes that were begun are done: one at a time. */
  #changing: Promise<unknown> = Promise.resolve()

  constructor(options: SourcesOptions) {
    const { engine, clones, log, report, root = '/', busyRetryMs = 1000 } = options
    this.#engine = engine
    this.#clones = clones
    this.#maps = options.maps
    this.#choice = new SourceChoice(options, root)
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
  open(): OpenedDevices {
    const cloned = this.#clones?.choose() ?? []
    for (const device of cloned) this.#open(device)
    const isCloned = (device: Device) => this.#clones?.wants(device) === true
    const selection = this.#choice.select()
    const opened: Device[] = []
    const failures: Failure[] = []
    for (const device of selection.sources.filter((one) => !isCloned(one))) {
      try {
        this.#open(device)
        opened.push(device)
      } catch (error) {
        if (!(error instanceof EvswitchError) || this.#choice.isNamed) throw error
        failures.push({ device, error })
      }
    }
    checkWorthwhile(opened, failures)
    return this.#startedOf(selection, { devices: opened, cloned, failures })
  }

  #startedOf(
    selection: Selection,
    { devices, cloned, failures }: Pick<Started, 'devices' | 'cloned'> & { failures: Failure[] },
  ): OpenedDevices {
    const isCloned = (device: Device) => this.#clones?.wants(device) === true
    return {
      devices,
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

  /** The devices that are read, whatever they are read for. */
  get devices(): readonly Device[] {
    return [...this.#devices.values()]
  }

  /** Throws what `open` would throw for other wishes that leave nothing to take; changes nothing. */
  check(wishes: SourceWishes): void {
    new SourceChoice(wishes, this.#root).select()
  }

  /**
   * Lets go of what is no longer wanted, and takes what is wanted now; what stays is not touched. A device that
   * cannot be taken is told as one that comes later is.
   */
  async reselect(wishes: SourceWishes, signal: AbortSignal): Promise<OpenedDevices> {
    return await this.#inOrder(async () => {
      this.#choice = new SourceChoice(wishes, this.#root)
      const selection = this.#choice.select()
      const isCloned = (device: Device) => this.#clones?.wants(device) === true
      const wanted = selection.sources.filter((device) => !isCloned(device))
      await this.#letGo((device) => {
        return isCloned(device) || wanted.some(({ sysPath }) => sysPath === device.sysPath)
      })
      for (const device of wanted) {
        if (!this.#known.has(device.sysPath)) await this.#take(device, signal)
      }
      for (const [source, device] of this.#devices) await this.#pin(source, device)
      return this.#startedOf(selection, {
        devices: this.devices.filter((device) => !isCloned(device)),
        cloned: this.devices.filter(isCloned),
        failures: [],
      })
    })
  }

  /** Gives back what is read, and forgets what another program has, unless somebody wants it. */
  async #letGo(isWanted: (device: Device) => boolean): Promise<void> {
    for (const [sysPath, device] of this.#busy) {
      if (isWanted(device)) continue
      this.#busy.delete(sysPath)
      this.#known.delete(sysPath)
    }
    for (const [source, device] of this.#devices) {
      if (isWanted(device)) continue
      this.#forget(source, device)
      await this.#engine.removeSource(source)
      this.#report({ kind: 'device-departed', device })
    }
  }

  /** Sees to it that a device is pinned as it is wished now. */
  async #pin(source: Source, device: Device): Promise<void> {
    const pin = this.#pinOf(device)
    if (pin === this.#pins.get(source)) return
    await this.#engine.pinSource(source, pin)
    if (pin === undefined) this.#pins.delete(source)
    else this.#pins.set(source, pin)
  }

  #pinOf(device: Device): string | undefined {
    const { devices } = listDevices(this.#root, this.#memory)
    return this.#choice.pinOf(device, devices)
  }

  #forget(source: Source, device: Device): void {
    this.#devices.delete(source)
    this.#pins.delete(source)
    this.#refused.delete(source)
    this.#known.delete(device.sysPath)
  }

  /** Closes what the engine was not given. */
  close(): void {
    for (const source of this.#devices.keys()) source.close()
  }

  /** Takes devices that come, until the signal. */
  async follow(signal: AbortSignal): Promise<void> {
    const options = { signal, ear: this.#ear, memory: this.#memory, root: this.#root }
    this.#following = signal
    this.#watchBusy()
    let listed = false
    try {
      for await (const change of deviceChanges(options)) {
        if (change.kind === 'listed') listed = true
        else if (change.kind === 'waiting' && !listed) continue
        else await this.#inOrder(() => this.#changed(change, signal))
      }
    } finally {
      clearInterval(this.#busyTimer)
      this.#following = undefined
    }
  }

  /** Devices that come and wishes that change do not get in each other's way. */
  async #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#changing.then(work)
    this.#changing = done.catch(() => {})
    return await done
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

  #watchBusy(): void {
    if (this.#following === undefined || this.#busy.size === 0) return
    this.#busyTimer ??= setInterval(() => this.#tryBusy(), this.#busyRetryMs)
  }

  /** Takes those that the other program has given back. */
  #tryBusy(): void {
    const signal = this.#following
    for (const [sysPath, device] of this.#busy) {
      if (signal === undefined || this.#isGrabbed(device) === true) continue
      this.#busy.delete(sysPath)
      this.#inOrder(() => this.#take(device, signal)).catch((error: unknown) => {
        this.#log.error(error)
      })
    }
    if (this.#busy.size > 0) return
    clearInterval(this.#busyTimer)
    this.#busyTimer = undefined
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
      this.#watchBusy()
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
        const pin = this.#pinOf(device)
        if (pin !== undefined) this.#pins.set(source, pin)
        await this.#engine.addSource(source, { pin })
      }
    } catch (error) {
      this.#devices.delete(source)
      this.#pins.delete(source)
      throw error
    }
  }

  #departed({ source, error }: SourceErrorEvent): void {
    const device = this.#devices.get(source)
    if (device === undefined) return
    this.#forget(source, device)
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
    return this.#clones?.wants(device) === true || this.#choice.wants(device, among)
  }
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
