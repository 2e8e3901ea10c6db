import { accessSync, constants, readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { errnoName } from '../errors.ts'
import { type Bitmap, parseBitmap } from './bitmap.ts'
import type { Capabilities, Device, SkippedNode } from './device.ts'
import { readAttribute, readSmallFile } from './files.ts'
import { kindOf, traitsOf, udevTraits } from './kind.ts'
import { makerOf } from './remappers.ts'
import { printable } from './sanitize.ts'
import type { UdevRecord } from './udev-database.ts'
import { readUdevRecord } from './udev-database.ts'
import { usbFacts, usbPlace } from './usb.ts'

/** A device by itself: without what only comparison with the others can tell. */
export type LoneDevice = Omit<
  Device,
  'siblings' | 'secondary' | 'byId' | 'byPath' | 'identity' | 'access'
>

/** A device by itself, with what udev knows about its node. */
export interface Description {
  readonly device: LoneDevice
  readonly udev: UdevRecord | undefined
}

const busNames = new Map<number, string>([
  [0x01, 'pci'],
  [0x03, 'usb'],
  [0x05, 'bluetooth'],
  [0x06, 'virtual'],
  [0x10, 'isa'],
  [0x11, 'ps/2'],
  [0x18, 'i2c'],
  [0x19, 'host'],
  [0x1c, 'spi'],
  [0x1d, 'rmi'],
  [0x1f, 'intel-ishtp'],
])

/**
 * Describes one evdev node ('event3') from /sys and the udev database, without opening it and without
 * running anything. `root` stands before /sys, /dev and /run. A node that is not there or whose facts
 * cannot be read comes back as a SkippedNode.
 */
export function describeNode(eventName: string, root = '/'): Description | SkippedNode {
  const sys = join(root, 'sys')
  const node = `/dev/input/${eventName}`
  let sysPath: string
  try {
    const realSys = realpathSync.native(sys)
    const real = realpathSync.native(join(sys, 'class/input', eventName))
    if (!real.startsWith(`${realSys}/`)) return { node, reason: 'its /sys entry leads elsewhere' }
    sysPath = real.slice(realSys.length)
  } catch (error) {
    return { node, reason: `no /sys entry (${errnoName(error) ?? 'unreadable'})` }
  }

  const inputPath = dirname(sysPath)
  const reader = new AttributeReader(join(sys, inputPath))
  const deviceNumber = reader.required(`${eventName}/dev`, deviceNumberOf)
  const name = reader.required('name', printable)
  const phys = reader.optional('phys')
  const uniq = reader.optional('uniq')
  const bus = reader.required('id/bustype', hexNumber)
  const vendor = reader.required('id/vendor', hexNumber)
  const product = reader.required('id/product', hexNumber)
  const version = reader.required('id/version', hexNumber)
  const capabilities = readCapabilities(reader)
  if (
    deviceNumber === undefined ||
    name === undefined ||
    bus === undefined ||
    vendor === undefined ||
    product === undefined ||
    version === undefined ||
    capabilities === undefined
  ) {
    return { node, reason: reader.failure }
  }

  const udev = readUdevRecord(deviceNumber, root)
  const traits = (udev && udevTraits(udev.properties, capabilities)) ?? traitsOf(capabilities, bus)
  const virtual = inputPath.startsWith('/devices/virtual/input/')
  const place = usbPlace(inputPath)
  const { physical, unit } = grouping(inputPath, virtual, place?.devicePath)
  return {
    udev,
    device: {
      node,
      eventName,
      inputName: basename(inputPath),
      sysPath,
      deviceNumber,
      name,
      phys,
      uniq,
      bus,
      busName: /\/virtio\d+\//.test(inputPath) ? 'virtio' : (busNames.get(bus) ?? `bus ${bus}`),
      vendor,
      product,
      version,
      kind: kindOf(traits, capabilities, name),
      traits,
      capabilities,
      driver: driverOf(join(sys, inputPath)),
      virtual,
      madeBy: virtual ? makerOf(name, phys) : undefined,
      physical,
      unit,
      usb: place && usbFacts(sys, place),
    },
  }
}

/** What this process may do with a node. */
export function accessTo(node: string, root = '/'): Device['access'] {
  const path = join(root, node)
  if (allowed(path, constants.R_OK | constants.W_OK)) return 'read-write'
  return allowed(path, constants.R_OK) ? 'read-only' : 'none'
}

function allowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}

/** Reads the attributes of one input device and remembers the first that could not be read. */
class AttributeReader {
  readonly #directory: string
  #failure = ''

  constructor(directory: string) {
    this.#directory = directory
  }

  get failure(): string {
    return this.#failure
  }

  required<T>(attribute: string, parse: (content: Buffer) => T | undefined): T | undefined {
    const content = readSmallFile(join(this.#directory, attribute))
    const value = typeof content === 'string' ? undefined : parse(withoutNewline(content))
    if (value === undefined && this.#failure === '') {
      const why = typeof content === 'string' ? content : 'not what it should be'
      this.#failure = `cannot read ${attribute} in /sys (${why})`
    }
    return value
  }

  optional(attribute: string): string {
    const content = readAttribute(join(this.#directory, attribute))
    return content === undefined ? '' : printable(content)
  }
}

function withoutNewline(content: Buffer): Buffer {
  return content.at(-1) === 0x0a ? content.subarray(0, -1) : content
}

function deviceNumberOf(content: Buffer): string | undefined {
  const text = content.toString('latin1')
  return /^\d+:\d+$/.test(text) ? text : undefined
}

function hexNumber(content: Buffer): number | undefined {
  const text = content.toString('latin1')
  return /^[0-9a-f]{1,4}$/i.test(text) ? Number.parseInt(text, 16) : undefined
}

function bitmap(content: Buffer): Bitmap | undefined {
  return parseBitmap(content.toString('latin1'))
}

function readCapabilities(reader: AttributeReader): Capabilities | undefined {
  const ev = reader.required('capabilities/ev', bitmap)
  const key = reader.required('capabilities/key', bitmap)
  const rel = reader.required('capabilities/rel', bitmap)
  const abs = reader.required('capabilities/abs', bitmap)
  const msc = reader.required('capabilities/msc', bitmap)
  const sw = reader.required('capabilities/sw', bitmap)
  const led = reader.required('capabilities/led', bitmap)
  const snd = reader.required('capabilities/snd', bitmap)
  const ff = reader.required('capabilities/ff', bitmap)
  const properties = reader.required('properties', bitmap)
  if (!ev || !key || !rel || !abs || !msc || !sw || !led || !snd || !ff || !properties) {
    return undefined
  }
  return { ev, key, rel, abs, msc, sw, led, snd, ff, properties }
}

/** The kernel driver that made the device: hid-generic, logitech-hidpp-device, atkbd. None for uinput. */
function driverOf(inputDirectory: string): string | undefined {
  try {
    return basename(readlinkSync(join(inputDirectory, 'device/driver')))
  } catch {
    return undefined
  }
}

const hidName = /^[0-9A-F]{4}:[0-9A-F]{4}:[0-9A-F]{4}\.[0-9A-F]{4}$/i

/**
 * What a node belongs to. `physical` is the USB device where there is one, otherwise the parent of the input
 * device (a Bluetooth link, a PS/2 port); every device made by uinput stands for itself. A HID device inside
 * another is one that is paired to a receiver, and a `unit` of its own.
 */
function grouping(inputPath: string, virtual: boolean, usbDevice: string | undefined) {
  if (virtual) return { physical: inputPath, unit: inputPath }
  const above = dirname(inputPath)
  const parent = basename(above) === 'input' ? dirname(above) : above
  const physical = usbDevice ?? parent
  const inside = parent.slice(physical.length).split('/')
  const paired = inside.filter((part) => hidName.test(part)).length > 1
  return { physical, unit: paired ? parent : physical }
}

/** Whether a description is of a node that could be read. */
export function isDescription(result: Description | SkippedNode): result is Description {
  return 'device' in result
}
