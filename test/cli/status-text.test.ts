import { describe, expect, test } from 'vitest'
import { duration, statusText } from '../../src/cli/status-text.ts'
import type { Status } from '../../src/control/protocol.ts'
import { someStatus } from '../control/listening.ts'

const now = new Date('2026-01-01T12:14:05.000Z')

const busy: Status = {
  ...someStatus,
  config: '/etc/evswitch/config.toml',
  active: 'win10',
  activeSince: '2026-01-01T12:14:00.000Z',
  targets: [
    { name: 'host', consumed: true, consumedSince: undefined, nodes: [] },
    {
      name: 'win10',
      consumed: true,
      consumedSince: '2026-01-01T10:09:00.000Z',
      nodes: ['/dev/input/by-id/evswitch-win10-event-kbd', '/dev/input/event10'],
    },
    { name: 'mac', consumed: false, consumedSince: undefined, nodes: ['/dev/input/event12'] },
    { name: 'desk', consumed: false, consumedSince: undefined, nodes: [], screen: true },
    {
      name: 'laptop',
      consumed: true,
      consumedSince: '2026-01-01T12:11:05.000Z',
      nodes: [],
      screen: true,
    },
  ],
  devices: [
    { node: '/dev/input/event3', name: 'Logitech K120', kind: 'keyboard', identity: 'a' },
    { node: '/dev/input/event14', name: 'MOSART 2.4G Mouse', kind: 'mouse', identity: 'b' },
  ],
  left: [
    {
      node: '/dev/input/event9',
      name: 'Yubikey',
      kind: 'keyboard',
      identity: 'c',
      reason: 'pinned',
    },
  ],
  latency: {
    ...someStatus.latency,
    mouse: { count: 123456, meanNs: 9000, p50Ns: 8100, p99Ns: 23000, p999Ns: 99000, maxNs: 1.4e6 },
    switch: { count: 3, meanNs: 2e5, p50Ns: 2e5, p99Ns: 3e5, p999Ns: 3e5, maxNs: 4.2e7 },
  },
  warnings: ['memory cannot be locked (EPERM): input may lag while the machine is short of memory'],
}

describe('the status', () => {
  test('says at a glance who has the input', () => {
    expect(statusText(busy, now, 100).join('\n')).toBe(
      `win10 has the input, for 5 s

Targets
    host    this machine
  * win10   a machine uses its nodes, for 2 h 5 min  /dev/input/by-id/evswitch-win10-event-kbd
    mac     nobody uses its nodes                    /dev/input/event12
    desk    no computer is connected
    laptop  a computer is connected, for 3 min

Devices, taken while a guest has the input: 2
  Logitech K120      keyboard  event3
  MOSART 2.4G Mouse  mouse     event14

Left to this machine: 1
  Yubikey  keyboard  event9  pinned

Latency          p50       p99     p99.9       max     count
  motion      8.1 us     23 us     99 us    1.4 ms    123456
  keys             -         -         -         -         0
  switches    200 us    300 us    300 us     42 ms         3

Warnings
  memory cannot be locked (EPERM): input may lag while the machine is short of memory

evswitch 1.2.3, process 42, runs for 2 h 14 min, /etc/evswitch/config.toml`,
    )
  })

  test('fits the terminal', () => {
    for (const line of statusText(busy, now, 60)) expect(line.length).toBeLessThanOrEqual(60)
  })

  test('is short where there is little to say', () => {
    const text = statusText(someStatus, new Date('2026-01-01T10:00:59.000Z'), 80).join('\n')
    expect(text).toContain('host has the input, for 59 s')
    expect(text).toContain('no configuration file')
    expect(text).not.toContain('Warnings')
    expect(text).not.toContain('Left')
  })
})

test.each([
  [-5, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [3_600_000, '1 h'],
  [86_399_000, '23 h 59 min'],
  [86_400_000, '1 d'],
  [180_000_000, '2 d 2 h'],
])('%i ms are %s', (ms, text) => {
  expect(duration(ms)).toBe(text)
})
