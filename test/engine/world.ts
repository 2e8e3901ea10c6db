import { codeName } from '../../src/engine/codes.ts'
import type { Engine, EngineEvents, EngineOptions, Role, Sink } from '../../src/engine/types.ts'

/** One event as a reader of a node saw it: 'KEY_A 1'. */
export type Seen = string

/** A device that fingers and hands act on. Codes are those of linux/input-event-codes.h. */
export interface WorldDevice {
  readonly path: string
  press(...codes: readonly number[]): Promise<void>
  release(...codes: readonly number[]): Promise<void>
  /** Relative motion, one frame. */
  move(code: number, value: number): Promise<void>
  unplug(): Promise<void>
  /** What the host saw of it since it was read by the engine, or since the last call. */
  hostSaw(): Promise<Seen[]>
  /** The lamps (LED_*) that are lit on it. */
  lit(): Promise<number[]>
}

/** A program that has a target's node for itself, as QEMU's input-linux does. */
export interface WorldConsumer {
  /** What it got since the last call. */
  saw(): Promise<Seen[]>
  /** Lets go of the node. */
  leave(): Promise<void>
}

/** An engine that runs, and everything around it: a real kernel's, or a model's. */
export interface EngineWorld {
  readonly engine: Engine
  plug(kind: Role): Promise<WorldDevice>
  /** Makes a guest with a keyboard and a mouse. */
  addGuest(name: string): Promise<void>
  /** Adds the nodes that the host reads in the proxy mode. */
  addHostNodes(): Promise<void>
  consume(target: string, role: Role): Promise<WorldConsumer>
  /** A duplicate of a node's descriptor, as somebody has it who keeps the node. */
  keep(sink: Sink): Promise<number>
  /** Ends engine and devices. */
  close(): Promise<void>
}

export type CreateWorld = (options?: EngineOptions) => Promise<EngineWorld>

export function seen(type: number, code: number, value: number): Seen {
  return `${codeName(type, code)} ${value}`
}

/**
 * The next event of a kind that satisfies a condition, counted from this call on. Begin before the command
 * that causes it.
 */
export async function nextEvent<Name extends keyof EngineEvents>(
  engine: Engine,
  name: Name,
  matches: (event: EngineEvents[Name][0]) => boolean = () => true,
): Promise<EngineEvents[Name][0]> {
  return await new Promise((resolve, reject) => {
    const listener = (event: unknown) => {
      const found = event as EngineEvents[Name][0]
      if (!matches(found)) return
      clearTimeout(timer)
      engine.events.off(name, listener as never)
      resolve(found)
    }
    const timer = setTimeout(() => {
      engine.events.off(name, listener as never)
      reject(new Error(`the event ${name} did not come`))
    }, patienceMs)
    engine.events.on(name, listener as never)
  })
}

const patienceMs = 20_000
