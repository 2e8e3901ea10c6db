import fc from 'fast-check'
import { expect, test } from 'vitest'
import { conversation, converse, type Tally } from './fuzz.ts'
import { startServer } from './peer.ts'

test('whatever a client says, it is answered by the book, and the next one is heard', async () => {
  const { path } = await startServer()
  const tally: Tally = { connections: 0, requests: 0, answers: 0 }
  await fc.assert(
    fc.asyncProperty(conversation, async (spoken) => await converse(path, spoken, tally)),
    { numRuns: 100, seed: 4 },
  )
  // What was sent was not all nonsense.
  expect(tally.answers).toBeGreaterThan(200)
})
