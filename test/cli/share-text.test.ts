import { expect, test } from 'vitest'
import { roundTripText, shareStatusText } from '../../src/cli/share-text.ts'
import type { ShareStatus } from '../../src/share/process/status.ts'
import type { ServedStatus } from '../../src/share/serve/serve.ts'

const now = new Date('2026-01-01T12:00:00.000Z')
const nothing = { version: '1', join: undefined, serve: undefined }
const join: ShareStatus['join'] = {
  ...{ server: 'desk', name: 'laptop', state: 'entered', since: '2026-01-01T11:57:00.000Z' },
  ...{ protocol: '1.6', isSecure: true, serverKeys: 'windows', screen: '3840x1080', merged: 0 },
  ...{ roundTripMs: 0.314, lastError: undefined },
}
const absent: ServedStatus = {
  ...{ target: 'work', name: 'work', state: 'absent', address: undefined, protocol: undefined },
  ...{ isSecure: undefined, screen: undefined, roundTripMs: undefined, merged: 0 },
  lastError: { text: 'the certificate of the other side is not known', remedy: 'accept it' },
}
const entered: ServedStatus = {
  ...{ target: 'lap', name: 'laptop', state: 'entered', address: '::1', protocol: '1.6' },
  ...{ isSecure: false, screen: '640x480', roundTripMs: 1.23, merged: 7, lastError: undefined },
}

const text = (status: ShareStatus) => shareStatusText(status, now).join('\n')

test('a share that nobody uses says so', () => {
  expect(text(nothing)).toBe('nobody uses this share: the service does not run')
})

test('both directions are shown, one below the other', () => {
  const serve = { port: 24800, trouble: undefined, screens: [absent, entered] }
  expect(text({ ...nothing, join, serve })).toBe(`\
the keyboard and mouse of desk are here, for 3 min
  screen       laptop, 3840x1080
  protocol     1.6, over TLS
  server keys  windows
  round trip   0.31 ms

screens connect at port 24800
screen work: not connected
  last error   the certificate of the other side is not known
               accept it
screen laptop (target lap): it has the keyboard and mouse of this machine
  from         ::1
  size         640x480
  protocol     1.6, without TLS
  round trip   1.2 ms
  merged       7 moves`)
})

test('what keeps screens from connecting is the first that is said', () => {
  const trouble = 'cannot listen at port 24800: another program does\nend it'
  expect(text({ ...nothing, serve: { port: undefined, trouble, screens: [] } })).toBe(trouble)
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
