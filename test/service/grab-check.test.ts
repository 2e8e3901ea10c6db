import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Device } from '../../src/devices/device.ts'
import { listDevices } from '../../src/devices/list.ts'
import { isGrabbedElsewhere } from '../../src/service/grab-check.ts'
import { FakeRoot } from '../devices/fake-root.ts'

// That it tells right is tested on a real kernel: test/lab/run.test.ts.

let root: FakeRoot
beforeEach(() => {
  root = new FakeRoot()
})
afterEach(() => root.remove())

function only(name: string): Device {
  root.plugAll(name)
  const [device] = listDevices(root.path).devices
  if (device === undefined) throw new Error('no device')
  return device
}

test.each([
  ['a device without scancodes', 'ps2-explorer-mouse'],
  ['a file that is no device node', 'at-keyboard'],
])('nothing is said about %s', (_, fixture) => {
  expect(isGrabbedElsewhere(only(fixture), root.path)).toBe(undefined)
})

test('nothing is said about a node that cannot be opened', () => {
  const device = only('at-keyboard')
  root.forbid(device.eventName)
  expect(isGrabbedElsewhere(device, root.path)).toBe(undefined)
})
