import fc from 'fast-check'
import { expect, test } from 'vitest'
import { playStream, stream } from './fuzz.ts'

// Always the same streams; `scripts/fuzz-parsers.ts` plays others for as long as one likes.
test('whatever comes, and however it is cut, packets and what they say are the same', () => {
  const tally = { bytes: 0, packets: 0, messages: 0 }
  fc.assert(
    fc.property(stream, (value) => playStream(value, tally)),
    { numRuns: 500, seed: 7 },
  )
  expect(tally.packets).toBeGreaterThan(1000)
  expect(tally.messages).toBeGreaterThan(500)
})
