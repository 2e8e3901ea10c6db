import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { codes } from '../../../src/engine/code-table.ts'
import type { SinkEvent } from '../../../src/engine/types.ts'
import { FrameWriter } from '../../../src/share/link/frame-writer.ts'
import { FrameReader } from '../../../src/share/link/records.ts'

const { EV_ABS, EV_KEY, EV_REL } = codes
const motion = (value: number): SinkEvent => ({ type: EV_REL, code: codes.REL_X, value })
const place = (value: number): SinkEvent => ({ type: EV_ABS, code: codes.ABS_X, value })
const press: SinkEvent = { type: EV_KEY, code: codes.KEY_A, value: 1 }

/** Its reader is slow until `read` is called, which gives all frames. */
function slowStream() {
  const stream = new PassThrough()
  const reader = new FrameReader()
  const read = async () => {
    const frames: SinkEvent[][] = []
    stream.on('data', (chunk: Buffer) => frames.push(...(reader.push(chunk) ?? [])))
    await expect.poll(() => stream.writableLength + stream.readableLength).toBe(0)
    return frames
  }
  return { stream, read }
}

test('a reader that keeps up gets every frame as it was', async () => {
  const { stream, read } = slowStream()
  const writer = new FrameWriter(stream)
  writer.write([motion(1), motion(2)])
  writer.write([press])
  writer.write([place(3)])
  expect(await read()).toEqual([[motion(1), motion(2)], [press], [place(3)]])
  expect(writer.merged).toBe(0)
})

test('a slow reader gets motion in sums, and no key before the motion that was before it', async () => {
  const { stream, read } = slowStream()
  const writer = new FrameWriter(stream)
  for (let count = 0; count < 20_000; count++) writer.write([motion(1)])
  writer.write([place(10)])
  writer.write([place(20)])
  writer.write([press])
  expect(stream.writableLength + stream.readableLength).toBeLessThan(64 * 1024)
  const frames = await read()
  const sum = frames
    .flat()
    .filter(({ type }) => type === EV_REL)
    .reduce((all, { value }) => all + value, 0)
  expect(sum).toBe(20_000)
  expect(frames.at(-1)).toEqual([press])
  expect(frames.at(-2)).toContainEqual(place(20))
  expect(frames.flat()).not.toContainEqual(place(10))
  expect(writer.merged).toBeGreaterThan(10_000)
})

test('a reader that takes no keys loses the stream, and memory stays bounded', () => {
  const { stream } = slowStream()
  const writer = new FrameWriter(stream)
  for (let count = 0; count < 100_000 && !stream.destroyed; count++) writer.write([press])
  expect(stream.destroyed).toBe(true)
  expect(stream.writableLength).toBeLessThan(512 * 1024)
  writer.write([press])
})
