import { type NativeLibrary, nativeLibrary, type StoredNodeStruct } from '../native/library.ts'
import { errnoText } from './engine-error.ts'

/** What a node of ours says of itself. */
export interface StoredNode {
  readonly name: string
  /** 'evswitch-win10-event-kbd': see `nodeLinkName`. */
  readonly phys: string
  /** '/dev/input/event12'. */
  readonly node: string
  /** Minor number of the node. */
  readonly minor: number
}

/** Why a descriptor has no node: none of uinput (or none at all), or its device is no more. */
export type NoStoredNode = 'not-a-node' | 'destroyed'

/** The node that a uinput descriptor was made with, by an earlier process. The descriptor stays the caller's. */
export function storedNode(
  descriptor: number,
  library: Pick<NativeLibrary, 'storedNode'> = nativeLibrary(),
): StoredNode | NoStoredNode {
  const found: Partial<StoredNodeStruct> = {}
  const result = library.storedNode(descriptor, found)
  if (result < 0) return errnoText(result) === 'ENODEV' ? 'destroyed' : 'not-a-node'
  const { name, phys, node, device: minor } = found as StoredNodeStruct
  return { name, phys, node, minor }
}
