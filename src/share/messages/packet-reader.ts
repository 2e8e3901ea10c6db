import { MalformedPacket } from './fields.ts'

const headerBytes = 4

/**
 * Cuts a stream into packets, however it arrives. What it keeps is at most one packet, within the limit, which is looked at
 * before there is room for it.
 */
export class PacketReader {
  /** Bytes that the next packets may have. */
  limitBytes: number
  readonly #take: (packet: Buffer) => void
  readonly #header = Buffer.alloc(headerBytes)
  #headerFilled = 0
  /** One that has arrived in part. */
  #packet: Buffer | undefined
  #filled = 0

  /** @param take is given each packet that has a content; an empty one says nothing. It keeps no part of it. */
  constructor(limitBytes: number, take: (packet: Buffer) => void) {
    this.limitBytes = limitBytes
    this.#take = take
  }

  /** Throws a MalformedPacket for one above the limit, and what `take` throws. */
  push(bytes: Buffer): void {
    let at = 0
    while (at < bytes.length) {
      at +=
        this.#packet === undefined ? this.#begin(bytes, at) : this.#goOn(this.#packet, bytes, at)
    }
  }

  /** Reads a length, and its packet if all of it is there. Returns how many bytes that were. */
  #begin(bytes: Buffer, start: number): number {
    const copied = bytes.copy(this.#header, this.#headerFilled, start)
    this.#headerFilled += copied
    if (this.#headerFilled < headerBytes) return copied
    this.#headerFilled = 0
    const length = this.#header.readUInt32BE(0)
    if (length > this.limitBytes) throw new MalformedPacket(`a packet of ${length} bytes`)
    const at = start + copied
    if (bytes.length - at >= length) {
      if (length > 0) this.#take(bytes.subarray(at, at + length))
      return copied + length
    }
    this.#packet = Buffer.allocUnsafeSlow(length)
    this.#filled = 0
    return copied
  }

  #goOn(packet: Buffer, bytes: Buffer, start: number): number {
    const copied = bytes.copy(packet, this.#filled, start)
    this.#filled += copied
    if (this.#filled === packet.length) {
      this.#packet = undefined
      this.#take(packet)
    }
    return copied
  }
}
