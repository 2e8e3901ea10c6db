import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type NodeRole, nodeLinkName } from '../engine/target-name.ts'
import { errnoName, messageOf } from '../errors.ts'
import { readText } from './files.ts'
import { byIdDirectory } from './links.ts'
import { readUdevRecord, udevRuns } from './udev-database.ts'

/** A link that stands, and who made it; or why there is none. `path` is what it is or would be called. */
export type LinkOutcome =
  | { readonly path: string; readonly node: string; readonly madeBy: 'udev' | 'evswitch' }
  | {
      readonly path: string
      readonly node: string
      readonly madeBy: 'nobody'
      readonly reason: string
    }

/** What a program is to open: the link where there is one, the node itself otherwise. */
export function nodePath(link: LinkOutcome): string {
  return link.madeBy === 'nobody' ? link.node : link.path
}

export interface LinkOptions {
  /** Stands before /dev, /sys and /run. */
  readonly root?: string
  /** How long udev may take to make the link, where it runs. Default: 2,000. */
  readonly udevTimeoutMs?: number
  readonly signal?: AbortSignal
}

const pollMs = 5

/**
 * Sees to it that the node of a target can be opened by its stable name. udev makes the link where it runs
 * and udev/70-evswitch.rules is installed; otherwise evswitch makes it, as udev would. What stands there and
 * is not ours is never replaced. Rejects only when aborted.
 */
export async function ensureLink(
  target: string,
  role: NodeRole,
  node: string,
  options: LinkOptions = {},
): Promise<LinkOutcome> {
  const { root = '/', udevTimeoutMs = 2000, signal } = options
  const name = nodeLinkName(target, role)
  const path = `${byIdDirectory}/${name}`
  const isUdevs = () => leadsTo(join(root, path), node) && udevWants(name, node, root)
  if (udevRuns(root)) {
    const deadline = performance.now() + udevTimeoutMs
    while (!isUdevs() && performance.now() < deadline) {
      await sleep(pollMs, undefined, signal && { signal })
    }
  }
  if (isUdevs()) return { path, node, madeBy: 'udev' }
  // A process that was killed has left it, and the node has the number of that one's: ours from now on.
  if (leadsTo(join(root, path), node)) return { path, node, madeBy: 'evswitch' }
  const reason = makeLink(join(root, path), name, node, root)
  return reason === undefined
    ? { path, node, madeBy: 'evswitch' }
    : { path, node, madeBy: 'nobody', reason }
}

/** Removes a link that evswitch made, if it still leads to the same node; udev removes its own. */
export function removeLink(outcome: LinkOutcome, root = '/'): void {
  if (outcome.madeBy !== 'evswitch') return
  const path = join(root, outcome.path)
  if (!leadsTo(path, outcome.node)) return
  try {
    unlinkSync(path)
    rmdirSync(dirname(path))
  } catch {
    // The directory holds other links, or somebody was faster: both are as they should be.
  }
}

/** Whether udev has made this link, by its record of the node; it writes that after the link. */
function udevWants(name: string, node: string, root: string): boolean {
  const deviceNumber = readText(join(root, 'sys/class/input', basename(node), 'dev'))
  const record = deviceNumber === undefined ? undefined : readUdevRecord(deviceNumber, root)
  return record?.links.includes(`input/by-id/${name}`) === true
}

function leadsTo(path: string, node: string): boolean {
  return linkTarget(path) === basename(node)
}

/** The last part of what a symbolic link says, undefined when there is no such link. */
function linkTarget(path: string): string | undefined {
  try {
    return basename(readlinkSync(path))
  } catch {
    return undefined
  }
}

/** Returns why the link could not be made, or undefined. */
function makeLink(path: string, name: string, node: string, root: string): string | undefined {
  const standing = linkTarget(path)
  if (standing === undefined && exists(path)) return 'a file that is not a link has its name'
  if (standing !== undefined && isLiveNode(standing, name, root)) {
    return `another evswitch has a target of this name (${standing})`
  }
  const temporary = join(dirname(path), `.${name}.${process.pid}`)
  try {
    // Whatever the umask says, QEMU must be able to pass through.
    if (mkdirSync(dirname(path), { recursive: true })) chmodSync(dirname(path), 0o755)
    symlinkSync(`../${basename(node)}`, temporary)
    renameSync(temporary, path)
    return undefined
  } catch (error) {
    if (exists(temporary)) unlinkSync(temporary)
    return `it cannot be made (${errnoName(error) ?? messageOf(error)})`
  }
}

/** A link left behind by a process that was killed leads to a node that is gone or somebody else's now. */
function isLiveNode(eventName: string, name: string, root: string): boolean {
  if (!existsSync(join(root, '/dev/input', eventName))) return false
  return readText(join(root, 'sys/class/input', eventName, 'device/phys')) === name
}

function exists(path: string): boolean {
  try {
    lstatSync(path)
    return true
  } catch {
    return false
  }
}
