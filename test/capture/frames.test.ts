import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FrameAssembler, mostEvents } from '../../src/capture/frames.ts'

const stamp = { kernelNs: 1_000_000n, readNs: 1_080_000n }
const report = { type: 0, code: 0, value: 0, ...stamp }
const dropped = { type: 0, code: 3, value: 0, ...stamp }
const key = { type: 1, code: 30, value: 1 }

test('events up to a report are one frame with the stamps of the report', () => {
  const frames = new FrameAssembler()
  expect(frames.push({ ...key, kernelNs: 1n, readNs: 2n })).toBeUndefined()
  expect(frames.push(report)).toEqual({ events: [key], dropped: false, cut: 0, ...stamp })
  expect(frames.push(report)).toMatchObject({ events: [] })
})

test('an overrun is told with the frame in which it was', () => {
  const frames = new FrameAssembler()
  frames.push(dropped)
  expect(frames.push(report)).toMatchObject({ dropped: true })
  expect(frames.push(report)).toMatchObject({ dropped: false })
})

test('a frame without an end keeps no more than its limit', () => {
  const frames = new FrameAssembler()
  for (let count = 0; count < 100_000; count++) frames.push({ ...key, ...stamp })
  const frame = frames.push(report)
  expect(frame?.events).toHaveLength(mostEvents)
  expect(frame?.cut).toBe(100_000 - mostEvents)
})

test('whatever comes, no event is made up, lost below the limit, or put out of order', () => {
  const event = fc.record({
    type: fc.integer({ min: 0, max: 4 }),
    code: fc.integer({ min: 0, max: 4 }),
    value: fc.integer({ min: -3, max: 3 }),
  })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 200 }), (events) => {
      const frames = new FrameAssembler()
      const out = [...events.map((each) => ({ ...each, ...stamp })), report].flatMap((each) => {
        const frame = frames.push(each)
        return frame === undefined ? [] : frame.events
      })
      const isKept = ({ type, code }: { type: number; code: number }) =>
        type !== 0 || (code !== 0 && code !== 3)
      expect(out).toEqual(events.filter(isKept))
    }),
  )
})
