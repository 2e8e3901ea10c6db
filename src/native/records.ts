import koffi, { type TypeObject } from 'koffi'
import { structs } from './abi.ts'
import { littleEndian } from './byte-order.ts'

/** struct evs_event; ids are raw, `none` where the kind has none. */
export interface EventRecord {
  readonly kind: number
  readonly request: number
  readonly result: number
  readonly source: number
  readonly target: number
  readonly previous: number
  readonly reason: number
  readonly sink: number
  readonly value: bigint
  readonly timeNs: bigint
}

/** struct evs_tap_record. */
export interface TapRecord {
  /** CLOCK_MONOTONIC: the kernel's stamp, and when the engine had read and routed the event. */
  readonly kernelNs: bigint
  readonly readNs: bigint
  readonly source: number
  readonly type: number
  readonly code: number
  readonly value: number
}

export const eventSize = koffi.sizeof(structs.event)
export const tapSize = koffi.sizeof(structs.tap_record)
export const descriptionSize = koffi.sizeof(structs.description)
export const axisSize = koffi.sizeof(structs.axis)
export const sinkEventSize = koffi.sizeof(structs.sink_event)

const eventAt = offsets(structs.event)
const tapAt = offsets(structs.tap_record)

/** Reads the struct evs_event at the start of a buffer. */
export function decodeEvent(buffer: Buffer): EventRecord {
  const view = viewOf(buffer)
  const u32 = (member: string) => view.getUint32(eventAt(member), littleEndian)
  return {
    kind: u32('kind'),
    request: u32('request'),
    result: view.getInt32(eventAt('result'), littleEndian),
    source: u32('source'),
    target: u32('target'),
    previous: u32('previous'),
    reason: u32('reason'),
    sink: u32('sink'),
    value: view.getBigUint64(eventAt('value'), littleEndian),
    timeNs: view.getBigUint64(eventAt('time_ns'), littleEndian),
  }
}

/** Reads `count` times a struct evs_tap_record from a buffer. */
export function decodeTap(buffer: Buffer, count: number): TapRecord[] {
  const view = viewOf(buffer)
  return Array.from({ length: count }, (_, index) => {
    const at = (member: string) => index * tapSize + tapAt(member)
    return {
      kernelNs: view.getBigUint64(at('kernel_ns'), littleEndian),
      readNs: view.getBigUint64(at('read_ns'), littleEndian),
      source: view.getUint32(at('source'), littleEndian),
      type: view.getUint16(at('type'), littleEndian),
      code: view.getUint16(at('code'), littleEndian),
      value: view.getInt32(at('value'), littleEndian),
    }
  })
}

/** Structs one after another; room for one where there is none, because a pointer must point somewhere. */
export function encodeStructs(type: TypeObject, values: readonly object[]): Buffer {
  const size = koffi.sizeof(type)
  const buffer = Buffer.alloc(Math.max(1, values.length) * size)
  for (const [index, value] of values.entries()) koffi.encode(buffer, index * size, type, value)
  return buffer
}

export function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}

/** Where the members of a struct are, by name. */
export function offsets(type: TypeObject): (member: string) => number {
  const found = new Map(
    Object.entries(type.members ?? {}).map(([name, { offset }]) => [name, offset]),
  )
  return (member) => {
    const offset = found.get(member)
    if (offset === undefined) throw new Error(`no member ${member}`)
    return offset
  }
}
