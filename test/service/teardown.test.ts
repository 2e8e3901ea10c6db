import { expect, test } from 'vitest'
import { Teardown } from '../../src/service/teardown.ts'

test('things are undone in the reverse order of their making, each once', async () => {
  const teardown = new Teardown()
  const undone: string[] = []
  teardown.add(() => undone.push('first'))
  teardown.add(async () => {
    await new Promise((resolve) => setImmediate(resolve))
    undone.push('second')
  })
  await teardown.run()
  await teardown.run()
  expect(undone).toEqual(['second', 'first'])
})

test('one that fails does not keep the others from being undone', async () => {
  const teardown = new Teardown()
  const undone: string[] = []
  teardown.add(() => undone.push('first'))
  teardown.add(() => {
    throw new Error('second failed')
  })
  await expect(teardown.run()).rejects.toThrow('second failed')
  expect(undone).toEqual(['first'])
})
