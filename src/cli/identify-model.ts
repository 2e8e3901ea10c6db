import { Activity, type Sort } from '../capture/activity.ts'
import { type Advice, advise } from '../capture/advice.ts'
import type { CaptureListener } from '../capture/capture.ts'
import type { Frame } from '../capture/frames.ts'
import type { Device } from '../devices/device.ts'

/** A node that is watched, and what was seen of it. */
export interface WatchedNode {
  readonly device: Device
  readonly activity: Activity
}

/** Something that is worth a line when it happens. */
export type Finding =
  | { readonly kind: 'speaks'; readonly device: Device; readonly sends: readonly Sort[] }
  | { readonly kind: 'arrived'; readonly device: Device }
  | { readonly kind: 'departed'; readonly device: Device }
  | { readonly kind: 'not-grabbed'; readonly device: Device; readonly error: string }

/** All nodes that are watched now. */
export class IdentifyModel implements CaptureListener {
  readonly #nodes = new Map<Device, WatchedNode & { told: number }>()
  readonly #ungrabbed = new Map<Device, string>()
  readonly #onFinding: (finding: Finding) => void
  /** A chord gave everything back. */
  readonly released: () => void

  constructor(onFinding: (finding: Finding) => void, onReleased = () => {}) {
    this.#onFinding = onFinding
    this.released = onReleased
  }

  arrived(device: Device): void {
    this.#nodes.set(device, { device, activity: new Activity(), told: 0 })
    this.#onFinding({ kind: 'arrived', device })
  }

  departed(device: Device): void {
    this.#nodes.delete(device)
    this.#ungrabbed.delete(device)
    this.#onFinding({ kind: 'departed', device })
  }

  notGrabbed(device: Device, error: string): void {
    this.#ungrabbed.set(device, error)
    this.#onFinding({ kind: 'not-grabbed', device, error })
  }

  frame(device: Device, frame: Frame): void {
    const node = this.#nodes.get(device)
    if (node === undefined || !node.activity.add(frame)) return
    const { sends } = node.activity.facts
    if (sends.length === node.told) return
    node.told = sends.length
    this.#onFinding({ kind: 'speaks', device, sends })
  }

  /** Those in hands first, nodes of one device together, programs' devices last. */
  get nodes(): readonly WatchedNode[] {
    const all = [...this.#nodes.values()]
    const number = ({ device }: WatchedNode) => Number(device.eventName.slice('event'.length))
    const inOrder = all.sort((a, b) => number(a) - number(b))
    const groups = new Map<string, WatchedNode[]>()
    for (const node of inOrder) {
      const { unit } = node.device
      groups.set(unit, [...(groups.get(unit) ?? []), node])
    }
    return [...groups.values()].sort((a, b) => rank(a) - rank(b)).flat()
  }

  /** Devices that were to be grabbed and could not be, with the errno. */
  get ungrabbed(): ReadonlyMap<Device, string> {
    return this.#ungrabbed
  }

  get advice(): Advice {
    return advise(this.nodes.map(({ device, activity }) => ({ device, activity: activity.facts })))
  }
}

function rank(group: readonly WatchedNode[]): number {
  if (group.some(({ device }) => device.virtual)) return 2
  return group.some(({ device }) => device.kind !== 'other' && device.kind !== 'switch') ? 0 : 1
}
