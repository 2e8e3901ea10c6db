import { expect, test } from 'vitest'
import { logLineText } from '../../src/cli/log-text.ts'

/** The clock of the machine may be anywhere. */
const time = new Date(2026, 0, 2, 3, 4, 5).toISOString()

test('a line says when, what, and about what', () => {
  const data = { target: 'win10', previous: 'host', latencyNs: 1200 }
  expect(logLineText({ time, level: 'info', msg: 'switched', data })).toBe(
    '03:04:05 switched  target=win10  previous=host  latencyNs=1200',
  )
  expect(logLineText({ time, level: 'info', msg: 'panic', data: undefined })).toBe('03:04:05 panic')
})

test('a warning is marked', () => {
  expect(logLineText({ time, level: 'warn', msg: 'warning', data: { text: 'a b' } })).toBe(
    '03:04:05 warn: warning  text=a b',
  )
})

test('a name commands no terminal', () => {
  const data = { device: { name: 'a\u001b[2Jb' } }
  expect(logLineText({ time, level: 'info', msg: 'm', data })).not.toContain('\u001b')
})
