import { close, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { has } from '../devices/bitmap.ts'
import type { Device } from '../devices/device.ts'
import { codes } from '../engine/code-table.ts'

/** struct input_event of a 64-bit kernel: two longs, two __u16, one __s32. */
const eventSize = 24
const typeAt = 16
const codeAt = 18
const sixtyFourBits = new Set(['x64', 'arm64', 'riscv64', 'ppc64', 'loong64', 's390x'])

/**
 * Whether another program holds the grab of a device, found out without taking it: an MSC_SCAN event, which
 * nobody minds, is written to the node and comes back to our own reader only while nobody grabs it (the kernel
 * hands events to the holder of the grab alone: drivers/input/evdev.c). Undefined when it cannot be told: no
 * scancodes, as PS/2 mice have none, or no permission to write. `root` stands before /dev.
 */
export function isGrabbedElsewhere(device: Device, root = '/'): boolean | undefined {
  const { ev, msc } = device.capabilities
  const echoes = has(ev, codes.EV_MSC) && has(msc, codes.MSC_SCAN)
  if (!echoes || !sixtyFourBits.has(process.arch)) return undefined
  let fd: number
  try {
    fd = openSync(join(root, device.node), constants.O_RDWR | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
  try {
    if (!fstatSync(fd).isCharacterDevice()) return undefined
    writeSync(fd, Buffer.concat([event(codes.EV_MSC, codes.MSC_SCAN), event(codes.EV_SYN, 0)]))
    return !hasEvents(fd)
  } catch {
    return undefined
  } finally {
    // Closing waits for the kernel's grace periods, about 40 ms: not here.
    close(fd, () => {})
  }
}

function event(type: number, code: number): Buffer {
  const bytes = Buffer.alloc(eventSize)
  new Uint16Array(bytes.buffer, bytes.byteOffset + typeAt, 1)[0] = type
  new Uint16Array(bytes.buffer, bytes.byteOffset + codeAt, 1)[0] = code
  return bytes
}

/** What is read is dropped unseen: it may be a keystroke. */
function hasEvents(fd: number): boolean {
  try {
    return readSync(fd, Buffer.alloc(64 * eventSize)) > 0
  } catch {
    return false // EAGAIN: nothing came back
  }
}
