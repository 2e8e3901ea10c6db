import { closeSync, openSync, readSync } from 'node:fs'
import { errnoName } from '../errors.ts'

/** An attribute of /sys is one page at most (Linux, Documentation/filesystems/sysfs.rst). */
const pageSize = 4096
const page = Buffer.allocUnsafe(pageSize)

/** Reads up to 4 KiB of a small file, or tells why not as an errno name ('ENOENT'). */
export function readSmallFile(path: string): Buffer | string {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch (error) {
    return errnoName(error) ?? 'EIO'
  }
  try {
    const length = readSync(descriptor, page, 0, pageSize, 0)
    return Buffer.from(page.subarray(0, length))
  } catch (error) {
    return errnoName(error) ?? 'EIO'
  } finally {
    closeSync(descriptor)
  }
}

/** The bytes of an attribute without the newline that /sys adds; undefined when it cannot be read. */
export function readAttribute(path: string): Buffer | undefined {
  const content = readSmallFile(path)
  if (typeof content === 'string') return undefined
  return content.at(-1) === 0x0a ? content.subarray(0, -1) : content
}

/** An attribute that the kernel writes itself, as text. */
export function readText(path: string): string | undefined {
  return readAttribute(path)?.toString('latin1').trim()
}
