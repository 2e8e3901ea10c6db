import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { appendSources, checkAppendable, sourceEntry } from '../../src/capture/source-entries.ts'
import { decodeConfig } from '../../src/config/decode.ts'
import type { Device } from '../../src/devices/device.ts'
import { listDevices } from '../../src/devices/list.ts'
import { FakeRoot } from '../devices/fake-root.ts'

let root: FakeRoot
let folder: string
let path: string
let devices: readonly Device[]
beforeEach(() => {
  root = new FakeRoot({ udev: true })
  root.plugAll('qemu-usb-keyboard', 'logitech-mx-master-3s-ble')
  devices = listDevices(root.path).devices
  folder = mkdtempSync(join(tmpdir(), 'evswitch-sources-'))
  path = join(folder, 'config.toml')
})
afterEach(() => {
  root.remove()
  rmSync(folder, { recursive: true })
})

test('an entry names a device by what lasts', () => {
  const entries = devices.map((device) => sourceEntry(device).join('\n'))
  expect(entries[0]).toMatch(
    /^\[\[source\]\]\n# QEMU QEMU USB Keyboard: keyboard\ndevice = "by-id\/usb-.*-event-kbd"$/,
  )
  expect(entries[1]).toContain('device = "id/046d:b034:Logitech MX Master 3S:')
})

test('entries are a right configuration', () => {
  const { config, diagnostics } = decodeConfig(devices.flatMap(sourceEntry).join('\n'))
  expect(diagnostics).toEqual([])
  expect(config?.source.map(({ device }) => device.value)).toEqual(
    devices.map(({ identity }) => identity),
  )
})

test('a file that is not there is made', () => {
  checkAppendable(path)
  expect(appendSources(path, devices)).toEqual(devices)
  const expected = devices.map((device) => `${sourceEntry(device).join('\n')}\n`).join('\n')
  expect(readFileSync(path, 'utf8')).toBe(expected)
})

test('what stands in a file stays, and a device is added once', () => {
  writeFileSync(path, 'hotkey = "scrolllock"')
  const [keyboard, mouse] = devices
  if (keyboard === undefined || mouse === undefined) throw new Error('a fixture is missing')
  expect(appendSources(path, [keyboard])).toEqual([keyboard])
  expect(appendSources(path, [keyboard, mouse])).toEqual([mouse])
  expect(appendSources(path, [keyboard, mouse])).toEqual([])
  const text = readFileSync(path, 'utf8')
  expect(text.startsWith('hotkey = "scrolllock"\n\n[[source]]\n')).toBe(true)
  expect(text.match(/\[\[source\]\]/g)).toHaveLength(2)
})

test('an identity with quotation marks and backslashes is a text of TOML', () => {
  const [device] = devices
  if (device === undefined) throw new Error('a fixture is missing')
  const odd = { ...device, identity: 'id/1:2:The "Best" \\x1b Keyboard', name: 'a' }
  expect(sourceEntry(odd)[2]).toBe('device = "id/1:2:The \\"Best\\" \\\\x1b Keyboard"')
})

test.each([
  ['source = []\n', /a "source" of another form/],
  ['[source]\na = 1\n', /a "source" of another form/],
  ['text = """\n', /a text in it has no end/],
  ['\0\0', /it is not text/],
])('a file with %j is left alone', (content, message) => {
  writeFileSync(path, content)
  expect(() => checkAppendable(path)).toThrow(message)
  expect(() => appendSources(path, devices)).toThrow(message)
  expect(readFileSync(path, 'utf8')).toBe(content)
})

test('a folder and a missing folder are refused before anything is done', () => {
  expect(() => checkAppendable(folder)).toThrow(/it is not a file/)
  expect(() => checkAppendable(join(folder, 'none', 'x.toml'))).toThrow(/ENOENT\nname a file/)
})

test.skipIf(process.getuid?.() === 0)('a file that may not be written is told', () => {
  writeFileSync(path, '')
  chmodSync(path, 0o444)
  expect(() => checkAppendable(path)).toThrow(/EACCES\nrun it with sudo/)
})
