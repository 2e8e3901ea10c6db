import { codes } from '../../src/engine/code-table.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { roleNumbers } from '../../src/engine/native-structs.ts'
import type { Engine, EngineOptions, Role, Sink } from '../../src/engine/types.ts'
import { sourceFlags } from '../../src/native/abi.ts'
import type { SimRecord } from '../../src/native/sim.ts'
import { addNodes } from './nodes.ts'
import { type SimDevice, SimLibrary } from './sim-library.ts'
import { type EngineWorld, type Seen, seen, type WorldConsumer, type WorldDevice } from './world.ts'

const flagsOf: Record<Role, number> = {
  keyboard: sourceFlags.KEYS | sourceFlags.REPEATS | sourceFlags.LEDS,
  mouse: sourceFlags.BUTTONS | sourceFlags.MOTION,
}

/** An engine on the model of the kernel: no device, no thread, no waiting. */
export class SimWorld implements EngineWorld {
  readonly engine: Engine
  readonly kernel = new SimLibrary()

  constructor(options: EngineOptions = {}) {
    this.engine = createEngine(options, this.kernel)
    this.engine.start()
  }

  async plug(kind: Role): Promise<WorldDevice> {
    const device: SimDevice = {
      path: `/dev/input/event${this.kernel.devices.length}`,
      flags: flagsOf[kind],
      isPlugged: true,
      source: undefined,
    }
    this.kernel.devices.push(device)
    return new ModelDevice(this.kernel, device)
  }

  async addGuest(name: string): Promise<void> {
    await addNodes(this.engine, name, 'input-linux')
  }

  async addHostNodes(): Promise<void> {
    await addNodes(this.engine, 'host', 'host')
  }

  async consume(target: string, role: Role): Promise<WorldConsumer> {
    const { api, sim } = this.kernel
    const place = [this.kernel.targetId(target), roleNumbers[role]] as const
    const consumes = target !== 'host' // which reads without a grab
    if (consumes) api.consume(sim, ...place, 1)
    return {
      saw: async () => input(api.readNode(this.kernel.sim, ...place)),
      leave: async () => {
        if (consumes) api.consume(this.kernel.sim, ...place, 0)
      },
    }
  }

  async keep(sink: Sink): Promise<number> {
    return sink.descriptor
  }

  async close(): Promise<void> {
    await this.engine.stop()
  }
}

class ModelDevice implements WorldDevice {
  readonly #library: SimLibrary
  readonly #device: SimDevice

  constructor(library: SimLibrary, device: SimDevice) {
    this.#library = library
    this.#device = device
  }

  get path(): string {
    return this.#device.path
  }

  async press(...keys: readonly number[]): Promise<void> {
    for (const key of keys) await this.#finger(key, 1)
  }

  async release(...keys: readonly number[]): Promise<void> {
    for (const key of keys) await this.#finger(key, 0)
  }

  async move(code: number, value: number): Promise<void> {
    const { api, sim } = this.#library
    api.move(sim, this.#source(), code, value)
    this.#library.tap(this.#device, codes.EV_REL, code, value)
    await this.#settled()
  }

  async unplug(): Promise<void> {
    this.#device.isPlugged = false
    if (this.#device.source !== undefined) {
      this.#library.api.unplug(this.#library.sim, this.#device.source)
    }
    await this.#settled()
  }

  async hostSaw(): Promise<Seen[]> {
    await this.#settled()
    return input(this.#library.api.readHost(this.#library.sim, this.#source()))
  }

  async lit(): Promise<number[]> {
    await this.#settled()
    const lamps = this.#library.api.lamps(this.#library.sim, this.#source())
    return Array.from({ length: 16 }, (_, led) => led).filter((led) => (lamps >> led) & 1)
  }

  async #finger(key: number, down: number): Promise<void> {
    const { api, sim } = this.#library
    api.finger(sim, this.#source(), key, down)
    this.#library.tap(this.#device, codes.EV_KEY, key, down)
    await this.#settled()
  }

  async #settled(): Promise<void> {
    this.#library.pump()
    await new Promise((resolve) => setImmediate(resolve))
  }

  #source(): number {
    if (this.#device.source === undefined) throw new Error('the engine does not read this device')
    return this.#device.source
  }
}

function input(records: readonly SimRecord[]): Seen[] {
  return records
    .filter(({ type, value }) => type === codes.EV_REL || (type === codes.EV_KEY && value !== 2))
    .map(({ type, code, value }) => seen(type, code, value))
}
