import fc from 'fast-check'
import { expect, test } from 'vitest'
import { startOn, storedState } from './kept-nodes-fuzz.ts'

test('whatever a store holds, each descriptor is taken over or closed, once', async () => {
  let adopted = 0
  await fc.assert(
    fc.asyncProperty(storedState, async (state) => {
      adopted += await startOn(state)
    }),
    { numRuns: 100, seed: 4 },
  )
  expect(adopted).toBeGreaterThan(20)
})
