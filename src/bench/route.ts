import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createEngine } from '../engine/engine.ts'
import { nodeDeviceName, nodeLinkName } from '../engine/target-name.ts'
import type { Engine, EngineStats, Hotkey, Sink, Source } from '../engine/types.ts'
import { EvswitchError } from '../errors.ts'
import type { Metronome } from './metronome.ts'

/** Guests of the benchmark; their nodes are told from those of a real evswitch by these names. */
export const benchTargets = ['evswitch-bench-1', 'evswitch-bench-2'] as const

/** What `evswitch run` asks for. */
const realtimePriority = 20
const patienceMs = 5000
const retryMs = 10

/** What a route is made of. */
export interface RouteOptions {
  readonly realtime: boolean
  readonly targets: readonly string[]
  readonly hotkeys?: readonly Hotkey[]
  readonly signal: AbortSignal
}

interface Nodes {
  readonly keyboard: string
  readonly mouse: string
}

/** An engine with guests, as `evswitch run` has it, and the devices of a metronome as its sources. */
export class Route implements AsyncDisposable {
  readonly #engine: Engine
  readonly #signal: AbortSignal
  /** In the order of the targets. */
  readonly #nodes: Nodes[] = []

  private constructor({ realtime, signal }: RouteOptions) {
    this.#engine = createEngine({ realtimePriority: realtime ? realtimePriority : 0 })
    this.#signal = signal
  }

  /** Sets everything up; the host is active. Throws what stands in the way, such as a missing uinput. */
  static async open(options: RouteOptions): Promise<Route> {
    const route = new Route(options)
    try {
      await route.#open(options)
      return route
    } catch (error) {
      await route[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Reads the metronome's devices, lets it listen to every guest, and gives the first guest the input. */
  async connect(metronome: Metronome): Promise<void> {
    for (const node of metronome.nodes) await this.#engine.addSource(await this.#openSource(node))
    const nodes = this.#nodes.flatMap(({ keyboard, mouse }) => [keyboard, mouse])
    await metronome.listen(nodes, this.#signal)
    await this.switchTo(benchTargets[0])
  }

  async switchTo(target: string): Promise<void> {
    const endMs = performance.now() + patienceMs
    while ((await this.#engine.switchTo(target)) !== 'switched') {
      if (performance.now() > endMs) {
        throw new EvswitchError('unexpected', `${target} was not seen to have a reader`)
      }
      await sleep(retryMs, undefined, { signal: this.#signal })
    }
  }

  stats(): EngineStats {
    return this.#engine.stats()
  }

  /** Processor time that the engine's thread has taken; undefined where the kernel does not count it. */
  cpuNs(): number | undefined {
    try {
      const path = `/proc/self/task/${this.#engine.stats().engineTid}/schedstat`
      return Number(readFileSync(path, 'utf8').split(' ')[0])
    } catch {
      return undefined
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine.stop()
  }

  async #open({ targets, hotkeys }: RouteOptions): Promise<void> {
    this.#engine.start()
    for (const name of targets) {
      const [keyboard, mouse] = [
        await this.#node(name, 'keyboard'),
        await this.#node(name, 'mouse'),
      ]
      this.#nodes.push({ keyboard: keyboard.node, mouse: mouse.node })
      await this.#engine.addTarget({ name, keyboard, mouse })
    }
    if (hotkeys !== undefined) await this.#engine.setHotkeys(hotkeys)
  }

  async #node(target: string, role: 'keyboard' | 'mouse'): Promise<Sink> {
    const kind = role === 'keyboard' ? 'kbd' : 'mouse'
    return await this.#engine.createSink({
      name: nodeDeviceName(target, kind),
      phys: nodeLinkName(target, kind),
      role,
    })
  }

  /** udev may not have been through yet. */
  async #openSource(node: string): Promise<Source> {
    const endMs = performance.now() + patienceMs
    for (;;) {
      try {
        return this.#engine.openSource(node)
      } catch (error) {
        if (performance.now() > endMs) throw error
      }
      await sleep(retryMs, undefined, { signal: this.#signal })
    }
  }
}
