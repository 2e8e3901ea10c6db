import { ensureLink, type LinkOutcome, removeLink } from '../devices/links-fallback.ts'
import { listDevices } from '../devices/list.ts'
import {
  hostTargetName,
  type NodeRole,
  nodeDeviceName,
  nodeLinkName,
} from '../engine/target-name.ts'
import type { Engine, Profile, Role, Sink } from '../engine/types.ts'
import { EvswitchError } from '../errors.ts'
import { limits } from '../native/abi.ts'
import type { KeptNodes } from './kept-nodes.ts'
import type { Guest } from './notice.ts'
import type { Teardown } from './teardown.ts'

/** udev makes its links within milliseconds where our rules are installed. */
const linkTimeoutMs = 1000

const nodeRoles = { keyboard: 'kbd', mouse: 'mouse' } as const satisfies Record<Role, NodeRole>

const allRoles: readonly NodeRole[] = [
  ...Object.values(nodeRoles),
  ...Array.from({ length: limits.clones }, (_, index): NodeRole => `clone${index + 1}`),
]

/** The phys of a guest's keyboard and mouse. */
export function guestNodeNames(target: string): string[] {
  return Object.values(nodeRoles).map((role) => nodeLinkName(target, role))
}

/** A guest as it is asked for. */
export interface GuestOptions {
  readonly name: string
  /** Whether it is given key repeats. */
  readonly repeat: boolean
  /** Default: 'input-linux'. */
  readonly profile?: Profile
  /** Frames of motion a second at most. Default: 0, all. */
  readonly maxRate?: number
  /** Whether it is given the input when a machine opens its nodes. */
  readonly enterOnStart: boolean
  /** The Unix socket of its QMP monitor, where evswitch may listen to one. */
  readonly qmp?: string | undefined
  readonly isScreen?: false
}

/** The screen of another computer as it is asked for. What else there is to say of it is the network share's. */
export interface ScreenOptions
  extends Pick<GuestOptions, 'name' | 'repeat' | 'maxRate' | 'enterOnStart'> {
  readonly isScreen: true
}

export type TargetWish = GuestOptions | ScreenOptions

export function isGuest(target: TargetWish): target is GuestOptions {
  return target.isScreen !== true
}

/**
 * Throws 'device-busy' when another evswitch has nodes for one of these targets: a guest would open the nodes
 * of one of the two, nobody knows of which.
 * @param own the phys of nodes that are ours already
 */
export function checkNamesAreFree(targets: readonly string[], own: ReadonlySet<string>): void {
  const { devices } = listDevices()
  for (const target of targets) {
    const names = allRoles.map((role) => nodeLinkName(target, role))
    const taken = devices.find(
      ({ virtual, phys }) => virtual && names.includes(phys) && !own.has(phys),
    )
    if (taken === undefined) continue
    throw new EvswitchError(
      'device-busy',
      `another evswitch has a target named ${target} already (${taken.node})`,
      { remedy: 'end that one, or choose another name with --target' },
    )
  }
}

/**
 * Makes a guest's nodes and their links, or takes over those that are kept. Links go with the teardown, nodes with the
 * engine, unless somebody keeps them.
 */
export async function addGuest(
  engine: Engine,
  { name, repeat, profile = 'input-linux', maxRate = 0 }: GuestOptions,
  options: {
    readonly signal: AbortSignal
    readonly teardown: Teardown
    readonly nodes: KeptNodes
  },
): Promise<Omit<Guest, 'clones'>> {
  const { signal, teardown, nodes } = options
  const { keyboard, mouse } = await makeNodes(engine, nodes, name, profile)
  await engine.addTarget({ name, keyboard, mouse, repeat, profile, maxRate })
  const link = async ({ role, node }: Sink): Promise<LinkOutcome> => {
    const outcome = await ensureLink(name, nodeRoles[role], node, {
      udevTimeoutMs: linkTimeoutMs,
      signal,
    })
    teardown.add(() => removeLink(outcome))
    return outcome
  }
  const [keyboardLink, mouseLink] = await Promise.all([link(keyboard), link(mouse)])
  return { name, repeat, keyboard: keyboardLink, mouse: mouseLink }
}

/** A target without nodes: its frames go where `Engine.linkTarget` says. No toggle of QEMU's has to be kept from it. */
export async function addScreen(
  engine: Pick<Engine, 'addTarget'>,
  { name, repeat, maxRate = 0 }: ScreenOptions,
): Promise<void> {
  const fixed = { isLinked: true, profile: 'host', grabToggle: screenToggle } as const
  await engine.addTarget({ name, repeat, maxRate, ...fixed })
}

export const screenToggle = 'none'

/** Makes the nodes that the host reads: everything in the proxy mode, and otherwise what stays with it. */
export async function addHostNodes(engine: Engine, nodes: KeptNodes): Promise<void> {
  const made = await makeNodes(engine, nodes, hostTargetName, 'host')
  await engine.addTarget({ name: hostTargetName, ...made })
}

async function makeNodes(
  engine: Engine,
  nodes: KeptNodes,
  target: string,
  profile: Profile,
): Promise<Record<Role, Sink>> {
  const make = (role: Role) =>
    nodes.sink(engine, {
      name: nodeDeviceName(target, nodeRoles[role]),
      phys: nodeLinkName(target, nodeRoles[role]),
      role,
      profile,
    })
  const [keyboard, mouse] = await Promise.allSettled([make('keyboard'), make('mouse')])
  if (keyboard.status === 'fulfilled' && mouse.status === 'fulfilled') {
    return { keyboard: keyboard.value, mouse: mouse.value }
  }
  for (const made of [keyboard, mouse]) if (made.status === 'fulfilled') made.value.close()
  throw [keyboard, mouse].find((made) => made.status === 'rejected')?.reason
}
