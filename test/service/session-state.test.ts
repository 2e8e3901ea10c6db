import { beforeEach, expect, test } from 'vitest'
import type { Device } from '../../src/devices/device.ts'
import { listDevices } from '../../src/devices/list.ts'
import type { Started } from '../../src/service/notice.ts'
import { SessionState } from '../../src/service/session-state.ts'
import { FakeRoot, loadFixture } from '../devices/fake-root.ts'

const root = new FakeRoot()
root.plug(loadFixture('at-keyboard'))
root.plug(loadFixture('qemu-usb-mouse'))
const [keyboard, mouse] = listDevices(root.path).devices as [Device, Device]
root.remove()

const started: Started = {
  devices: [keyboard],
  cloned: [],
  left: [{ device: mouse, reason: 'pinned' }],
  guests: [
    {
      name: 'win10',
      repeat: true,
      keyboard: { path: '/dev/input/by-id/kbd', node: '/dev/input/event9', madeBy: 'udev' },
      mouse: { path: '/x', node: '/dev/input/event10', madeBy: 'nobody', reason: 'read-only' },
      clones: [],
    },
  ],
  screens: ['laptop'],
  targets: ['laptop', 'win10'],
  takesLastKeyboard: false,
  takesLastMouse: false,
  advice: [],
}

let seconds: number
let state: SessionState
beforeEach(() => {
  seconds = 0
  state = new SessionState(() => new Date(seconds * 1000))
})

test('begins at the host', () => {
  expect(state.active).toBe('host')
  expect(state.activeSince).toEqual(new Date(0))
  expect(state.targets).toEqual([])
})

test('follows switches and consumers, and knows since when', () => {
  state.started(started)
  seconds = 5
  state.apply({ kind: 'consumer', target: 'win10', present: true })
  seconds = 7
  const switched = { kind: 'switched', reason: 'hotkey', latencyNs: undefined } as const
  state.apply({ ...switched, target: 'win10', previous: 'host' })
  expect([state.active, state.activeSince]).toEqual(['win10', new Date(7000)])
  expect(state.targets).toEqual([
    { name: 'laptop', nodes: undefined, consumedSince: undefined },
    {
      name: 'win10',
      nodes: ['/dev/input/by-id/kbd', '/dev/input/event10'],
      consumedSince: new Date(5000),
    },
  ])
  state.apply({ kind: 'consumer', target: 'win10', present: false })
  expect(state.targets[1]?.consumedSince).toBeUndefined()
})

test('follows devices; one that is taken is no longer left', () => {
  state.started(started)
  expect([state.devices, state.left.length]).toEqual([[keyboard], 1])
  state.apply({ kind: 'device-arrived', device: mouse })
  expect([state.devices, state.left.length]).toEqual([[keyboard, mouse], 0])
  state.apply({ kind: 'device-departed', device: keyboard })
  expect(state.devices).toEqual([mouse])
})

test('a device that went before it was known is not there', () => {
  state.apply({ kind: 'device-departed', device: keyboard })
  state.started(started)
  expect(state.devices).toEqual([])
})

test('what a reload sets up holds alone', () => {
  state.started(started)
  state.started({ ...started, devices: [mouse], left: [], guests: [], targets: [] })
  expect([state.devices, state.left, state.targets]).toEqual([[mouse], [], []])
})

test('a warning is kept once', () => {
  for (const _ of [1, 2]) state.apply({ kind: 'warning', text: 'slow', remedy: undefined })
  expect(state.warnings).toEqual(['slow'])
})

test('clones are told apart from what is taken', () => {
  state.started({ ...started, cloned: [mouse] })
  expect([state.devices, state.cloned]).toEqual([[keyboard], [mouse]])
})
