import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { askLine, isYes } from '../../src/cli/ask.ts'

const streams = () => ({ input: new PassThrough(), output: new PassThrough() })

test('an answer comes without the space around it', async () => {
  const { input, output } = streams()
  const answer = askLine('Which? ', { input, output })
  input.write('  win10 \n')
  expect(await answer).toBe('win10')
  expect(String(output.read())).toBe('Which? ')
})

test('who leaves instead of answering has given no answer', async () => {
  const { input, output } = streams()
  const answer = askLine('Which? ', { input, output })
  input.end()
  expect(await answer).toBeUndefined()
})

test('one question after another is answered', async () => {
  const both = streams()
  const first = askLine('One? ', both)
  both.input.write('1\n')
  expect(await first).toBe('1')
  const second = askLine('Two? ', both)
  both.input.write('2\n')
  expect(await second).toBe('2')
})

test.each([
  ['', true],
  ['Y', true],
  ['yes', true],
  ['n', false],
  ['what?', false],
  [undefined, false],
])('%j is a yes: %j', (answer, expected) => {
  expect(isYes(answer)).toBe(expected)
})
