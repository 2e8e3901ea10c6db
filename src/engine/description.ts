import { limits, structs } from '../native/abi.ts'
import { littleEndian } from '../native/byte-order.ts'
import { axisSize, descriptionSize, offsets, viewOf } from '../native/records.ts'
import type { Axis, Description } from './types.ts'

const at = offsets(structs.description)
const axisAt = offsets(structs.axis)

const ids = { bus: 'bustype', vendor: 'vendor', product: 'product', version: 'version' } as const
type Id = keyof typeof ids

/** The sets of codes, and how many words of 64 bits each has. */
const sets = {
  properties: 1,
  types: 1,
  keys: 12,
  relative: 1,
  absolute: 1,
  misc: 1,
  switches: 1,
  leds: 1,
  sounds: 1,
  forces: 2,
} as const
type SetName = keyof typeof sets

const idNames = Object.keys(ids) as Id[]
const setNames = Object.keys(sets) as SetName[]
const axisMembers: readonly (keyof Axis)[] = [
  'value',
  'minimum',
  'maximum',
  'fuzz',
  'flat',
  'resolution',
]

/** Reads a struct evs_description. */
export function decodeDescription(buffer: Buffer): Description {
  const view = viewOf(buffer)
  const name = buffer.subarray(at('name'), at('name') + limits.deviceNameSize)
  const end = name.indexOf(0)
  const numbers = idNames.map((id) => [id, view.getUint16(at(ids[id]), littleEndian)])
  const codes = setNames.map((set) => [set, readSet(view, at(set), sets[set])])
  const found = {
    name: Uint8Array.from(end < 0 ? name : name.subarray(0, end)),
    ...(Object.fromEntries(numbers) as Record<Id, number>),
    ...(Object.fromEntries(codes) as Record<SetName, bigint>),
  }
  const axes = codesOf(found.absolute).map((code) => [code, readAxis(view, code)] as const)
  return { ...found, axes: new Map(axes) }
}

/** Writes a struct evs_description. Throws a RangeError for what has no room in it. */
export function encodeDescription(description: Description): Buffer {
  const buffer = Buffer.alloc(descriptionSize)
  const view = viewOf(buffer)
  if (description.name.length >= limits.deviceNameSize) throw new RangeError('the name is too long')
  buffer.set(description.name, at('name'))
  for (const id of idNames) view.setUint16(at(ids[id]), description[id], littleEndian)
  for (const set of setNames) writeSet(view, at(set), sets[set], description[set])
  for (const [code, axis] of description.axes) {
    for (const member of axisMembers) {
      view.setInt32(at('axes') + code * axisSize + axisAt(member), axis[member], littleEndian)
    }
  }
  return buffer
}

/** Whether a clone of the one is a clone of the other, too: all but where the axes are now. */
export function isSameDevice(a: Description, b: Description): boolean {
  const without = (description: Description) =>
    encodeDescription({
      ...description,
      axes: new Map([...description.axes].map(([code, axis]) => [code, { ...axis, value: 0 }])),
    })
  return without(a).equals(without(b))
}

/** The codes of a set, rising. */
export function codesOf(set: bigint): number[] {
  const found = []
  for (let code = 0, rest = set; rest > 0n; code++, rest >>= 1n) if (rest & 1n) found.push(code)
  return found
}

function readSet(view: DataView, offset: number, words: number): bigint {
  let set = 0n
  for (let word = words - 1; word >= 0; word--) {
    set = (set << 64n) | view.getBigUint64(offset + word * 8, littleEndian)
  }
  return set
}

function writeSet(view: DataView, offset: number, words: number, set: bigint): void {
  if (set < 0n || set >> BigInt(words * 64) !== 0n) throw new RangeError('a code is too large')
  for (let word = 0; word < words; word++) {
    const bits = (set >> BigInt(word * 64)) & 0xffff_ffff_ffff_ffffn
    view.setBigUint64(offset + word * 8, bits, littleEndian)
  }
}

function readAxis(view: DataView, code: number): Axis {
  const values = axisMembers.map((member) => [
    member,
    view.getInt32(at('axes') + code * axisSize + axisAt(member), littleEndian),
  ])
  return Object.fromEntries(values) as Record<keyof Axis, number>
}
