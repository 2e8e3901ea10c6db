import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readText } from './files.ts'

/** What USB says of the interface a node belongs to. */
export interface UsbFacts {
  /** Bus and ports: '1-2.4'. */
  readonly port: string
  readonly interfaceNumber: number | undefined
  /** What the interface is in the boot protocol (HID 1.11, 4.3): a firmware would use it as that. */
  readonly bootProtocol: 'keyboard' | 'mouse' | undefined
  /** How often the kernel asks the device for reports: 125 µs and up. */
  readonly pollIntervalUs: number | undefined
  readonly pollRateHz: number | undefined
}

/** Where in a /sys path the USB device and its interface are; undefined for what only crosses USB. */
export interface UsbPlace {
  readonly port: string
  readonly devicePath: string
  readonly interfacePath: string | undefined
}

const portName = /^\d+-\d+(\.\d+)*$/
const interfaceName = /^\d+-\d+(\.\d+)*:\d+\.\d+$/

/**
 * Finds the USB device a node belongs to in its path below /sys. A device behind a Bluetooth adapter is not
 * the adapter's, although its path leads through it.
 */
export function usbPlace(sysPath: string): UsbPlace | undefined {
  const parts = sysPath.split('/')
  if (parts.includes('bluetooth')) return undefined
  const deviceAt = parts.findLastIndex((part) => portName.test(part))
  if (deviceAt < 0) return undefined
  const interfaceAt = interfaceName.test(parts[deviceAt + 1] ?? '') ? deviceAt + 1 : -1
  const path = (last: number) => parts.slice(0, last + 1).join('/')
  return {
    port: parts[deviceAt] ?? '',
    devicePath: path(deviceAt),
    interfacePath: interfaceAt < 0 ? undefined : path(interfaceAt),
  }
}

/** Reads the facts of an interface; what cannot be read is undefined. `sys` is where /sys is mounted. */
export function usbFacts(sys: string, place: UsbPlace): UsbFacts {
  const { port, devicePath, interfacePath } = place
  const attribute = (name: string) =>
    interfacePath === undefined ? undefined : readText(join(sys, interfacePath, name))
  const speed = Number(readText(join(sys, devicePath, 'speed')) ?? Number.NaN)
  const pollIntervalUs =
    interfacePath === undefined ? undefined : pollInterval(join(sys, interfacePath), speed)
  return {
    port,
    interfaceNumber: hexNumber(attribute('bInterfaceNumber')),
    bootProtocol: bootProtocol(attribute('bInterfaceProtocol')),
    pollIntervalUs,
    pollRateHz: pollIntervalUs === undefined ? undefined : Math.round(1e6 / pollIntervalUs),
  }
}

/**
 * The interval of the interface's interrupt IN endpoint in µs. bInterval counts milliseconds at low and full
 * speed, and is an exponent of 125 µs frames from high speed on (USB 2.0, 9.6.6); usb_submit_urb() rounds
 * down to a power of two. The parameters mousepoll and kbpoll of usbhid may override it.
 */
export function pollIntervalUs(bInterval: number, speedMbps: number): number | undefined {
  if (!Number.isInteger(bInterval) || bInterval < 1 || !(speedMbps > 0)) return undefined
  if (speedMbps >= 480) return bInterval > 16 ? undefined : 125 * 2 ** (bInterval - 1)
  return bInterval > 255 ? undefined : 1000 * 2 ** Math.floor(Math.log2(bInterval))
}

function pollInterval(interfaceDirectory: string, speedMbps: number): number | undefined {
  for (const name of listDirectory(interfaceDirectory)) {
    if (!name.startsWith('ep_')) continue
    const attribute = (file: string) => readText(join(interfaceDirectory, name, file))
    if (attribute('direction') !== 'in' || attribute('type') !== 'Interrupt') continue
    return pollIntervalUs(hexNumber(attribute('bInterval')) ?? 0, speedMbps)
  }
  return undefined
}

function listDirectory(path: string): string[] {
  try {
    return readdirSync(path).sort()
  } catch {
    return []
  }
}

function hexNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9a-f]{1,4}$/i.test(text) ? Number.parseInt(text, 16) : undefined
}

function bootProtocol(text: string | undefined): UsbFacts['bootProtocol'] {
  if (text === '01') return 'keyboard'
  return text === '02' ? 'mouse' : undefined
}
