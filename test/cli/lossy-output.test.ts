import { expect, test } from 'vitest'
import { backlogMaxBytes, lossyOutput, lostJson, lostText } from '../../src/cli/lossy-output.ts'

function setUp() {
  const lines: string[] = []
  const reader = {
    out: (line: string) => void lines.push(line),
    err: () => {},
    columns: 80,
    backlogBytes: 0,
  }
  return { lines, reader, output: lossyOutput(reader, lostJson) }
}

test('lines are passed on as they are to who reads them', () => {
  const { lines, output } = setUp()
  output.out('one\n')
  output.out('two\n')
  expect(lines).toEqual(['one\n', 'two\n'])
})

test('who does not read loses whole lines, and is told how many with the next', () => {
  const { lines, output, reader } = setUp()
  output.out('one\n')
  reader.backlogBytes = backlogMaxBytes + 1
  output.out('two\n')
  output.out('three\n')
  reader.backlogBytes = 0
  output.out('four\n')
  output.out('five\n')
  expect(lines).toEqual(['one\n', '{"event":"lost","count":2}\n', 'four\n', 'five\n'])
})

test('a person is told in words', () => {
  expect(lostText(3)).toBe('(3 lines are left out: nobody had read those before)')
})
