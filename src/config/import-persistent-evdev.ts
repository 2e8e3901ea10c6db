import type { Imported } from './import.ts'
import { stableDevice } from './stable-device.ts'

/**
 * Reads `{"cache": FOLDER, "devices": {NAME: PATH}}` of persistent-evdev (Python and Rust). Undefined for a
 * text that is no such thing.
 */
export function importPersistentEvdev(text: string): Imported | undefined {
  const devices = devicesOf(text)
  if (devices === undefined) return undefined
  const named = devices.filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  const links = devices.map(([name]) => `/dev/input/by-id/uinput-${name}`)
  return {
    program: 'persistent-evdev',
    sources: named.map(([name, path]) => ({ device: stableDevice(path), about: name })),
    targets: [{ name: 'guest', repeat: true }],
    hotkeys: [],
    notes: [
      'One guest gets all devices, through one keyboard and one mouse node.',
      'Both Ctrl keys switch. persistent-evdev always kept the devices for its guest; evswitch takes them when it is switched.',
      'The cache is not needed: the nodes are made without the devices.',
      ...links.slice(0, 32).map((link) => `No longer there: ${link}`),
    ],
  }
}

function devicesOf(text: string): [string, unknown][] | undefined {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return undefined
  }
  const devices = memberOf(json, 'devices')
  const isObject = typeof devices === 'object' && devices !== null && !Array.isArray(devices)
  return isObject ? Object.entries(devices) : undefined
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Readonly<Record<string, unknown>>)[name]
}
