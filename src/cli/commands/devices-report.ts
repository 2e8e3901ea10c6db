import { basename } from 'node:path'
import type { Device } from '../../devices/device.ts'
import { hex4 } from '../../devices/identity.ts'
import type { DeviceList } from '../../devices/list.ts'
import { clip, clipMiddle, columns } from '../../devices/sanitize.ts'
import { type NodeUsers, usersText } from '../../devices/users.ts'

export interface DeviceReport {
  /** A table for people, at most `columns` wide. */
  text(): string
  /** The same as data; fields are only ever added. */
  json(): object
}

export interface ReportOptions {
  /** Also buttons, switches and devices made by programs. */
  readonly all: boolean
  readonly columns: number
}

/** Puts a list of devices into words. */
export function deviceReport(
  list: DeviceList,
  users: NodeUsers,
  options: ReportOptions,
): DeviceReport {
  const groups = groupByUnit(list.devices)
  const shown = groups.filter((group) => options.all || group.some(isInteresting))
  const hidden = list.devices.length - shown.flat().length
  return {
    text: () => {
      const blocks = shown.map((group) => blockOf(group, users, options.columns))
      return [...blocks, closing(list, shown.flat(), hidden, options.columns)]
        .filter((block) => block !== '')
        .map((block) => `${block}\n`)
        .join('\n')
    },
    json: () => ({
      devices: shown.flat().map((device) => jsonOf(device, users)),
      skipped: list.skipped,
    }),
  }
}

const interestingKinds = new Set([
  'keyboard',
  'mouse',
  'touchpad',
  'tablet',
  'touchscreen',
  'gamepad',
])

function isInteresting({ kind, virtual }: Device): boolean {
  return !virtual && interestingKinds.has(kind)
}

/** Units in the order of their first nodes; those with a keyboard or mouse first. */
function groupByUnit(devices: readonly Device[]): Device[][] {
  const groups = new Map<string, Device[]>()
  for (const device of devices) {
    groups.set(device.unit, [...(groups.get(device.unit) ?? []), device])
  }
  const rank = (group: readonly Device[]) =>
    group.some(({ virtual }) => virtual) ? 2 : group.some(isInteresting) ? 0 : 1
  return [...groups.values()].sort((a, b) => rank(a) - rank(b))
}

/** A line for the unit, and one for each node with what to call it. */
function blockOf(group: readonly Device[], users: NodeUsers, width: number): string {
  const [first] = group
  if (first === undefined) return ''
  const rate = first.usb?.pollRateHz
  const facts = [
    first.usb === undefined ? first.busName : `usb ${first.usb.port}`,
    rate === undefined ? '' : `${Math.max(...group.map(({ usb }) => usb?.pollRateHz ?? 0))} Hz`,
    `${hex4(first.vendor)}:${hex4(first.product)}`,
    first.virtual ? `made by ${first.madeBy ?? 'a program'}` : '',
  ].filter((fact) => fact !== '')
  const right = facts.join('  ')
  const name = clip(unitName(group), width - columns(right) - 2)
  const gap = ' '.repeat(Math.max(2, width - columns(name) - columns(right)))
  const lines = group.flatMap((device) => nodeLines(device, users, width))
  return [`${name}${gap}${right}`.trimEnd(), ...lines].join('\n')
}

const kindColumn = 14
const nodeColumn = 10

function nodeLines(device: Device, users: NodeUsers, width: number): string[] {
  const start = `  ${device.eventName.padEnd(nodeColumn)}${kindText(device).padEnd(kindColumn)}`
  const notes = [
    device.access === 'none' ? 'no permission' : '',
    device.secondary ? extraText(device) : '',
    openText(device, users),
  ].filter((note) => note !== '')
  const lines = [`${start}${clipMiddle(callName(device), width - start.length)}`.trimEnd()]
  if (notes.length > 0) {
    lines.push(clip(`${' '.repeat(2 + nodeColumn + kindColumn)}${notes.join('; ')}`, width))
  }
  return lines
}

function extraText({ kind }: Device): string {
  return kind === 'keyboard' ? 'extra: macro keys of a mouse' : 'extra: pointer of a keyboard'
}

function openText({ node }: Device, users: NodeUsers): string {
  const list = users.byNode.get(node)
  return list === undefined ? '' : `open in ${usersText(list, 3)}`
}

/** What to write to mean this node: the shortest name that lasts. */
function callName(device: Device): string {
  const link = device.identity.startsWith('by-') ? basename(device.identity) : undefined
  return link ?? device.name
}

function kindText({ kind, traits }: Device): string {
  if (traits.includes('absolute-pointer')) return 'abs. mouse'
  if (kind === 'keyboard' && traits.includes('mouse')) return 'kbd + mouse'
  if (kind === 'mouse' && traits.includes('keyboard')) return 'mouse + kbd'
  if (kind === 'other' && traits.includes('keys')) return 'media keys'
  if (kind === 'switch' && traits.includes('keys')) return 'system keys'
  if (traits.includes('accelerometer')) return 'motion sensor'
  return kind
}

/** The words that the names of all nodes begin with: "MOSART Semi. 2.4G Keyboard Mouse". */
function unitName(group: readonly Device[]): string {
  const [first = [], ...rest] = group.map(({ name }) => name.split(' '))
  const differs = first.findIndex((word, at) => rest.some((words) => words[at] !== word))
  const common = differs < 0 ? first : first.slice(0, differs)
  return (common.length > 0 ? common : first).join(' ')
}

function closing(
  list: DeviceList,
  shown: readonly Device[],
  hidden: number,
  width: number,
): string {
  const lines = []
  if (shown.length === 0) lines.push('No keyboard, mouse or other device to hold in hands.')
  if (hidden > 0) {
    lines.push(
      `${counted(hidden, 'more node')} (buttons, switches, virtual devices): --all shows them.`,
    )
  }
  const forbidden = shown.filter(({ access }) => access === 'none').length
  if (forbidden > 0) {
    lines.push(`No permission for ${counted(forbidden, 'node')}: run as root to use them.`)
  }
  for (const { node, reason } of list.skipped)
    lines.push(clip(`Skipped ${node}: ${reason}.`, width))
  return lines.join('\n')
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function jsonOf(device: Device, users: NodeUsers): object {
  const { capabilities: _, vendor, product, version, ...rest } = device
  return {
    ...rest,
    vendor: hex4(vendor),
    product: hex4(product),
    version: hex4(version),
    users: users.byNode.get(device.node) ?? [],
  }
}
