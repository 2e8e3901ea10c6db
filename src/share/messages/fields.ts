import { limits } from './limits.ts'

/** A packet that is not what its code says, or too long. The peer does not speak the protocol. */
export class MalformedPacket extends Error {
  override readonly name = 'MalformedPacket'
}

/** Where in a packet the next argument begins. It never leaves the packet. */
export class Cursor {
  readonly packet: Buffer
  #at: number

  constructor(packet: Buffer, at: number) {
    this.packet = packet
    this.#at = at
  }

  get isAtEnd(): boolean {
    return this.#at === this.packet.length
  }

  /** Takes so many bytes and returns where they begin. */
  take(count: number): number {
    const at = this.#at
    if (count > this.packet.length - at) throw new MalformedPacket('a message is cut off')
    this.#at = at + count
    return at
  }
}

/** How one argument lies in a packet. Integers are big-endian. */
export interface Field<T> {
  /** Bytes of a value. */
  size(value: T): number
  /** Throws a RangeError for a value that has no room. */
  write(packet: Buffer, at: number, value: T): void
  /** Throws a MalformedPacket. */
  read(cursor: Cursor): T
  /** Minor version from which on it is there; always when undefined. */
  readonly since?: number
  /** What it is where it is not there. */
  readonly absent?: T
}

export type ValueOf<F> = F extends Field<infer T> ? T : never

/** An option of a screen: its name, four letters, and its value as a signed number. */
export interface ScreenOption {
  readonly id: string
  readonly value: number
}

export const u8: Field<number> = {
  size: () => 1,
  write: (packet, at, value) => packet.writeUInt8(value, at),
  read: (cursor) => cursor.packet.readUInt8(cursor.take(1)),
}

export const u16: Field<number> = {
  size: () => 2,
  write: (packet, at, value) => packet.writeUInt16BE(value, at),
  read: (cursor) => cursor.packet.readUInt16BE(cursor.take(2)),
}

export const s16: Field<number> = {
  size: () => 2,
  write: (packet, at, value) => packet.writeInt16BE(value, at),
  read: (cursor) => cursor.packet.readInt16BE(cursor.take(2)),
}

export const u32: Field<number> = {
  size: () => 4,
  write: (packet, at, value) => packet.writeUInt32BE(value, at),
  read: (cursor) => cursor.packet.readUInt32BE(cursor.take(4)),
}

/** Bytes with their count. They are a part of the packet, not a copy. */
export const blob: Field<Buffer> = {
  size: (value) => 4 + value.length,
  write: (packet, at, value) => {
    u32.write(packet, at, value.length)
    packet.set(value, at + 4)
  },
  read: (cursor) => takeCounted(cursor, limits.blobBytes),
}

export const text: Field<string> = {
  size: (value) => 4 + Buffer.byteLength(value),
  write: (packet, at, value) => u32.write(packet, at, packet.write(value, at + 4)),
  read: (cursor) => takeCounted(cursor, limits.textBytes).toString('utf8'),
}

/** A list of numbers, two for each option; the count is that of the numbers. One that has a half pair is empty. */
export const options: Field<readonly ScreenOption[]> = {
  size: (value) => 4 + 8 * value.length,
  write: (packet, at, value) => {
    u32.write(packet, at, 2 * value.length)
    for (const [index, { id, value: number }] of value.entries()) {
      packet.write(id, at + 4 + 8 * index, 4, 'latin1')
      packet.writeInt32BE(number, at + 8 + 8 * index)
    }
  },
  read: (cursor) => {
    const count = u32.read(cursor)
    if (count > 2 * limits.options) throw new MalformedPacket(`${count / 2} options are too many`)
    const start = cursor.take(4 * count)
    if (count % 2 === 1) return []
    return Array.from({ length: count / 2 }, (_, index) => {
      const at = start + 8 * index
      const { packet } = cursor
      return { id: packet.toString('latin1', at, at + 4), value: packet.readInt32BE(at + 4) }
    })
  },
}

/** An argument that a version brought; packets of earlier ones, and of those who forget it, have `absent` for it. */
export function since<T>(minor: number, field: Field<T>, absent: T): Field<T> {
  return { ...field, since: minor, absent }
}

function takeCounted(cursor: Cursor, most: number): Buffer {
  const count = u32.read(cursor)
  if (count > most) throw new MalformedPacket(`a text of ${count} bytes is too long`)
  const at = cursor.take(count)
  return cursor.packet.subarray(at, at + count)
}
