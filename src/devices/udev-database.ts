import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** What udev keeps about a node in /run/udev/data. */
export interface UdevRecord {
  /** Links below /dev that udev wants for the node: 'input/by-id/...'. Another node may have got them. */
  readonly links: readonly string[]
  readonly properties: ReadonlyMap<string, string>
}

/** Whether udev runs here, and so will say something about a new node. */
export function udevRuns(root = '/'): boolean {
  return existsSync(join(root, 'run/udev/control'))
}

/** Whether udev has events that it is not done with; what libudev's udev_queue_get_queue_is_empty() looks at. */
export function udevIsBehind(root = '/'): boolean {
  return existsSync(join(root, 'run/udev/queue'))
}

/** Larger than any record; a larger file is not one. */
const largestRecord = 64 * 1024

/**
 * Reads the record of a character device ('13:67'), or undefined when udev has none: not running, or not
 * done with the node yet. The format is systemd's device database: S: a link, E: a property.
 */
export function readUdevRecord(deviceNumber: string, root = '/'): UdevRecord | undefined {
  let text: string
  try {
    text = readFileSync(join(root, 'run/udev/data', `c${deviceNumber}`), 'utf8')
  } catch {
    return undefined
  }
  const links: string[] = []
  const properties = new Map<string, string>()
  for (const line of text.slice(0, largestRecord).split('\n')) {
    if (line.startsWith('S:')) links.push(line.slice(2))
    const property = /^E:([A-Z0-9_]+)=(.*)$/.exec(line)
    if (property?.[1] !== undefined) properties.set(property[1], property[2] ?? '')
  }
  return { links, properties }
}

/** Tells one writing of a udev record from another; undefined where there is none. */
export function recordStamp(deviceNumber: string, root = '/'): string | undefined {
  try {
    const { ino, mtimeMs } = statSync(join(root, 'run/udev/data', `c${deviceNumber}`))
    return `${ino} ${mtimeMs}`
  } catch {
    return undefined
  }
}
