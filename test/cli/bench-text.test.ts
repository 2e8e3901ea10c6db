import { expect, test } from 'vitest'
import { barLines, benchText } from '../../src/cli/bench-text.ts'
import { report } from '../bench/report.ts'

test('the report is a table, a histogram and what else was found', () => {
  const lines = benchText(report())
  expect(lines).toContain('a processor, 8 processors')
  expect(lines).toContain(
    '                                p50     p90     p99   p99.9     max  engine     CPU',
  )
  expect(lines).toContain(
    '  mouse  1000 Hz direct        25.0    29.0    29.9    30.0    30.0                ',
  )
  expect(lines).toContain(
    '  mouse  1000 Hz real-time     35.0    39.0    39.9    40.0    40.0    25.0     9.0',
  )
  expect(lines).toContain('Frames by latency, mouse 1000 Hz, real-time, idle:')
  expect(lines).toContain('throughput, 1 mouse: 32000 Hz without loss; frames are lost at 48000 Hz')
  expect(lines).toContain('throughput, 8 mice: no end was found')
  expect(lines).toContain('memory: 61 MiB resident, Node included')
  for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(100)
})

test('lost frames, a rate that was not held and an interruption cannot be overlooked', () => {
  const [first, second] = report().cases
  if (first === undefined || second === undefined) throw new Error('there are two cases')
  const cases = [
    { ...first, lost: 3 },
    { ...second, held: false, reachedHz: 700 },
  ]
  const lines = benchText({ ...report(), cases, complete: false })
  expect(lines[0]).toBe('INTERRUPTED: 2 of 2 measurements were made')
  expect(lines).toContainEqual(expect.stringMatching(/3 LOST$/))
  expect(lines).toContainEqual(expect.stringMatching(/real-time +this machine sends 700 a second/))
})

test('a bar that holds something is seen, and a long tail is one line', () => {
  const bars = Array.from({ length: 60 }, (_, index) => ({
    fromNs: index * 1000,
    toNs: (index + 1) * 1000,
    count: index === 0 ? 100_000 : 1,
  }))
  const lines = barLines(bars, 10)
  expect(lines).toHaveLength(24)
  expect(lines[0]).toBe('      0.0 us ██████████ 100000')
  expect(lines[1]).toBe('      1.0 us ▏          1')
  expect(lines.at(-1)).toBe('    >= 23 us ▏          37')
})
