import fc from 'fast-check'
import { expect, test } from 'vitest'
import { codes } from '../../../src/engine/code-table.ts'
import { encodeFrame, FrameReader } from '../../../src/share/link/records.ts'

const event = fc.record({
  type: fc.integer({ min: 1, max: 0xffff }),
  code: fc.integer({ min: 0, max: 0xffff }),
  value: fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
})

test('what is written comes out as it was, wherever the stream is cut', () => {
  const frames = fc.array(fc.array(event, { maxLength: 64 }), { maxLength: 20 })
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 40 })), (sent, cuts) => {
      const bytes = Buffer.concat(sent.map(encodeFrame))
      const reader = new FrameReader()
      const got: unknown[] = []
      let at = 0
      for (const size of [...cuts, bytes.length]) {
        got.push(...(reader.push(bytes.subarray(at, at + size)) ?? []))
        at = Math.min(bytes.length, at + size)
      }
      expect(got).toEqual(sent)
    }),
  )
})

test('a frame that does not end is refused before it grows', () => {
  const { EV_KEY } = codes
  const one = encodeFrame([{ type: EV_KEY, code: 1, value: 1 }]).subarray(0, 8)
  const reader = new FrameReader()
  expect(reader.push(Buffer.concat(Array(64).fill(one)))).toEqual([])
  expect(reader.push(one)).toBeUndefined()
})
