import type { Device } from '../devices/device.ts'
import { ensureLink, type LinkOutcome, removeLink } from '../devices/links-fallback.ts'
import { listDevices } from '../devices/list.ts'
import { findDevices } from '../devices/select.ts'
import { isSameDevice } from '../engine/description.ts'
import { type NodeRole, nodeLinkName } from '../engine/target-name.ts'
import type { Clone, Description, Engine, Source } from '../engine/types.ts'
import { EvswitchError } from '../errors.ts'
import type { Logger } from '../log.ts'
import { limits } from '../native/abi.ts'
import type { GuestClone, Notice } from './notice.ts'
import type { Teardown } from './teardown.ts'

/** udev makes its links within milliseconds where our rules are installed. */
const linkTimeoutMs = 1000

/** A device that guests are to be given a clone of. */
export interface CloneWish {
  /** As `findDevices` reads it. */
  readonly device: string
  /** Undefined for every guest. */
  readonly target: string | undefined
  /** Whether it may come later. */
  readonly waits: boolean
}

export interface ClonesOptions {
  readonly engine: Engine
  readonly wishes: readonly CloneWish[]
  /** The guests there are. */
  readonly targets: readonly string[]
  readonly log: Logger
  readonly report: (notice: Notice) => void
  readonly teardown: Teardown
  /** Stands before /dev, /sys, /run and /proc. */
  readonly root?: string
}

/** Which guests are given a clone, and under which number. */
interface Place {
  readonly role: NodeRole
  readonly targets: Set<string>
}

/** A node of a device, and its clones; they stay while the device is away. */
interface Cloned extends Place {
  /** As it was found last. */
  device: Device
  /** Of what the clones are. */
  description: Description | undefined
  clones: { readonly clone: Clone; link: LinkOutcome }[]
}

/**
 * Devices that are neither keyboard nor mouse, and that somebody asked for: each guest has a clone of each of
 * their nodes, from the start to the end of the session, whatever is plugged in.
 */
export class Clones {
  readonly #options: ClonesOptions
  readonly #root: string
  /** By identity. */
  readonly #cloned = new Map<string, Cloned>()
  /** Devices that were not there yet, by the name that was given. */
  readonly #awaited = new Map<string, Place>()
  #numbers = 0
  #begun = false

  constructor(options: ClonesOptions) {
    this.#options = options
    this.#root = options.root ?? '/'
  }

  /**
   * Finds the devices that are there. Throws what `findDevices` throws, unless the device may come later, and
   * 'unsuitable-device' and 'usage'.
   */
  choose(): readonly Device[] {
    const { wishes } = this.#options
    if (wishes.length === 0) return []
    const { devices } = listDevices(this.#root)
    for (const wish of wishes) {
      const found = this.#find(devices, wish)
      for (const device of found) {
        checkSuitable(device)
        this.#claim(device, wish)
      }
      if (found.length === 0) this.#await(wish)
    }
    this.#checkRoom()
    return [...this.#cloned.values()].map(({ device }) => device)
  }

  /** Looks whether a device that came is one that was not there at the start. */
  meet(device: Device, among: readonly Device[]): void {
    if (this.#cloned.has(device.identity)) return
    for (const [name, place] of this.#awaited) {
      if (device.madeBy === 'evswitch' || !means(among, name, device, this.#root)) continue
      // The first node of a device has the number that was kept for it.
      const isFirst = [...this.#cloned.values()].every(({ role }) => role !== place.role)
      const role = isFirst ? place.role : this.#nextRole()
      const { targets } = place
      const made = { role, targets, device, description: undefined, clones: [] }
      this.#cloned.set(device.identity, made)
      if (this.#hasRoom()) return
      this.#cloned.delete(device.identity)
      this.#options.report({
        kind: 'warning',
        text: `there is no room for a clone of ${device.eventName} ("${device.name}")`,
        remedy: 'name fewer devices to be cloned',
      })
    }
  }

  /** Names that no device had at the start. */
  get awaited(): readonly string[] {
    return [...this.#awaited.keys()]
  }

  /** Whether a device is one of them: nobody else is to take it. */
  wants({ identity }: Pick<Device, 'identity'>): boolean {
    return this.#cloned.has(identity)
  }

  /** Hands an opened source of one of the devices to the engine, with its clones, which it may have to make. */
  async add(device: Device, source: Source, signal: AbortSignal): Promise<void> {
    const cloned = this.#cloned.get(device.identity)
    if (cloned === undefined) throw new TypeError('nobody wants a clone of it')
    cloned.device = device
    try {
      const description = this.#options.engine.describe(source)
      if (cloned.description === undefined || !isSameDevice(cloned.description, description)) {
        await this.#make(cloned, description, signal)
      }
    } catch (error) {
      source.close()
      throw error
    }
    await this.#options.engine.addSource(
      source,
      cloned.clones.map(({ clone }) => clone),
    )
  }

  /** From now on it is told when clones had to be made anew. */
  begun(): void {
    this.#begun = true
  }

  /** The clones of a guest. */
  of(target: string): GuestClone[] {
    return [...this.#cloned.values()].flatMap(({ device, role, clones }) =>
      clones
        .filter(({ clone }) => clone.target === target)
        .map(({ link }) => ({ device, role, link })),
    )
  }

  #find(devices: readonly Device[], { device, waits }: CloneWish): readonly Device[] {
    try {
      return findDevices(devices, device, this.#root)
    } catch (error) {
      const isAbsent = error instanceof EvswitchError && error.code === 'unknown-device'
      if (waits && isAbsent) return []
      throw error
    }
  }

  #claim(device: Device, wish: CloneWish): void {
    const known = this.#cloned.get(device.identity)
    const place = known ?? { role: this.#nextRole(), targets: new Set<string>() }
    this.#addTargets(place, wish)
    if (known !== undefined) return
    this.#cloned.set(device.identity, { ...place, device, description: undefined, clones: [] })
  }

  #await(wish: CloneWish): void {
    const known = this.#awaited.get(wish.device)
    const place = known ?? { role: this.#nextRole(), targets: new Set<string>() }
    this.#addTargets(place, wish)
    this.#awaited.set(wish.device, place)
  }

  #addTargets({ targets }: Place, { target }: CloneWish): void {
    for (const name of target === undefined ? this.#options.targets : [target]) targets.add(name)
  }

  #nextRole(): NodeRole {
    this.#numbers++
    return `clone${this.#numbers}`
  }

  /** What the engine has room for, beside the keyboard and the mouse of each guest and of the host. */
  get #mostNodes(): number {
    return limits.sinks - 2 * (this.#options.targets.length + 1)
  }

  get #nodes(): number {
    return [...this.#cloned.values()].reduce((sum, { targets }) => sum + targets.size, 0)
  }

  #hasRoom(): boolean {
    return this.#numbers <= limits.clones && this.#nodes <= this.#mostNodes
  }

  #checkRoom(): void {
    if (this.#hasRoom()) return
    const text =
      this.#numbers > limits.clones
        ? `${this.#numbers} nodes are to be cloned: ${limits.clones} are the most`
        : `${this.#nodes} clones are too many: ${this.#mostNodes} are the most here`
    throw new EvswitchError('usage', text, { remedy: 'name fewer devices to be cloned' })
  }

  async #make(cloned: Cloned, description: Description, signal: AbortSignal): Promise<void> {
    const { engine } = this.#options
    const { device, targets } = cloned
    const isRebuilt = cloned.clones.length > 0
    cloned.description = undefined
    for (const old of cloned.clones.splice(0)) {
      removeLink(old.link, this.#root)
      await engine.removeClone(old.clone)
    }
    for (const target of targets)
      cloned.clones.push(await this.#makeOne(target, cloned, description, signal))
    cloned.description = description
    if (!isRebuilt && !this.#begun) return
    const nodes = cloned.clones.map(({ clone }) => clone.node)
    const links = cloned.clones.map(({ link }) => link.path)
    const text = isRebuilt ? 'clones were made anew' : 'clones were made after the start'
    this.#options.log.warn({ node: device.node, clones: nodes }, text)
    this.#options.report({
      kind: 'warning',
      text: isRebuilt
        ? `${device.name} is not what it was: its clones were made anew, and machines that run have lost them`
        : `${device.name} came after the start: machines that run do not have its clone`,
      remedy: isRebuilt
        ? 'start such a machine again, or take its device out and add it again'
        : `start such a machine again, or give it to them: ${links.join(' ')}`,
    })
  }

  async #makeOne(
    target: string,
    { device, role }: Cloned,
    description: Description,
    signal: AbortSignal,
  ): Promise<Cloned['clones'][number]> {
    const { engine, teardown } = this.#options
    const phys = nodeLinkName(target, role)
    const sink = await engine
      .createClone(description, { phys, profile: 'virtio-input' })
      .catch((error: unknown) => {
        if (!(error instanceof EvswitchError) || error.code !== 'unsuitable-device') throw error
        const text = `${device.eventName} ("${device.name}") cannot be cloned`
        throw new EvswitchError(error.code, text, { remedy: error.remedy, cause: error })
      })
    const clone = await engine.addClone(target, sink)
    const made = { clone, link: await this.#link(target, role, clone.node, signal) }
    teardown.add(() => removeLink(made.link, this.#root))
    return made
  }

  async #link(
    target: string,
    role: NodeRole,
    node: string,
    signal: AbortSignal,
  ): Promise<LinkOutcome> {
    return await ensureLink(target, role, node, {
      root: this.#root,
      udevTimeoutMs: linkTimeoutMs,
      signal,
    })
  }
}

function checkSuitable({ eventName, name, madeBy, virtual }: Device): void {
  if (madeBy !== 'evswitch' || !virtual) return
  throw new EvswitchError(
    'unsuitable-device',
    `${eventName} ("${name}") is a node of evswitch itself`,
    { remedy: 'name the device that you hold in your hands' },
  )
}

function means(among: readonly Device[], name: string, device: Device, root: string): boolean {
  try {
    return findDevices(among, name, root).some(({ sysPath }) => sysPath === device.sysPath)
  } catch {
    return false // none, or one of several, has this name now
  }
}
