import { closeSync } from 'node:fs'
import { type NoStoredNode, type StoredNode, storedNode } from '../engine/stored-node.ts'
import type { Engine, Sink, SinkOptions } from '../engine/types.ts'
import type { Logger } from '../log.ts'
import type { NodeStore } from './node-store.ts'

/** Injected in tests, where descriptors are only numbers. */
export interface Descriptors {
  node(descriptor: number): StoredNode | NoStoredNode
  close(descriptor: number): void
}

const realDescriptors: Descriptors = {
  node: (descriptor) => storedNode(descriptor),
  close: closeSync,
}

/** How long a new node may take to become readable for a service. */
const bootTimeoutMs = 30_000

interface KeptNode {
  readonly descriptor: number
  /** Under which it is in the store. */
  readonly name: string
}

/**
 * The nodes that outlive this process: those that an earlier one left are taken over, and new ones are put into the
 * store. What a node says of itself (its phys) tells whose it is; there is no other record.
 */
export class KeptNodes {
  readonly #store: NodeStore | undefined
  readonly #log: Logger
  readonly #descriptors: Descriptors
  /** By phys. */
  readonly #kept = new Map<string, KeptNode>()
  /** The phys of nodes that were taken over and are not what would be made now. */
  readonly #outdated = new Set<string>()

  /** @param store undefined = nodes end with this process */
  constructor(store: NodeStore | undefined, log: Logger, descriptors = realDescriptors) {
    this.#store = store
    this.#descriptors = descriptors
    this.#log = log
  }

  /** Looks what is there; throws away what is no node. To be called once, before everything else. */
  async open(): Promise<void> {
    for (const { name, descriptor } of (await this.#store?.stored()) ?? []) {
      const node = this.#descriptors.node(descriptor)
      const isNew = typeof node === 'object' && !this.#kept.has(node.phys)
      if (isNew) this.#kept.set(node.phys, { name, descriptor })
      else await this.#throwAway({ name, descriptor }, typeof node === 'object' ? 'double' : node)
    }
  }

  /** The phys of the nodes that nobody has taken over yet. */
  get left(): ReadonlySet<string> {
    return new Set(this.#kept.keys())
  }

  /** The node of these options: the one that is there already, or a new one. Rejects as `Engine.createSink`. */
  async sink(engine: Engine, options: SinkOptions): Promise<Sink> {
    return (await this.#adopt(engine, options)) ?? (await this.create(engine, options))
  }

  /** A new node, which takes the place of an old one in the store. */
  async create(engine: Engine, options: SinkOptions): Promise<Sink> {
    // Where somebody keeps nodes nobody sits and waits, and at boot udev has much to do before it comes to ours.
    const patience = this.#store === undefined ? {} : { timeoutMs: bootTimeoutMs }
    const sink = await engine.createSink({ ...patience, ...options })
    try {
      await this.#store?.keep(options.phys, sink.descriptor)
    } catch (error) {
      this.#log.warn({ err: error, node: sink.node }, 'node ends with this process')
    }
    return sink
  }

  /** Ends the nodes that nobody has taken over: those of targets that are configured no more. */
  async endRest(): Promise<void> {
    for (const [phys, kept] of this.#kept) {
      this.#kept.delete(phys)
      await this.#throwAway(kept, 'not configured')
    }
  }

  /**
   * Lets those of these nodes end with this process that are not what would be made now: the next one makes them anew.
   * Who reads them would lose them, so it is for nodes that nobody reads.
   */
  async letOutdatedEnd(physes: readonly string[]): Promise<void> {
    for (const phys of physes) if (this.#outdated.has(phys)) await this.#forget(phys)
  }

  /** Lets nodes end with this process, or before it: those of a target that there is no more. */
  async forget(physes: readonly string[]): Promise<void> {
    for (const phys of physes) await this.#forget(phys)
  }

  async #forget(phys: string): Promise<void> {
    await this.#store?.forget(phys).catch((error: unknown) => {
      this.#log.warn({ err: error, phys }, 'node stays in the store')
    })
  }

  async #adopt(engine: Engine, options: SinkOptions): Promise<Sink | undefined> {
    const kept = this.#kept.get(options.phys)
    if (kept === undefined) return undefined
    this.#kept.delete(options.phys)
    try {
      const sink = await engine.adoptSink(kept.descriptor, options)
      if (!sink.isCurrent) this.#outdated.add(options.phys)
      this.#log.info({ node: sink.node, isCurrent: sink.isCurrent }, 'node was taken over')
      return sink
    } catch (error) {
      await this.#throwAway(kept, error)
      return undefined
    }
  }

  async #throwAway({ name, descriptor }: KeptNode, reason: unknown): Promise<void> {
    this.#log.warn({ name, reason }, 'stored node is not used')
    this.#descriptors.close(descriptor)
    await this.#forget(name)
  }
}
