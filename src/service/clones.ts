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

export interface ClonesOptions {
  readonly engine: Engine
  /** Names of devices as `findDevices` reads them. */
  readonly names: readonly string[]
  /** Guests that get a clone of each. */
  readonly targets: readonly string[]
  readonly log: Logger
  readonly report: (notice: Notice) => void
  readonly teardown: Teardown
  /** Stands before /dev, /sys, /run and /proc. */
  readonly root?: string
}

/** A node of a device, and its clones; they stay while the device is away. */
interface Cloned {
  readonly role: NodeRole
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
  #begun = false

  constructor(options: ClonesOptions) {
    this.#options = options
    this.#root = options.root ?? '/'
  }

  /** Finds the devices. Throws what `findDevices` throws, and 'unsuitable-device' and 'usage'. */
  choose(): readonly Device[] {
    const { names, targets } = this.#options
    if (names.length === 0) return []
    const { devices } = listDevices(this.#root)
    for (const device of names.flatMap((name) => findDevices(devices, name, this.#root))) {
      checkSuitable(device)
      const role: NodeRole = `clone${this.#cloned.size + 1}`
      if (!this.#cloned.has(device.identity)) {
        this.#cloned.set(device.identity, { role, device, description: undefined, clones: [] })
      }
    }
    checkRoom(this.#cloned.size, targets.length)
    return [...this.#cloned.values()].map(({ device }) => device)
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

  async #make(cloned: Cloned, description: Description, signal: AbortSignal): Promise<void> {
    const { engine, targets } = this.#options
    const { device } = cloned
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
    this.#options.log.warn({ node: device.node, clones: nodes }, 'clones were made anew')
    this.#options.report({
      kind: 'warning',
      text: `${device.name} is not what it was: its clones were made anew, and machines that run have lost them`,
      remedy: 'start such a machine again, or take its device out and add it again',
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

/** What the engine has room for, beside the keyboard and the mouse of each guest and of the host. */
function checkRoom(devices: number, guests: number): void {
  const most = Math.min(limits.clones, Math.floor((limits.sinks - 2 * (guests + 1)) / guests))
  if (devices <= most) return
  throw new EvswitchError('usage', `${devices} nodes are to be cloned: ${most} are the most here`, {
    remedy: 'name fewer devices with --clone',
  })
}
