import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { codes } from '../engine/code-table.ts'
import { nodeLinkPattern } from '../engine/target-name.ts'
import { EvswitchError, errnoName } from '../errors.ts'
import { has } from './bitmap.ts'
import { accessTo, type Description, isDescription } from './describe.ts'
import { DescriptionMemory } from './description-memory.ts'
import type { Device, SkippedNode } from './device.ts'
import { identities } from './identity.ts'
import { readLinks } from './links.ts'

/** All evdev nodes of the machine at one moment. */
export interface DeviceList {
  /** In the order of their numbers. */
  readonly devices: readonly Device[]
  /** Nodes that could not be described, with the reason; they are in no other list. */
  readonly skipped: readonly SkippedNode[]
}

/** More nodes than the kernel has minor numbers for (evdev: 32 legacy and up to 1,024 in all). */
const mostNodes = 1024

/**
 * Lists every evdev node with what is known about it, from /sys, /dev/input/by-* and the udev database.
 * Opens no device and runs no command. `root` stands before /sys, /dev and /run. Who lists again and again
 * gives a memory.
 *
 * Throws 'not-installed' when the kernel has no input devices at all; what is wrong with a single node is
 * told in `skipped`.
 */
export function listDevices(root = '/', memory = new DescriptionMemory(root)): DeviceList {
  const results = memory.describe(eventNames(root))
  const skipped = results.filter((result): result is SkippedNode => !isDescription(result))
  return { devices: related(results.filter(isDescription), root), skipped }
}

/** The names of the nodes in /sys/class/input ('event3'), by their numbers. */
function eventNames(root: string): string[] {
  const directory = join(root, 'sys/class/input')
  let names: string[]
  try {
    names = readdirSync(directory)
  } catch (error) {
    throw new EvswitchError('not-installed', `cannot read /sys/class/input: ${errnoName(error)}`, {
      remedy: 'load the kernel module evdev (modprobe evdev); containers need /sys and /dev/input',
      cause: error,
    })
  }
  const number = (name: string) => Number(name.slice('event'.length))
  return names
    .filter((name) => /^event\d{1,6}$/.test(name))
    .sort((a, b) => number(a) - number(b))
    .slice(0, mostNodes)
}

/** Adds what comparison tells: links, identities, the nodes that belong together. */
function related(descriptions: readonly Description[], root: string): Device[] {
  const allLinks = readLinks(root)
  const linksOf = (device: Member) => {
    const { byId, byPath } = allLinks(device.eventName)
    return { byId: byId.filter((link) => !isLeftOver(link, device)), byPath }
  }
  const inSysOrder = [...descriptions].sort((a, b) => bySysPath(a.device.sysPath, b.device.sysPath))
  const claimed = inSysOrder.map(({ device, udev }) => {
    const links = linksOf(device)
    const wants = (directory: string) =>
      (udev?.links ?? []).filter((link) => link.startsWith(`input/${directory}/`))
    return {
      ...device,
      byId: [...links.byId, ...wants('by-id')],
      byPath: [...links.byPath, ...wants('by-path')],
    }
  })
  const identity = new Map(
    identities(claimed).map((text, index) => [claimed[index]?.eventName, text]),
  )
  const groups = new Map<string, Member[]>()
  for (const { device } of descriptions) {
    groups.set(device.physical, [...(groups.get(device.physical) ?? []), device])
  }
  return descriptions.map(({ device }) => {
    const group = groups.get(device.physical) ?? []
    const links = linksOf(device)
    return {
      ...device,
      siblings: group.map(({ node }) => node).filter((node) => node !== device.node),
      secondary: isSecondary(device, group),
      byId: links.byId,
      byPath: links.byPath,
      identity: identity.get(device.eventName) ?? device.node,
      access: accessTo(device.node, root),
    }
  })
}

/** Numbers within the paths compare as numbers, so that 'input9' comes before 'input10'. */
const { compare: bySysPath } = new Intl.Collator('en', { numeric: true })

type Member = Description['device']

/**
 * Where udev does not make the links of our nodes, evswitch does; killed, it leaves them behind. The next device
 * that comes gets the event number, and the link says of it what is not true.
 */
function isLeftOver(link: string, { virtual, phys }: Member): boolean {
  const name = basename(link)
  return nodeLinkPattern.test(name) && !(virtual && phys === name)
}

/**
 * Many mice show a keyboard node for their macro keys, and many keyboards a mouse node. A node is secondary
 * when one of the other kind stands on an interface before it, unless it declares itself for what it is: a
 * mouse by the boot protocol, a keyboard by the boot protocol and lamps, as receivers do that serve both.
 * Devices paired to one receiver are whole devices.
 */
function isSecondary(device: Member, group: readonly Member[]): boolean {
  const { kind, unit, usb } = device
  if (kind !== 'keyboard' && kind !== 'mouse') return false
  if (usb?.bootProtocol === kind && (kind === 'mouse' || hasLamps(device))) return false
  const place = usb?.interfaceNumber ?? 0
  return group.some(
    (peer) =>
      peer.unit === unit &&
      peer.kind === (kind === 'mouse' ? 'keyboard' : 'mouse') &&
      (peer.usb?.interfaceNumber ?? 0) < place,
  )
}

function hasLamps({ capabilities }: Member): boolean {
  return has(capabilities.ev, codes.EV_LED) && has(capabilities.led, codes.LED_CAPSL)
}
