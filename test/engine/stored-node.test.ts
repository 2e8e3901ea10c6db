import { closeSync, openSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createEngine } from '../../src/engine/engine.ts'
import { storedNode } from '../../src/engine/stored-node.ts'
import type { SinkOptions } from '../../src/engine/types.ts'
import { SimLibrary } from './sim-library.ts'

const options: SinkOptions = {
  name: 'evswitch win10 keyboard',
  phys: 'evswitch-win10-event-kbd',
  role: 'keyboard',
}

describe('a node that is kept', () => {
  test('says by its descriptor what it is, and can be taken over', async () => {
    const library = new SimLibrary()
    const engine = createEngine({}, library)
    const sink = await engine.createSink(options)
    const { descriptor } = sink
    sink.close()

    expect(storedNode(descriptor, library)).toMatchObject({ phys: options.phys })
    const adopted = await engine.adoptSink(descriptor, options)
    expect(adopted).toMatchObject({ role: 'keyboard', isCurrent: true })
    engine.start()
    await engine.addTarget({ name: 'win10', keyboard: adopted })
    expect(() => adopted.descriptor).toThrow(TypeError)
    await engine.stop()
  })

  test('is taken for no other', async () => {
    const library = new SimLibrary()
    const engine = createEngine({}, library)
    const sink = await engine.createSink(options)
    const other = { ...options, phys: 'evswitch-linux-event-kbd' }

    await expect(engine.adoptSink(sink.descriptor, other)).rejects.toThrow(
      'the stored node is not evswitch-linux-event-kbd',
    )
    sink.close()
    await engine.stop()
  })
})

test('a descriptor of something else is no node', () => {
  const null_ = openSync('/dev/null', 'r')
  expect(storedNode(null_)).toBe('not-a-node')
  closeSync(null_)
  expect(storedNode(9999)).toBe('not-a-node')
})
