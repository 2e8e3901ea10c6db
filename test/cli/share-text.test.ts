import { expect, test } from 'vitest'
import { roundTripText, shareStatusText } from '../../src/cli/share-text.ts'
import type { JoinStatus } from '../../src/share/join/join.ts'

const joined: JoinStatus = {
  server: 'desk',
  name: 'laptop',
  state: 'entered',
  since: '2026-11-25T10:00:00.000Z',
  protocol: '1.6',
  isSecure: true,
  serverKeys: 'windows',
  screen: '3840x1080',
  roundTripMs: 0.314,
  merged: 0,
  lastError: undefined,
}

test('a screen that is connected is shown with what a person wants to know', () => {
  const now = new Date('2026-11-25T10:03:00.000Z')
  expect(shareStatusText({ version: '1', join: joined }, now)).toEqual([
    'the keyboard and mouse of desk are here, for 3 min',
    '  screen       laptop, 3840x1080',
    '  protocol     1.6, over TLS',
    '  server keys  windows',
    '  round trip   0.31 ms',
  ])
})

test.each([
  [undefined, undefined],
  [0.0123, '0.012 ms'],
  [0.3, '0.3 ms'],
  [9.96, '10 ms'],
  [123.4, '123 ms'],
])('a round trip of %s ms is shown as %s', (ms, text) => {
  expect(roundTripText(ms)).toBe(text)
})
