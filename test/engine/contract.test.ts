import { describe, expect, test } from 'vitest'
import { createEngine } from '../../src/engine/engine.ts'
import { contract } from './contract.ts'
import { SimLibrary } from './sim-library.ts'
import { SimWorld } from './sim-world.ts'

describe('an engine on the model of the kernel', () => {
  for (const { name, run } of contract) {
    test(name, async () => {
      const worlds: SimWorld[] = []
      await run(async (options) => {
        const world = new SimWorld(options)
        worlds.push(world)
        return world
      })
      expect(worlds.map(({ kernel }) => kernel.openHandles)).toEqual(worlds.map(() => 0))
    })
  }
})

describe('an engine that was not started', () => {
  test('ends without a word, and closes what it was not given', async () => {
    const library = new SimLibrary()
    const path = '/dev/input/event0'
    library.devices.push({ path, flags: 1, isPlugged: true, source: undefined })
    const engine = createEngine({}, library)
    const source = engine.openSource(path)
    expect(library.openHandles).toBe(1)
    source.close()
    await engine.stop()
    expect(library.openHandles).toBe(0)
    await expect(engine.addSource(source)).rejects.toThrow()
    await expect(engine.setHotkeys([])).rejects.toThrow('the engine has stopped')
  })

  test('has statistics, before and after', async () => {
    const engine = createEngine({}, new SimLibrary())
    expect(engine.stats()).toMatchObject({ activeTarget: 'host', switches: 0 })
    await engine.stop()
    expect(engine.stats()).toMatchObject({ activeTarget: 'host', switches: 0 })
  })
})
