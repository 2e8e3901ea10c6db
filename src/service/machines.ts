import { setTimeout as sleep } from 'node:timers/promises'
import { printable } from '../devices/sanitize.ts'
import { hostTargetName } from '../engine/target-name.ts'
import type { ConsumerEvent, Engine } from '../engine/types.ts'
import { followMachine, type MachineState } from '../guests/qmp.ts'
import type { Logger } from '../log.ts'
import type { Notice } from './notice.ts'
import type { GuestOptions } from './targets.ts'

const firstRetryMs = 1000
const slowestRetryMs = 30_000

export interface MachinesOptions {
  readonly engine: Pick<Engine, 'stats' | 'switchTo' | 'repairTarget'>
  readonly targets: readonly GuestOptions[]
  readonly log: Logger
  readonly report: (notice: Notice) => void
  readonly follow?: typeof followMachine
  /** The first pause before a monitor is tried again; later ones are longer. Default: 1,000. */
  readonly retryMs?: number
}

/** A target whose nodes somebody reads. */
interface Machine {
  readonly sinks: Set<number>
  readonly end: AbortController
  /** Whether it had the input when it stopped: keys may have gone up while QEMU dropped what it was told. */
  hasMissed: boolean
}

/**
 * Listens to the monitors of guests that have one in the configuration, while they read their nodes: a machine that is
 * paused, saved or shut down gives the input back to this machine at once, and one that goes on is told of no key that is
 * not down. Without a monitor the input stays with a paused machine until somebody switches.
 */
export class Machines {
  readonly #options: MachinesOptions
  readonly #machines = new Map<string, Machine>()
  /** Sockets, by target. */
  #monitors: ReadonlyMap<string, string> = new Map()
  /** Those of which somebody was told that they cannot be reached. */
  readonly #told = new Set<string>()

  constructor(options: MachinesOptions) {
    this.#options = options
    this.choose(options.targets)
  }

  /** Those that hold from now on; what is connected stays so until its machine ends. */
  choose(targets: readonly GuestOptions[]): void {
    this.#monitors = new Map(
      targets.flatMap(({ name, qmp }) => (qmp === undefined ? [] : [[name, qmp]])),
    )
  }

  /** A consumer came or went. */
  consumer({ target, sink, present }: Pick<ConsumerEvent, 'target' | 'sink' | 'present'>): void {
    const known = this.#machines.get(target)
    if (!present) {
      known?.sinks.delete(sink)
      if (known?.sinks.size === 0) this.#forget(target, known)
      return
    }
    if (known !== undefined) {
      known.sinks.add(sink)
      return
    }
    const machine = { sinks: new Set([sink]), end: new AbortController(), hasMissed: false }
    this.#machines.set(target, machine)
    void this.#follow(target, machine)
  }

  close(): void {
    for (const [target, machine] of this.#machines) this.#forget(target, machine)
  }

  #forget(target: string, machine: Machine): void {
    this.#machines.delete(target)
    machine.end.abort()
  }

  async #follow(target: string, machine: Machine): Promise<void> {
    const { follow = followMachine, retryMs = firstRetryMs } = this.#options
    const { signal } = machine.end
    for (let pauseMs = retryMs; !signal.aborted; pauseMs = Math.min(2 * pauseMs, slowestRetryMs)) {
      const path = this.#monitors.get(target)
      if (path === undefined) return
      const hear = (state: MachineState) => {
        pauseMs = retryMs
        void this.#heard(target, machine, state)
      }
      const reason = await follow(path, hear, signal)
      if (!signal.aborted && reason !== 'ended') this.#failed(target, path, reason)
      await sleep(pauseMs, undefined, { signal }).catch(() => {})
    }
  }

  /** Never rejects: the session may end meanwhile. */
  async #heard(target: string, machine: Machine, state: MachineState): Promise<void> {
    const { engine, log } = this.#options
    this.#told.delete(target)
    log.debug({ target, state }, 'machine told its state')
    try {
      if (state === 'stopped' && engine.stats().activeTarget === target) {
        machine.hasMissed = true
        await engine.switchTo(hostTargetName)
      } else if (state === 'running' && machine.hasMissed) {
        machine.hasMissed = false
        await engine.repairTarget(target)
      }
    } catch (error) {
      log.debug({ err: error, target }, 'nothing was done for the state of a machine')
    }
  }

  #failed(target: string, path: string, reason: string): void {
    const { log, report } = this.#options
    log.debug({ target, reason }, 'monitor cannot be followed')
    if (this.#told.has(target)) return
    this.#told.add(target)
    report({
      kind: 'warning',
      text: `the monitor of ${target}, ${printable(path)}, cannot be followed: ${reason}`,
      remedy:
        reason === 'EACCES'
          ? 'let the user of evswitch write to the socket'
          : `start its QEMU with -qmp unix:${printable(path)},server=on,wait=off, for evswitch alone`,
    })
  }
}
