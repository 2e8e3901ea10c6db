import { codes } from '../../engine/code-table.ts'
import type { SinkEvent } from '../../engine/types.ts'
import { littleEndian } from '../../native/byte-order.ts'

/**
 * What goes between the process with the devices and the one with the network: records of 8 bytes, as the kernel's
 * events without their time, in the machine's own order. A frame ends with SYN_REPORT.
 */

const recordSize = 8

/** More than any keyboard or mouse reports at once. */
const frameMax = 64

export function encodeFrame(events: readonly SinkEvent[]): Buffer {
  const buffer = Buffer.alloc((events.length + 1) * recordSize)
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
  for (const [index, { type, code, value }] of events.entries()) {
    view.setUint16(index * recordSize, type, littleEndian)
    view.setUint16(index * recordSize + 2, code, littleEndian)
    view.setInt32(index * recordSize + 4, value, littleEndian)
  }
  // EV_SYN, SYN_REPORT and the value are 0, as the buffer is.
  return buffer
}

/** Cuts what a stream brings into frames, without their SYN_REPORT. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0)
  #frame: SinkEvent[] = []

  /** The frames that are complete now; undefined when one is longer than any can be. */
  push(chunk: Buffer): SinkEvent[][] | undefined {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const frames: SinkEvent[][] = []
    let at = 0
    for (; at + recordSize <= bytes.length; at += recordSize) {
      const type = view.getUint16(at, littleEndian)
      const code = view.getUint16(at + 2, littleEndian)
      if (type === codes.EV_SYN && code === codes.SYN_REPORT) {
        frames.push(this.#frame)
        this.#frame = []
        continue
      }
      if (this.#frame.length === frameMax) return undefined
      this.#frame.push({ type, code, value: view.getInt32(at + 4, littleEndian) })
    }
    this.#rest = Buffer.from(bytes.subarray(at))
    return frames
  }
}
