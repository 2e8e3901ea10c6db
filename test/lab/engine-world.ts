import { closeSync } from 'node:fs'
import { codes } from '../../src/engine/code-table.ts'
import { createEngine } from '../../src/engine/engine.ts'
import type { Engine, EngineOptions, Role, Sink } from '../../src/engine/types.ts'
import {
  acceptMessages,
  connectMessages,
  listenForMessages,
  receiveMessage,
  sendMessage,
} from '../../src/native/message.ts'
import { addNodes } from '../engine/nodes.ts'
import {
  type EngineWorld,
  type Seen,
  seen,
  type WorldConsumer,
  type WorldDevice,
} from '../engine/world.ts'
import { PATIENCE_MS } from './deadline.ts'
import { localMachine } from './local-process.ts'
import {
  type LabPlayer,
  type LabReader,
  type PlayedDevice,
  startPlayer,
  startReader,
} from './tools.ts'

const keeperAddress = '@evswitch-contract'

/** The real engine on the kernel that this process runs on; inside the machine only, as root. */
export class KernelWorld implements EngineWorld {
  readonly engine: Engine
  readonly #player: LabPlayer
  readonly #readers: LabReader[] = []
  readonly #nodes = new Map<string, Record<Role, string>>()

  static async create(options: EngineOptions = {}): Promise<KernelWorld> {
    return new KernelWorld(options, await startPlayer(localMachine))
  }

  private constructor(options: EngineOptions, player: LabPlayer) {
    this.#player = player
    this.engine = createEngine(options)
    this.engine.start()
  }

  async plug(kind: Role): Promise<WorldDevice> {
    const device = await this.#player.create({ kind, name: `contract ${kind}` })
    const host = await this.#read(device.node, false)
    return new KernelDevice(this.engine, device, host)
  }

  async addGuest(name: string): Promise<void> {
    await this.#addNodes(name, 'input-linux')
  }

  async addHostNodes(): Promise<void> {
    await this.#addNodes('host', 'host')
  }

  async consume(target: string, role: Role): Promise<WorldConsumer> {
    const reader = await this.#read(this.#nodes.get(target)?.[role] ?? '', target !== 'host')
    const news = newsOf(reader)
    return { saw: news, leave: async () => void (await reader.stop()) }
  }

  async keep(sink: Sink): Promise<number> {
    const listening = listenForMessages(keeperAddress, 'seqpacket')
    const sender = connectMessages(keeperAddress, 'seqpacket')
    const receiver = (await acceptMessages(listening, PATIENCE_MS)) ?? -1
    await sendMessage(sender, Buffer.from(sink.role), { descriptor: sink.descriptor })
    const kept = (await receiveMessage(receiver, PATIENCE_MS))?.descriptor
    for (const socket of [listening, sender, receiver]) closeSync(socket)
    if (kept === undefined) throw new Error('the descriptor did not arrive')
    return kept
  }

  async close(): Promise<void> {
    await this.engine.stop()
    await Promise.all([...this.#readers, this.#player].map((tool) => tool.stop()))
  }

  async #addNodes(name: string, profile: 'input-linux' | 'host'): Promise<void> {
    const { keyboard, mouse } = await addNodes(this.engine, name, profile)
    this.#nodes.set(name, { keyboard: keyboard.node, mouse: mouse.node })
  }

  async #read(node: string, grab: boolean): Promise<LabReader> {
    const reader = await startReader(localMachine, [node], { grab })
    this.#readers.push(reader)
    return reader
  }
}

class KernelDevice implements WorldDevice {
  readonly path: string
  readonly hostSaw: () => Promise<Seen[]>
  readonly #engine: Engine
  readonly #device: PlayedDevice

  constructor(engine: Engine, device: PlayedDevice, host: LabReader) {
    this.path = device.node
    this.hostSaw = newsOf(host)
    this.#engine = engine
    this.#device = device
  }

  async press(...keys: readonly number[]): Promise<void> {
    for (const key of keys) await this.#frame(codes.EV_KEY, key, 1)
  }

  async release(...keys: readonly number[]): Promise<void> {
    for (const key of keys) await this.#frame(codes.EV_KEY, key, 0)
  }

  async move(code: number, value: number): Promise<void> {
    await this.#frame(codes.EV_REL, code, value)
  }

  async unplug(): Promise<void> {
    await this.#device.destroy()
  }

  async lit(): Promise<number[]> {
    const lamps = await localMachine.spawn(['leds', this.path])
    await lamps.waitForLine('ready')
    lamps.write('state\n')
    const [, , ...lit] = (await lamps.waitForLine('lit ')).split(' ')
    await lamps.stop()
    return lit.map(Number)
  }

  async #frame(type: number, code: number, value: number): Promise<void> {
    await this.#device.frame([type, code, value])
    // The first answer may be of a turn that began before the frame; the second is of one after it.
    await this.#engine.askPresence()
    await this.#engine.askPresence()
  }
}

/** Keys, buttons and motion that a reader has seen since the last call; repeats are left out. */
function newsOf(reader: LabReader): () => Promise<Seen[]> {
  let told = 0
  return async () => {
    await reader.pressed()
    const events = reader.events.slice(told)
    told = reader.events.length
    return events
      .filter(({ type, value }) => type === codes.EV_REL || (type === codes.EV_KEY && value !== 2))
      .map(({ type, code, value }) => seen(type, code, value))
  }
}
