import { afterEach, beforeEach, expect, test } from 'vitest'
import { withoutSourceBlock, withSourceBlock } from '../../src/capture/source-block.ts'
import { sourceEntry } from '../../src/capture/source-entries.ts'
import { decodeConfig } from '../../src/config/decode.ts'
import type { Device } from '../../src/devices/device.ts'
import { listDevices } from '../../src/devices/list.ts'
import { FakeRoot } from '../devices/fake-root.ts'

let root: FakeRoot
let devices: readonly Device[]
beforeEach(() => {
  root = new FakeRoot({ udev: true })
  root.plugAll('qemu-usb-keyboard', 'logitech-mx-master-3s-ble')
  devices = listDevices(root.path).devices
})
afterEach(() => root.remove())

const named = (text: string) => decodeConfig(text).config?.source.map(({ device }) => device.value)
const identities = () => devices.map(({ identity }) => identity)

test.each([
  undefined,
  '',
  '\n',
  'panic = "f12"',
  '[[target]]\nname = "win10"\n',
  '[[target]]\nname = "win10"\n\n\n',
])('what stands in %j is byte for byte the same when the block is taken out', (text) => {
  const block = withSourceBlock(text, devices)
  expect(decodeConfig(block).diagnostics).toEqual([])
  expect(named(block)).toEqual(identities())
  expect(withoutSourceBlock(block)).toBe(text)
})

test('another choice replaces the block, and keeps what was written around it', () => {
  const before = '[[target]]\nname = "win10"\n'
  const after = '\n[[target]]\nname = "mac"\n'
  const first = withSourceBlock(before, devices) + after
  const second = withSourceBlock(first, devices.slice(0, 1))
  expect(named(second)).toEqual(identities().slice(0, 1))
  expect(withoutSourceBlock(second)).toBe(before + after)
})

test('a device that is named elsewhere is not named twice', () => {
  const [keyboard] = devices
  const text = `${keyboard === undefined ? '' : sourceEntry(keyboard).join('\n')}\n`
  const block = withSourceBlock(text, devices)
  expect(decodeConfig(block).diagnostics).toEqual([])
  expect(named(block)?.toSorted()).toEqual(identities().toSorted())
})

test('half a block is left alone', () => {
  const half = withSourceBlock('', devices).replace(/\n# The end .*\n/, '\n')
  expect(withoutSourceBlock(half)).toBe(half)
})
