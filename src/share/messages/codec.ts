import { Cursor, type Field, MalformedPacket } from './fields.ts'
import { type Message, type MessageFrom, messages, type Side } from './table.ts'

const codeBytes = 4
const lengthBytes = 4

/** A list of arguments as it is walked: a name and what lies there. */
export type FieldList = readonly (readonly [string, Field<unknown>])[]

export function fieldList(fields: object): FieldList {
  return Object.entries(fields) as [string, Field<unknown>][]
}

const rows = new Map(
  Object.entries(messages).map(([code, { from, since, fields }]) => [
    code,
    { from: from as Side | 'both', since, fields: fieldList(fields) },
  ]),
)

/**
 * The packet of a message, with its length in front, for a peer that speaks 1.`minor`. Throws a RangeError for a number that
 * does not fit, and for a message that such a peer would take for the end of the world.
 */
export function encode(message: Message, minor: number): Buffer {
  const row = rows.get(message.code)
  if (row === undefined || row.since > minor) {
    throw new RangeError(`version 1.${minor} has no ${message.code}`)
  }
  return packetOf(message.code, row.fields, message as unknown as Record<string, unknown>, minor)
}

/**
 * What a packet says, as a peer of that side would have meant it, or undefined for a code that is not one of that side's. Bytes
 * behind the last argument are passed over. Throws a MalformedPacket.
 */
export function decode<S extends Side>(
  packet: Buffer,
  from: S,
  minor: number,
): MessageFrom<S> | undefined {
  if (packet.length < codeBytes) throw new MalformedPacket('a packet is too short for a message')
  const code = packet.toString('latin1', 0, codeBytes)
  const row = rows.get(code)
  if (row === undefined || (row.from !== from && row.from !== 'both')) return undefined
  const values = readFields(new Cursor(packet, codeBytes), row.fields, minor)
  return { code, ...values } as unknown as MessageFrom<S>
}

/** A packet that begins with a word and goes on with arguments. */
export function packetOf(
  word: string,
  fields: FieldList,
  values: Readonly<Record<string, unknown>>,
  minor: number,
): Buffer {
  let size = word.length
  for (const [name, field] of fields) {
    if (isThere(field, minor)) size += field.size(values[name])
  }
  const packet = Buffer.allocUnsafe(lengthBytes + size)
  packet.writeUInt32BE(size, 0)
  packet.write(word, lengthBytes, 'latin1')
  let at = lengthBytes + word.length
  for (const [name, field] of fields) {
    if (!isThere(field, minor)) continue
    field.write(packet, at, values[name])
    at += field.size(values[name])
  }
  return packet
}

export function readFields(
  cursor: Cursor,
  fields: FieldList,
  minor: number,
): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const [name, field] of fields) {
    const isMissing = field.since !== undefined && cursor.isAtEnd
    values[name] = isThere(field, minor) && !isMissing ? field.read(cursor) : field.absent
  }
  return values
}

function isThere({ since = 0 }: Field<unknown>, minor: number): boolean {
  return since <= minor
}
