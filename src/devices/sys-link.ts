import { readlinkSync } from 'node:fs'
import { join } from 'node:path'

/** Where /sys/class/input/eventN leads ('../../devices/…/input/input7/event3'), undefined when it is not there. */
export function sysLink(eventName: string, root = '/'): string | undefined {
  try {
    return readlinkSync(join(root, 'sys/class/input', eventName))
  } catch {
    return undefined
  }
}
