import { basename, dirname, join } from 'node:path'
import { type Description, describeNode, isDescription } from './describe.ts'
import type { SkippedNode } from './device.ts'
import { readText } from './files.ts'
import { sysLink } from './sys-link.ts'
import { recordStamp } from './udev-database.ts'

interface Known {
  readonly link: string
  readonly stamp: string | undefined
  readonly description: Description
}

/**
 * Describes nodes, each once: what /sys tells of an input device does not change while it lives, and udev's record
 * says when it does. A look at a machine with many devices costs two system calls for each that is known, and
 * about thirty for one that just came.
 */
export class DescriptionMemory {
  readonly #root: string
  readonly #known = new Map<string, Known>()

  /** `root` stands before /sys, /dev and /run. */
  constructor(root = '/') {
    this.#root = root
  }

  /** Describes these nodes ('event3') and forgets all others. */
  describe(eventNames: readonly string[]): (Description | SkippedNode)[] {
    const before = new Map(this.#known)
    this.#known.clear()
    return eventNames.map((eventName) => this.#describe(eventName, before.get(eventName)))
  }

  /**
   * Which writing of udev's record (`recordStamp`) a node was described by; undefined without one. By the time of the
   * question there may be another.
   */
  recordOf(eventName: string): string | undefined {
    return this.#known.get(eventName)?.stamp
  }

  #describe(eventName: string, known: Known | undefined): Description | SkippedNode {
    // The kernel counts input devices up and never back: the link is another for another device.
    const link = sysLink(eventName, this.#root)
    if (known !== undefined && known.link === link) {
      const stamp = recordStamp(known.description.device.deviceNumber, this.#root)
      if (stamp === known.stamp) return this.#remember(eventName, known)
    }
    const number = readText(join(this.#root, 'sys/class/input', eventName, 'dev'))
    const stamp = number === undefined ? undefined : recordStamp(number, this.#root)
    const described = describeNode(eventName, this.#root)
    if (!isDescription(described)) return described
    const { deviceNumber, inputName } = described.device
    const isOne = basename(dirname(link ?? '')) === inputName && number === deviceNumber
    if (link === undefined || !isOne) return described // another came meanwhile
    return this.#remember(eventName, { link, stamp, description: described })
  }

  #remember(eventName: string, known: Known): Description {
    this.#known.set(eventName, known)
    return known.description
  }
}
