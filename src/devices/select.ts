import { realpathSync } from 'node:fs'
import { basename, join } from 'node:path'
import { codes } from '../engine/code-table.ts'
import { EvswitchError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { has } from './bitmap.ts'
import type { Device } from './device.ts'
import type { DeviceKind } from './kind.ts'
import { isRemapper } from './remappers.ts'
import { comparable, printable } from './sanitize.ts'

/** Which devices are to be read, and what that means for the host. */
export interface Selection {
  /** In the order of their numbers when nobody named any, otherwise as named. */
  readonly sources: readonly Device[]
  /** Devices that were pinned to the host, and keyboards and pointers that stay with it anyway; each with its reason. */
  readonly left: readonly { readonly device: Device; readonly reason: string }[]
  /** While a guest is active the host has no keyboard, or no mouse or touchpad, that it can read. */
  readonly takesLastKeyboard: boolean
  readonly takesLastMouse: boolean
  /** Sentences for the person who started the program. */
  readonly advice: readonly string[]
}

export interface SelectOptions {
  /** Stands before /dev, to follow links that are not in by-id or by-path. */
  readonly root?: string
  /** Names of devices that stay with the host. One that is not there now is a sentence of advice. */
  readonly pinned?: readonly string[]
  /** A named device that is not there now is a sentence of advice, too, while another one is. */
  readonly waits?: boolean
  /** Nothing to take is a sentence of advice. */
  readonly mayBeNone?: boolean
}

/**
 * Chooses the devices to read.
 *
 * Without names: every real keyboard and mouse, with the nodes for media and system keys that belong to
 * them. Devices made by uinput and pointers that a mouse node cannot carry are left out.
 *
 * A name is a path (`/dev/input/event3`, a link), `event3`, an identity, the name of a by-id or by-path link,
 * a device's name, or a part of one that fits only one device (without case; the nodes of one device count
 * as one). Throws 'unknown-device' with the nearest name, 'ambiguous-device' with the candidates,
 * 'unsuitable-device' for what a keyboard and a mouse node cannot carry, and 'not-configured' when there is
 * nothing to take. A pinned device is not taken, by whatever name.
 */
export function selectSources(
  devices: readonly Device[],
  names: readonly string[] = [],
  options: SelectOptions = {},
): Selection {
  const { root = '/', waits = false, mayBeNone = false } = options
  const named = findPresent(devices, names, root)
  const absent = named.missing[0]?.error
  if (absent !== undefined && !waits) throw absent
  const kept = findPresent(devices, options.pinned ?? [], root)
  const pinned = unique(kept.found.flat())
  const free = devices.filter((device) => !pinned.includes(device))
  const wanted =
    names.length === 0 ? everyKeyboardAndMouse(free) : unique(named.found.flatMap(checked))
  const sources = wanted.filter((device) => !pinned.includes(device))
  const isNone = sources.length === 0
  if (isNone && !mayBeNone) throw absent ?? nothingToTake(devices, pinned.length > 0)
  return {
    sources,
    left: [
      ...pinned.map((device) => ({ device, reason: 'pinned' })),
      ...(names.length === 0 ? leftOut(free, sources) : []),
    ],
    takesLastKeyboard: takesLast(devices, sources, keyboards),
    takesLastMouse: takesLast(devices, sources, pointers),
    advice: [
      ...named.missing.map(({ name }) => absentAdvice(name, 'it is taken when it comes')),
      ...kept.missing.map(({ name }) => absentAdvice(name, 'it stays here when it comes')),
      ...(names.length === 0 ? remapperAdvice(devices) : []),
      ...(isNone ? ['there is no keyboard and no mouse to take now: what comes is taken'] : []),
    ],
  }
}

/**
 * The devices a name means; more than one only when they are nodes of one device. Any kind of device is
 * found. Throws 'unknown-device' and 'ambiguous-device'.
 */
export function findDevices(devices: readonly Device[], name: string, root = '/'): Device[] {
  const wish = name.trim()
  if (wish === '') throw unknownDevice(devices, wish)
  if (wish.startsWith('/')) return [byPath(devices, wish, root)]
  const exact = devices.find(({ eventName, identity }) => eventName === wish || identity === wish)
  if (exact !== undefined) return [exact]
  const linked = devices.filter((device) => hasLink(device, wish))
  if (linked.length > 0) return oneUnit(linked, wish)
  const text = comparable(printable(wish))
  const named = devices.filter((device) => comparable(device.name) === text)
  if (named.length > 0) return oneUnit(named, wish)
  const partly = devices.filter((device) => comparable(device.name).includes(text))
  if (partly.length > 0) return oneUnit(partly, wish)
  throw unknownDevice(devices, wish)
}

/** The devices that names mean, and the names that mean none now. Throws 'ambiguous-device'. */
function findPresent(devices: readonly Device[], names: readonly string[], root: string) {
  const found: Device[][] = []
  const missing: { readonly name: string; readonly error: EvswitchError }[] = []
  for (const name of names) {
    try {
      found.push(findDevices(devices, name, root))
    } catch (error) {
      if (!(error instanceof EvswitchError) || error.code !== 'unknown-device') throw error
      missing.push({ name, error })
    }
  }
  return { found, missing }
}

export function absentAdvice(name: string, then: string): string {
  return `no device is called "${printable(name)}" now; ${then}`
}

function everyKeyboardAndMouse(devices: readonly Device[]): Device[] {
  const main = devices.filter(
    (device) => !device.virtual && (device.kind === 'keyboard' || isRelativeMouse(device)),
  )
  const units = new Set(main.map(({ unit }) => unit))
  return devices.filter(
    (device) =>
      main.includes(device) || (units.has(device.unit) && !device.virtual && isKeysOnly(device)),
  )
}

function isRelativeMouse({ kind, traits }: Device): boolean {
  return kind === 'mouse' && !traits.includes('absolute-pointer')
}

/** Media keys, volume knobs, sleep keys: nodes beside the keyboard that have keys but no letters. */
function isKeysOnly({ kind, traits }: Device): boolean {
  return (kind === 'other' || kind === 'switch') && traits.includes('keys')
}

const unsuitable = new Map<DeviceKind, string>([
  ['touchpad', 'a touchpad sends finger positions'],
  ['tablet', 'a tablet sends pen positions'],
  ['touchscreen', 'a touchscreen sends touch positions'],
  ['gamepad', 'a gamepad has sticks and buttons of its own'],
])

/** Why a device cannot be a source, undefined when it can. */
function unsuitability(device: Device): string | undefined {
  const reason = unsuitable.get(device.kind)
  if (reason !== undefined) return reason
  if (device.traits.includes('absolute-pointer')) return 'it sends positions instead of motion'
  const { ev, key, rel } = device.capabilities
  const useful =
    (has(ev, codes.EV_KEY) && key.some(Boolean)) || (has(ev, codes.EV_REL) && rel.some(Boolean))
  return useful ? undefined : 'it has no keys and no motion'
}

function checked(devices: readonly Device[]): readonly Device[] {
  for (const device of devices) {
    if (device.madeBy === 'evswitch') {
      throw new EvswitchError(
        'unsuitable-device',
        `${label(device)} is a node of evswitch itself`,
        {
          remedy: 'name the keyboard or mouse that you hold in your hands',
        },
      )
    }
  }
  const usable = devices.filter((device) => unsuitability(device) === undefined)
  const first = devices[0]
  if (usable.length === 0 && first !== undefined) {
    throw new EvswitchError(
      'unsuitable-device',
      `${label(first)} cannot be used: ${unsuitability(first)}`,
      {
        remedy:
          'a guest has a keyboard and a mouse node, which carry keys, buttons, wheels and motion; --clone gives it the device itself',
      },
    )
  }
  return usable
}

function byPath(devices: readonly Device[], path: string, root: string): Device {
  const direct = devices.find(
    (device) => device.node === path || device.byId.includes(path) || device.byPath.includes(path),
  )
  if (direct !== undefined) return direct
  const resolved = resolve(path, root)
  const device = devices.find(({ eventName }) => eventName === resolved)
  if (device !== undefined) return device
  if (resolved !== undefined && /^(mouse\d+|mice|js\d+)$/.test(resolved)) {
    throw new EvswitchError('unknown-device', `${printable(path)} is not an evdev node`, {
      remedy: 'name the event node of the same device: evswitch devices shows them',
    })
  }
  throw unknownDevice(devices, path)
}

/** The last name that a path leads to, or undefined when it leads nowhere. */
function resolve(path: string, root: string): string | undefined {
  try {
    return basename(realpathSync.native(join(root, path)))
  } catch {
    return undefined
  }
}

function hasLink(device: Device, name: string): boolean {
  return [...device.byId, ...device.byPath].some(
    (link) => basename(link) === name || link.slice('/dev/input/'.length) === name,
  )
}

function oneUnit(found: readonly Device[], wish: string): Device[] {
  const units = new Set(found.map(({ unit }) => unit))
  if (units.size === 1) return [...found]
  const shown = found.slice(0, 6).map(({ eventName, name }) => `${eventName} (${name})`)
  if (found.length > shown.length) shown.push(`${found.length - shown.length} more`)
  throw new EvswitchError('ambiguous-device', `"${printable(wish)}" fits ${found.length} devices`, {
    remedy: `name one of them: ${shown.join(', ')}`,
  })
}

function unknownDevice(devices: readonly Device[], wish: string): EvswitchError {
  const spellings = new Map<string, Device>()
  for (const device of devices) {
    const links = [...device.byId, ...device.byPath]
    const words = device.name.split(/[\s_-]+/).filter((word) => word.length > 3)
    for (const text of [
      device.name,
      device.identity,
      ...links,
      ...links.map((l) => basename(l)),
      ...words,
    ]) {
      if (!spellings.has(text)) spellings.set(text, device)
    }
  }
  const isNode = /^(\/dev\/input\/)?event\d+$/.test(wish)
  const near = isNode ? undefined : spellings.get(nearest(wish, spellings.keys()) ?? '')
  return new EvswitchError('unknown-device', `no device is called "${printable(wish)}"`, {
    remedy:
      near === undefined
        ? 'evswitch devices lists those there are'
        : `did you mean ${near.eventName}, "${near.name}"? evswitch devices lists all`,
  })
}

function nothingToTake(devices: readonly Device[], isPinned: boolean): EvswitchError {
  if (isPinned) {
    return new EvswitchError(
      'not-configured',
      'every keyboard and mouse is pinned to this machine',
      {
        remedy: 'leave one to be taken: a [[source]] with target = "host" never is',
      },
    )
  }
  const remapper = remapperAdvice(devices)[0]
  const any = devices.some((device) => device.kind === 'keyboard' || device.kind === 'mouse')
  return new EvswitchError('not-configured', 'this machine has no real keyboard and no mouse', {
    remedy:
      remapper ??
      (any ? 'name a virtual one: evswitch devices --all lists them' : 'plug one in and try again'),
  })
}

function leftOut(devices: readonly Device[], sources: readonly Device[]): Selection['left'] {
  const left = []
  for (const device of devices) {
    if (sources.includes(device) || device.kind === 'switch' || device.kind === 'other') continue
    const reason = device.virtual
      ? `made by ${device.madeBy ?? 'another program'}`
      : unsuitability(device)
    if (reason !== undefined && device.madeBy !== 'evswitch') left.push({ device, reason })
  }
  return left
}

/** A sort of device the host needs one of: what can serve as one, and what is held for one. */
interface Sort {
  readonly serves: (device: Device) => boolean
  readonly main: readonly DeviceKind[]
}

const keyboards: Sort = {
  serves: ({ traits }) => traits.includes('keyboard'),
  main: ['keyboard'],
}

const pointers: Sort = {
  serves: ({ traits }) =>
    traits.includes('mouse') || traits.includes('pointing-stick') || traits.includes('touchpad'),
  main: ['mouse', 'touchpad'],
}

/**
 * Whether a selection takes the last device of a sort. A device that remains counts only when it surely is
 * what it says: not a macro node of a mouse, nor the mouse node of a keyboard.
 */
function takesLast(devices: readonly Device[], sources: readonly Device[], sort: Sort): boolean {
  const taken = sources.filter(sort.serves)
  if (taken.length === 0) return false
  if (taken.some(({ madeBy }) => madeBy !== undefined && isRemapper(madeBy))) return true
  const remaining = devices.filter(
    (device) => sort.main.includes(device.kind) && !device.virtual && !sources.includes(device),
  )
  return !remaining.some((device) => isSure(device, devices))
}

/** A keyboard and a mouse on one interface of one device: one of them is an extra, and nobody says which. */
function isSure(device: Device, devices: readonly Device[]): boolean {
  if (device.secondary) return false
  if (device.usb?.bootProtocol === device.kind) return true
  const opposite = device.kind === 'keyboard' ? 'mouse' : 'keyboard'
  return !devices.some(
    (peer) =>
      peer.kind === opposite &&
      peer.unit === device.unit &&
      peer.usb?.interfaceNumber === device.usb?.interfaceNumber,
  )
}

function remapperAdvice(devices: readonly Device[]): string[] {
  const made = devices.filter(
    (device) =>
      keyboards.serves(device) && device.madeBy !== undefined && isRemapper(device.madeBy),
  )
  return made.map(
    (device) =>
      `${device.madeBy} is running: what is typed may come from "${device.name}" (${device.eventName}); name it to route that`,
  )
}

function label({ eventName, name }: Device): string {
  return `${eventName} ("${name}")`
}

function unique(devices: readonly Device[]): Device[] {
  return [...new Set(devices)]
}
