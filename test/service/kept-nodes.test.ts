import { pino } from 'pino'
import { beforeEach, describe, expect, test } from 'vitest'
import { createEngine } from '../../src/engine/engine.ts'
import { storedNode } from '../../src/engine/stored-node.ts'
import type { SinkOptions } from '../../src/engine/types.ts'
import { sinkFlags } from '../../src/native/abi.ts'
import { KeptNodes } from '../../src/service/kept-nodes.ts'
import type { NodeStore } from '../../src/service/node-store.ts'
import { SimLibrary } from '../engine/sim-library.ts'

const log = pino({ level: 'silent' })
const keyboard: SinkOptions = {
  name: 'evswitch win10 keyboard',
  phys: 'evswitch-win10-event-kbd',
  role: 'keyboard',
}

/** Names and descriptors, as a store outside of the process has them. */
let stored: Map<string, number>
let closed: number[]
let library: SimLibrary
beforeEach(() => {
  stored = new Map()
  closed = []
  library = new SimLibrary()
})

const store: NodeStore = {
  stored: async () => [...stored].map(([name, descriptor]) => ({ name, descriptor })),
  keep: async (name, descriptor) => void stored.set(name, descriptor),
  forget: async (name) => void stored.delete(name),
}

async function openNodes(of: NodeStore | undefined = store): Promise<KeptNodes> {
  const nodes = new KeptNodes(of, log, {
    node: (descriptor) => storedNode(descriptor, library),
    close: (descriptor) => closed.push(descriptor),
  })
  await nodes.open()
  return nodes
}

describe('a node', () => {
  test('is kept when it is made, and taken over by the next process', async () => {
    const first = await (await openNodes()).sink(createEngine({}, library), keyboard)
    expect([...stored.keys()]).toEqual([keyboard.phys])
    const descriptor = stored.get(keyboard.phys)

    const nodes = await openNodes()
    expect([...nodes.left]).toEqual([keyboard.phys])
    const next = await nodes.sink(createEngine({}, library), keyboard)
    expect([...nodes.left]).toEqual([])
    expect(next).not.toBe(first)
    expect(stored.get(keyboard.phys)).toBe(descriptor)
    expect(closed).toEqual([])
  })

  test('may take its time where somebody keeps it: at boot udev has much else to do', async () => {
    const patience: number[] = []
    class Patient extends SimLibrary {
      override async sinkCreate(...args: Parameters<SimLibrary['sinkCreate']>): Promise<number> {
        patience.push(args[1])
        return await super.sinkCreate(...args)
      }
    }
    for (const nodes of [await openNodes(), new KeptNodes(undefined, log)]) {
      await nodes.create(createEngine({}, new Patient()), keyboard)
    }
    expect(patience).toEqual([30_000, 5000])
  })

  test('of a target that is configured no more ends, and leaves the store', async () => {
    await (await openNodes()).sink(createEngine({}, library), keyboard)
    const descriptor = stored.get(keyboard.phys)
    await (await openNodes()).endRest()
    expect(stored.size).toBe(0)
    expect(closed).toEqual([descriptor])
  })

  test('is made when what the store has is none, which leaves the store', async () => {
    stored.set('something else', 7)
    const nodes = await openNodes()
    expect(closed).toEqual([7])
    expect(stored.size).toBe(0)
    await nodes.sink(createEngine({}, library), keyboard)
    expect([...stored.keys()]).toEqual([keyboard.phys])
  })

  test('of another version is taken over, and makes room for a new one when nobody reads it', async () => {
    await (await openNodes()).sink(createEngine({}, library), keyboard)
    const current = await openNodes()
    await current.sink(createEngine({}, library), keyboard)
    await current.letOutdatedEnd([keyboard.phys])
    expect(stored.size).toBe(1)

    const adopt = library.sinkAdopt.bind(library)
    library.sinkAdopt = async (...args) => {
      const result = await adopt(...args)
      args[3].flags = sinkFlags.OUTDATED
      return result
    }
    const nodes = await openNodes()
    expect((await nodes.sink(createEngine({}, library), keyboard)).isCurrent).toBe(false)
    await nodes.letOutdatedEnd([])
    expect(stored.size).toBe(1)
    await nodes.letOutdatedEnd([keyboard.phys])
    expect(stored.size).toBe(0)
  })

  test('is one, when the store has two of it', async () => {
    const engine = createEngine({}, library)
    await (await openNodes()).sink(engine, keyboard)
    stored.set('again', (await engine.createSink(keyboard)).descriptor)
    const nodes = await openNodes()
    expect([...nodes.left]).toEqual([keyboard.phys])
    expect([...stored.keys()]).toEqual([keyboard.phys])
  })

  test('is there without a store, and when the store fails', async () => {
    const engine = createEngine({}, library)
    const alone = new KeptNodes(undefined, log)
    await alone.open()
    expect((await alone.sink(engine, keyboard)).role).toBe('keyboard')
    const fail = async () => await Promise.reject(new Error('nobody listens'))
    const nodes = await openNodes({ stored: async () => [], keep: fail, forget: fail })
    expect((await nodes.sink(engine, keyboard)).role).toBe('keyboard')
  })
})
