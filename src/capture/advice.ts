import type { Device } from '../devices/device.ts'
import { isRemapper } from '../devices/remappers.ts'
import { selectSources } from '../devices/select.ts'
import { EvswitchError } from '../errors.ts'
import type { ActivityFacts, Sort } from './activity.ts'
import { kindWords, listed, nodeWords, unitName } from './words.ts'

/** A node and what was seen of it; undefined when it was silent. */
export interface NodeFacts {
  readonly device: Device
  readonly activity: ActivityFacts | undefined
}

/** What to do with one device that was used. */
export interface UnitAdvice {
  readonly name: string
  /** Its nodes that are to be taken together, in the order of their numbers; none when it cannot be taken. */
  readonly take: readonly Device[]
  /** Why, in sentences for the person who uses it. */
  readonly reasons: readonly string[]
}

/** What to take, device by device. */
export interface Advice {
  readonly units: readonly UnitAdvice[]
  /** All nodes to take. */
  readonly take: readonly Device[]
}

/** What a node is held for. */
type Role = 'keyboard' | 'mouse'

/**
 * Recommends nodes from what was seen of all of them. A device that was used is taken with all its nodes that
 * serve the same hand: one that is silent now (media keys, macro keys) would go on to reach this machine. A
 * silent keyboard beside a mouse that was used, and the other way round, is a second device for the user
 * (one receiver for both) and only mentioned.
 */
export function advise(nodes: readonly NodeFacts[]): Advice {
  const groups = new Map<string, NodeFacts[]>()
  for (const node of nodes) {
    groups.set(node.device.unit, [...(groups.get(node.device.unit) ?? []), node])
  }
  const units = [...groups.values()].flatMap((group) => {
    const advice = adviseUnit(group)
    return advice === undefined ? [] : [advice]
  })
  return { units, take: units.flatMap(({ take }) => take) }
}

/** Whether somebody used this node on purpose. */
export function isUsed({ activity }: NodeFacts): boolean {
  return activity !== undefined && activity.frames > 0 && !activity.onlyInterrupt
}

function adviseUnit(group: readonly NodeFacts[]): UnitAdvice | undefined {
  const used = group.filter((node) => isUsed(node) && isOfHands(node.device))
  if (used.length === 0) return undefined
  const name = unitName(group.map(({ device }) => device))
  const refused = used.flatMap(({ device }) => {
    const why = unsuitability(device)
    return why === undefined ? [] : [`${device.eventName} cannot be taken: ${why}.`]
  })
  const speaking = used.filter(({ device }) => unsuitability(device) === undefined)
  if (speaking.length === 0) return { name, take: [], reasons: refused }

  const roles = new Set(speaking.map(roleInUse))
  const silent = group.filter(
    (node) => !used.includes(node) && isOfHands(node.device) && !unsuitability(node.device),
  )
  const belonging = silent.filter(({ device }) => belongs(device, roles))
  const taken = [...speaking, ...belonging]
  return {
    name,
    take: group.filter((node) => taken.includes(node)).map(({ device }) => device),
    reasons: [
      ...speaking.map(speaksText),
      ...speaking.flatMap((node) => misleadingText(node, silent)),
      ...belongingText(belonging),
      ...otherRoleText(silent.filter((node) => !belonging.includes(node))),
      ...speaking.flatMap(({ device }) => [...virtualText(device), ...placeText(device)]),
      ...refused,
    ],
  }
}

/** A lid, a jack or a motion sensor says nothing about hands. */
function isOfHands({ kind, traits }: Device): boolean {
  if (traits.includes('accelerometer')) return false
  return (kind !== 'other' && kind !== 'switch') || traits.includes('keys')
}

/** Why a device cannot be a source, in the words of `evswitch run`; undefined when it can. */
function unsuitability(device: Device): string | undefined {
  if (device.madeBy === 'evswitch') return 'it is a node of evswitch itself'
  try {
    selectSources([device], [device.eventName])
    return undefined
  } catch (error) {
    if (!(error instanceof EvswitchError)) throw error
    const [summary = ''] = error.message.split('\n')
    return summary.slice(summary.lastIndexOf(': ') + 2)
  }
}

/** A mouse whose keyboard node speaks is still a mouse: its macro keys were pressed. */
function roleInUse({ device, activity }: NodeFacts): Role {
  if (device.secondary) return device.kind === 'keyboard' ? 'mouse' : 'keyboard'
  if (device.kind === 'keyboard' && device.traits.includes('mouse')) {
    return activity?.sends.includes('keys') ? 'keyboard' : 'mouse'
  }
  return device.kind === 'mouse' ? 'mouse' : 'keyboard'
}

/** Whether a silent node serves the same hand as those that speak. */
function belongs({ kind, secondary }: Device, roles: ReadonlySet<Role>): boolean {
  // Media and system keys are taken with everything, as `evswitch run` does by itself.
  if (roles.size === 2 || (kind !== 'keyboard' && kind !== 'mouse')) return true
  const serves: Role = (kind === 'mouse') === secondary ? 'keyboard' : 'mouse'
  return roles.has(serves)
}

function speaksText({ device, activity }: NodeFacts): string {
  return `${nodeWords(device)} sends ${sortWords(activity?.sends ?? [])}.`
}

/** The other node of the same kind, which one would take by its name, but which says nothing. */
function misleadingText({ device }: NodeFacts, silent: readonly NodeFacts[]): string[] {
  const alike = silent.filter(
    (node) => node.device.kind === device.kind && node.device.kind !== 'other',
  )
  return alike.map(
    (node) => `${nodeWords(node.device)} is a ${device.kind}, too, but stays silent.`,
  )
}

function belongingText(belonging: readonly NodeFacts[]): string[] {
  if (belonging.length === 0) return []
  const names = belonging.map(({ device }) => `${device.eventName} (${whatFor(device)})`)
  const they = names.length > 1
  return [
    `${listed(names)} ${they ? 'belong' : 'belongs'} to it and ${they ? 'are' : 'is'} silent so far: ` +
      `left out, ${they ? 'they' : 'it'} would go on to reach this machine.`,
  ]
}

function whatFor(device: Device): string {
  if (device.secondary) return device.kind === 'keyboard' ? 'macro keys' : 'a pointer'
  return kindWords(device)
}

function otherRoleText(others: readonly NodeFacts[]): string[] {
  return others.map(({ device }) =>
    device.kind === 'mouse'
      ? `Its mouse is ${device.eventName}: move it, if you want it, too.`
      : `Its ${kindWords(device)} node is ${device.eventName}: press a key there, if you want it, too.`,
  )
}

function virtualText({ virtual, madeBy, eventName }: Device): string[] {
  if (!virtual) return []
  if (madeBy === undefined) return [`${eventName} is made by a program, not by a device in hands.`]
  return isRemapper(madeBy)
    ? [`${eventName} is made by ${madeBy}, which has the real device and sends what you type.`]
    : [`${eventName} is made by ${madeBy}.`]
}

/** Only the port tells two of a model apart. */
function placeText({ eventName, identity, busName, virtual }: Device): string[] {
  if (virtual || busName !== 'usb' || !identity.startsWith('by-path/')) return []
  return [`${eventName} is known by its port: plug it into the same one always.`]
}

function sortWords(sends: readonly Sort[]): string {
  return sends.length === 0 ? 'events' : listed(sends)
}
