import { constants } from 'node:os'
import fc from 'fast-check'
import { pino } from 'pino'
import { createEngine } from '../../src/engine/engine.ts'
import type { NoStoredNode, StoredNode } from '../../src/engine/stored-node.ts'
import { nodeDeviceName, nodeLinkName } from '../../src/engine/target-name.ts'
import type { SinkOptions } from '../../src/engine/types.ts'
import { KeptNodes } from '../../src/service/kept-nodes.ts'
import type { NodeStore } from '../../src/service/node-store.ts'
import { SimLibrary } from '../engine/sim-library.ts'

const targets = ['guest', 'mac', 'win10'] as const
const wanted: SinkOptions[] = targets.flatMap((target) =>
  (['keyboard', 'mouse'] as const).map((role): SinkOptions => {
    const place = role === 'keyboard' ? 'kbd' : 'mouse'
    return { name: nodeDeviceName(target, place), phys: nodeLinkName(target, place), role }
  }),
)

const phys = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...wanted.map((options) => options.phys)) },
  fc.constantFrom('evswitch-old-event-kbd', '', '__proto__', 'evswitch-host-event-mouse'),
  fc.string({ unit: 'binary', maxLength: 80 }),
)

/** What a store may hold: nodes of ours, of others, doubles, and what is no node at all. */
const entry = fc.record({
  name: phys,
  node: fc.oneof(
    { weight: 3, arbitrary: phys },
    fc.constant(undefined),
    fc.constantFrom<NoStoredNode>('not-a-node', 'destroyed'),
  ),
  /** What the kernel says when the node is to be taken over; 0 = as it should. */
  adoption: fc.constantFrom(0, 0, 0, -constants.errno.ENODEV, -constants.errno.ETIMEDOUT, -5),
})

export const storedState = fc.record({
  entries: fc.array(entry, { maxLength: 20 }),
  configured: fc.subarray(wanted),
})

type StoredState = typeof storedState extends fc.Arbitrary<infer T> ? T : never

/** The model's library, with a say in which node is taken over. */
class Adoptions extends SimLibrary {
  readonly adopted: number[] = []
  readonly results = new Map<number, number>()

  override async sinkAdopt(
    ...[descriptor, config, timeoutMs, info, out]: Parameters<SimLibrary['sinkAdopt']>
  ): Promise<number> {
    const result = this.results.get(descriptor) ?? -constants.errno.EBADF
    if (result < 0) return result
    this.adopted.push(descriptor)
    return await this.sinkCreate(config, timeoutMs, info, out)
  }
}

/**
 * Starts on what a store holds: every target gets its nodes, and every descriptor is either taken over or closed, once.
 * Throws what does not hold; gives how many nodes were taken over.
 */
export async function startOn({ entries, configured }: StoredState): Promise<number> {
  const library = new Adoptions()
  const closed: number[] = []
  const stored = entries.map(({ name }, index) => ({ name, descriptor: 100 + index }))
  for (const [index, { adoption }] of entries.entries()) library.results.set(100 + index, adoption)
  const store: NodeStore = {
    stored: async () => stored,
    keep: async () => {},
    forget: async () => {},
  }
  const nodes = new KeptNodes(store, pino({ level: 'silent' }), {
    node: (descriptor): StoredNode | NoStoredNode => {
      const { name, node } = entries[descriptor - 100] ?? { name: '', node: undefined }
      if (node === 'not-a-node' || node === 'destroyed') return node
      return { name, phys: node ?? name, node: '/dev/input/event1', minor: descriptor }
    },
    close: (descriptor) => closed.push(descriptor),
  })
  await nodes.open()
  const engine = createEngine({}, library)
  for (const options of configured) {
    const sink = await nodes.sink(engine, options)
    if (sink.role !== options.role) throw new Error('a mouse for a keyboard')
    sink.close()
  }
  await nodes.endRest()
  await engine.stop()
  const ends = closed.concat(library.adopted).sort((a, b) => a - b)
  if (ends.join() !== stored.map(({ descriptor }) => descriptor).join()) {
    throw new Error(`of ${stored.length} descriptors ended: ${ends.join()}`)
  }
  if (nodes.left.size > 0) throw new Error('nodes are left over')
  return library.adopted.length
}
