/** An object or device of a QEMU command line that reads an evdev node. */
export interface EvdevReader {
  /** 'input-linux', 'virtio-input-host-pci'. */
  readonly type: string
  readonly id: string | undefined
  readonly evdev: string
  /** Whether it is an `-object` with `grab_all`. */
  readonly grabsAll: boolean
}

/** By their name and by the older ones that QEMU still takes. */
const readers = /^(input-linux|virtio-input-host(-pci|-device)?)$/

/**
 * What `-object VALUE` or `-device VALUE` says, where it reads an evdev node; undefined for anything else. VALUE
 * is a list of options as in `input-linux,id=a,evdev=/dev/input/event3`, or JSON (QEMU 6.0 and later).
 */
export function evdevReader(option: string, value: string): EvdevReader | undefined {
  if (option !== '-object' && option !== '-device') return undefined
  const options = value.trimStart().startsWith('{') ? jsonOptions(value) : listedOptions(value)
  const type = options.get('qom-type') ?? options.get('driver') ?? ''
  const evdev = options.get('evdev')
  if (!readers.test(type) || evdev === undefined) return undefined
  const grabsAll = /^(on|yes|true)$/.test(options.get('grab_all') ?? '')
  return { type, id: options.get('id'), evdev, grabsAll }
}

/** The first may be a bare value: the type. A doubled comma is one that belongs to the value. */
function listedOptions(value: string): Map<string, string> {
  const options = new Map<string, string>()
  for (const [index, part] of splitOptions(value).entries()) {
    const at = part.indexOf('=')
    if (at >= 0) options.set(part.slice(0, at), part.slice(at + 1))
    else if (index === 0) options.set('qom-type', part)
    else options.set(part, 'on')
  }
  return options
}

function splitOptions(value: string): string[] {
  const parts: string[] = []
  let part = ''
  for (let at = 0; at < value.length; at++) {
    const isComma = value[at] === ','
    if (isComma && value[at + 1] === ',') at++
    else if (isComma) {
      parts.push(part)
      part = ''
      continue
    }
    part += value[at] ?? ''
  }
  return [...parts, part]
}

function jsonOptions(value: string): Map<string, string> {
  let parsed: unknown
  try {
    parsed = JSON.parse(value)
  } catch {
    return new Map()
  }
  if (typeof parsed !== 'object' || parsed === null) return new Map()
  return new Map(Object.entries(parsed).map(([name, each]) => [name, String(each)]))
}
