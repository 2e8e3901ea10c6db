import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clientConversation, newTally, playClient, playServer, serverConversation } from './fuzz.ts'

// Always the same conversations; `scripts/fuzz-parsers.ts` plays others for as long as one likes.
test('whatever a server says, a client lets go of what it pressed, tells the end once, and leaves nothing behind', () => {
  const tally = newTally()
  fc.assert(
    fc.property(clientConversation, (steps) => playClient(steps, tally)),
    { numRuns: 300, seed: 7 },
  )
  // What was sent was not all nonsense.
  expect(tally.handshakes).toBeGreaterThan(150)
  expect(tally.inputs).toBeGreaterThan(200)
})

test('whatever a client says and the program asks for, a server presses and releases by turns, and leaves nothing behind', () => {
  const tally = newTally()
  fc.assert(
    fc.property(serverConversation, (steps) => playServer(steps, tally)),
    { numRuns: 300, seed: 7 },
  )
  expect(tally.handshakes).toBeGreaterThan(100)
  expect(tally.messages).toBeGreaterThan(2000)
})
