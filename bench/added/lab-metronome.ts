import { join } from 'node:path'
import type { Beats } from '../../src/bench/metronome.ts'
import { ROOT } from '../../test/lab/cache.ts'
import type { LabProcess } from '../../test/lab/lab-process.ts'
import type { LabVm } from '../../test/lab/vm.ts'

const DEADLINE_MS = 300_000

/** The metronome of `evswitch bench` (native/bench) inside the lab: mice that beat whatever becomes of their frames. */
export class LabMetronome {
  readonly nodes: readonly string[]
  readonly #process: LabProcess

  private constructor(process: LabProcess, nodes: readonly string[]) {
    this.#process = process
    this.nodes = nodes
  }

  static async start(vm: LabVm, mice: number): Promise<LabMetronome> {
    const tool = join(ROOT, 'native/build/metronome')
    const process = await vm.spawn([tool, 'mouse', String(mice), '--fifo'])
    await process.waitForLine('ready 1')
    const nodes = process.stdout.lines.filter((line) => line.startsWith('source '))
    return new LabMetronome(
      process,
      nodes.map((line) => line.slice('source '.length)),
    )
  }

  /** Grabs the node, as QEMU does, and reads it from now on. */
  async listen(node: string): Promise<void> {
    this.#process.write(`listen ${node}\n`)
    await this.#process.waitForLine('listening')
  }

  /** Each mouse sends `beats` frames, `hz` a second. */
  async beat(hz: number, beats: number): Promise<Beats> {
    this.#process.write(`beat ${hz} ${beats}\n`)
    return JSON.parse(await this.#process.waitForLine(/^\{/, DEADLINE_MS)) as Beats
  }

  /** Sends frames until all of a few arrive: a forwarder may have to see the listener first. */
  async warmUp(): Promise<void> {
    for (;;) {
      const { sent, received } = await this.beat(100, 10)
      if (received === sent) return
    }
  }
}
