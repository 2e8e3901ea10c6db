import { expect, test } from 'vitest'
import { LineStream } from './line-stream.ts'

const stream = () => new LineStream(() => 'what ran')
const bytes = (text: string) => Buffer.from(text)

test('lines are put together from pieces, also inside of a character', () => {
  const lines = stream()
  const text = bytes('für\nzwei')
  for (const byte of text) lines.push(Buffer.from([byte]))
  expect(lines.lines).toEqual(['für'])
  lines.end()
  expect(lines.lines).toEqual(['für', 'zwei'])
})

test('a line that was there before the wait is found, and each only once', async () => {
  const lines = stream()
  lines.push(bytes('a 1\nb 1\na 2\n'))
  expect(await lines.waitForLine(/^a/)).toBe('a 1')
  expect(await lines.waitForLine(/^a/)).toBe('a 2')
  const third = lines.waitForLine(/^a/)
  lines.push(bytes('a 3\n'))
  expect(await third).toBe('a 3')
})

test('waiting fails at the end of the stream, and says what ran', async () => {
  const lines = stream()
  const waiting = lines.waitForLine('never')
  lines.end()
  await expect(waiting).rejects.toThrow('no line matched "never": what ran')
})

test('waiting fails with the error that ended the stream', async () => {
  const lines = stream()
  const waiting = lines.waitUntil(() => false, 'never')
  lines.end(new Error('the machine is gone'))
  await expect(waiting).rejects.toThrow('the machine is gone')
})

test('an iterator gives all lines, before and after it began', async () => {
  const lines = stream()
  lines.push(bytes('one\n'))
  const all: string[] = []
  const reading = (async () => {
    for await (const line of lines) all.push(line)
  })()
  lines.push(bytes('two\nthree'))
  lines.end()
  await reading
  expect(all).toEqual(['one', 'two', 'three'])
})
