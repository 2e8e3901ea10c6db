import { readdirSync, readlinkSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { EvswitchError, errnoName } from '../errors.ts'
import { readSmallFile } from './files.ts'
import { printable } from './sanitize.ts'

/** A process that has an evdev node open. Whether it also grabs it cannot be seen from outside. */
export interface NodeUser {
  readonly pid: number
  readonly name: string
  /** A program known to grab what it opens. */
  readonly grabber: boolean
}

export interface NodeUsers {
  /** By node ('/dev/input/event3'), known grabbers first, then by pid. Nodes without users are absent. */
  readonly byNode: ReadonlyMap<string, readonly NodeUser[]>
  /** Whether every process could be looked into; false for an ordinary user, and when a limit was hit. */
  readonly complete: boolean
}

export interface UsersOptions {
  /** Stands before /proc. */
  readonly root?: string
  /** A process that is not to be told, usually this one. Default: this process. */
  readonly exceptPid?: number
}

/** What a node is known by: its path and its device number ('13:67'). */
export interface NodeKey {
  readonly node: string
  readonly deviceNumber: string
}

/** Names of programs that grab keyboards or mice, by how their process name begins. */
const grabbers =
  /^(evsieve|keyd|kanata|kmonad|xremap|input-remapper|intercept|udevmon|evremap|netevent|rkvm|qemu|kvm|persistent-evde|akeydo|looking-glass|logid|ckb-next|makima|evswitch|evtest|touchegg|actkbd|libinput)/

/** Descriptors looked at in one scan; a machine with more open files is not read to the end. */
const mostDescriptors = 200_000

/**
 * Finds who has nodes open, from /proc/PID/fd. Takes some milliseconds for hundreds of processes; processes
 * of other users can be looked into by root only.
 */
export function usersOf(nodes: readonly NodeKey[], options: UsersOptions = {}): NodeUsers {
  const { root = '/', exceptPid = process.pid } = options
  const byPath = new Map(nodes.map((key) => [key.node, key]))
  const byName = new Map(nodes.map((key) => [basename(key.node), key]))
  const found = new Map<string, Map<number, NodeUser>>()
  const proc = join(root, 'proc')
  let complete = true
  let left = mostDescriptors
  for (const pid of processIds(proc)) {
    if (pid === exceptPid) continue
    const directory = join(proc, String(pid), 'fd')
    let descriptors: string[]
    try {
      descriptors = readdirSync(directory)
    } catch (error) {
      if (errnoName(error) === 'EACCES' || errnoName(error) === 'EPERM') complete = false
      continue
    }
    left -= descriptors.length
    if (left < 0) {
      complete = false
      break
    }
    for (const descriptor of descriptors) {
      const path = join(directory, descriptor)
      const target = readLink(path)
      if (target === undefined || !target.includes('/event')) continue
      const key = byPath.get(target) ?? sameDevice(path, byName.get(basename(target)))
      if (key === undefined) continue
      const users = found.get(key.node) ?? new Map<number, NodeUser>()
      if (!users.has(pid)) users.set(pid, describeProcess(proc, pid))
      found.set(key.node, users)
    }
  }
  const byNode = new Map([...found].map(([node, users]) => [node, [...users.values()].sort(order)]))
  return { byNode, complete }
}

/** 'evsieve (812), Xorg (700)'; at most `most` of them. */
export function usersText(users: readonly NodeUser[], most = 4): string {
  const shown = users.slice(0, most).map(({ name, pid }) => `${name} (${pid})`)
  if (users.length > most) shown.push(`${users.length - most} more`)
  return shown.join(', ')
}

/**
 * The error for a node whose grab somebody else holds (EBUSY of EVIOCGRAB): who has it open, and what to do.
 */
export function deviceBusyError(node: string, users: NodeUsers): EvswitchError {
  const list = users.byNode.get(node) ?? []
  const who = list.length > 0 ? `; open in: ${usersText(list)}` : ''
  const first = list.find(({ grabber }) => grabber)
  const remedy =
    first !== undefined
      ? `stop ${first.name} or leave the device to it`
      : users.complete
        ? 'stop the program that has it, or leave the device out'
        : 'as root its name can be seen: sudo evswitch devices'
  return new EvswitchError('device-busy', `cannot grab ${node}: another program has it${who}`, {
    remedy,
  })
}

function order(a: NodeUser, b: NodeUser): number {
  return Number(b.grabber) - Number(a.grabber) || a.pid - b.pid
}

function processIds(proc: string): number[] {
  try {
    return readdirSync(proc)
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
  } catch {
    return []
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

/**
 * A process in another mount namespace (a QEMU of libvirt) shows the node under another path; the device
 * number tells whether it is the same.
 */
function sameDevice(descriptorPath: string, key: NodeKey | undefined): NodeKey | undefined {
  if (key === undefined) return undefined
  try {
    const status = statSync(descriptorPath)
    return status.isCharacterDevice() && deviceNumber(status.rdev) === key.deviceNumber
      ? key
      : undefined
  } catch {
    return undefined
  }
}

/** Linux's encoding of device numbers in 32 bits (include/linux/kdev_t.h, new_encode_dev). */
function deviceNumber(rdev: number): string {
  return `${(rdev >>> 8) & 0xfff}:${(rdev & 0xff) | ((rdev >>> 12) & 0xfff00)}`
}

function describeProcess(proc: string, pid: number): NodeUser {
  const name = processName(join(proc, String(pid)))
  return { pid, name, grabber: grabbers.test(name) }
}

/** The process's own name; for a script its file's, because "python3" says nothing. */
function processName(directory: string): string {
  const comm = textOf(readSmallFile(join(directory, 'comm'))).trim()
  if (!/^(python|perl|ruby|node|bash|sh)/.test(comm)) return printable(comm || 'unknown')
  const [, ...rest] = textOf(readSmallFile(join(directory, 'cmdline'))).split('\0')
  const script = rest.find((word) => word !== '' && !word.startsWith('-'))
  return printable(script === undefined ? comm : basename(script))
}

function textOf(content: Buffer | string): string {
  return typeof content === 'string' ? '' : content.toString('utf8')
}
