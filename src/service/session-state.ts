import type { Device } from '../devices/device.ts'
import { nodePath } from '../devices/links-fallback.ts'
import { hostTargetName } from '../engine/target-name.ts'
import type { Notice, Started } from './notice.ts'

export interface TargetState {
  readonly name: string
  /** What a machine is to open: links where there are some. Undefined for a screen of another computer. */
  readonly nodes: readonly string[] | undefined
  /** Since when a machine has its nodes open, or a computer is connected; undefined while none is. */
  readonly consumedSince: Date | undefined
}

/** How a session stands, put together from what it told. */
export class SessionState {
  readonly startedAt: Date
  readonly #now: () => Date
  #active = hostTargetName
  #activeSince: Date
  #locked = false
  readonly #consumedSince = new Map<string, Date>()
  #started: Started | undefined
  /** By node: what came and went is told by it. */
  readonly #devices = new Map<string, Device>()
  readonly #warnings = new Set<string>()
  /** What was told of devices before it was known which there are. */
  readonly #early: Notice[] = []

  constructor(now: () => Date = () => new Date()) {
    this.#now = now
    this.startedAt = now()
    this.#activeSince = this.startedAt
  }

  get active(): string {
    return this.#active
  }

  get activeSince(): Date {
    return this.#activeSince
  }

  /** Whether the hotkeys that switch are off. */
  get locked(): boolean {
    return this.#locked
  }

  /** Guests and screens, in the order of the hotkeys. */
  get targets(): readonly TargetState[] {
    const { targets = [], guests = [] } = this.#started ?? {}
    return targets.map((name) => {
      const guest = guests.find((each) => each.name === name)
      const links = guest && [guest.keyboard, guest.mouse, ...guest.clones.map(({ link }) => link)]
      return {
        name,
        nodes: links?.map(nodePath),
        consumedSince: this.#consumedSince.get(name),
      }
    })
  }

  /** Devices that are read now. */
  get devices(): readonly Device[] {
    return [...this.#devices.values()].filter((device) => !this.#isCloned(device))
  }

  get cloned(): readonly Device[] {
    return [...this.#devices.values()].filter((device) => this.#isCloned(device))
  }

  get left(): Started['left'] {
    return (this.#started?.left ?? []).filter(({ device }) => !this.#devices.has(device.node))
  }

  get warnings(): readonly string[] {
    return [...this.#warnings]
  }

  /** What was set up, at the start or by a reload. */
  started(started: Started): void {
    this.#started = started
    this.#devices.clear()
    for (const device of [...started.devices, ...started.cloned]) {
      this.#devices.set(device.node, device)
    }
    for (const notice of this.#early.splice(0)) this.apply(notice)
  }

  apply(notice: Notice): void {
    switch (notice.kind) {
      case 'switched':
        this.#active = notice.target
        this.#activeSince = this.#now()
        break
      case 'consumer':
        if (notice.present) this.#consumedSince.set(notice.target, this.#now())
        else this.#consumedSince.delete(notice.target)
        break
      case 'device-arrived':
        this.#devices.set(notice.device.node, notice.device)
        break
      case 'device-departed':
        if (this.#started === undefined) this.#early.push(notice)
        this.#devices.delete(notice.device.node)
        break
      case 'warning':
        this.#warnings.add(notice.text)
        break
      case 'locked':
        this.#locked = notice.locked
        break
      case 'refused':
      case 'panic':
      case 'hook':
      case 'resumed':
      case 'device-failed':
      case 'device-waiting':
        break
    }
  }

  #isCloned({ identity }: Device): boolean {
    return this.#started?.cloned.some((device) => device.identity === identity) === true
  }
}
