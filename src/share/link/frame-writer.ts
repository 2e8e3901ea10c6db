import type { Writable } from 'node:stream'
import { codes } from '../../engine/code-table.ts'
import type { SinkEvent } from '../../engine/types.ts'
import { encodeFrame } from './records.ts'

/** Frames that lie in the stream unread before motion waits, and before the stream is given up. */
const waitBytes = 16 * 1024
const fullBytes = 256 * 1024

/** The most that one event of motion may carry. */
const motionMax = 32_767

/**
 * Writes frames to a stream whose reader may be slow. Motion is merged then: sums of what is relative, the last place of
 * what is absolute; it goes out before the next key. A stream that cannot take a key is destroyed: its reader releases
 * everything, so that none is lost or stuck.
 */
export class FrameWriter {
  /** Frames of motion that were merged into others. */
  merged = 0
  readonly #stream: Writable
  /** Motion that waits, by type and code. */
  readonly #waiting = new Map<string, SinkEvent>()

  constructor(stream: Writable) {
    this.#stream = stream
    stream.on('drain', () => this.#flush())
  }

  write(frame: readonly SinkEvent[]): void {
    if (this.#stream.destroyed || frame.length === 0) return
    if (frame.every(isMotion)) {
      if (this.#waiting.size === 0 && this.#stream.writableLength < waitBytes) this.#send(frame)
      else this.#merge(frame)
      return
    }
    this.#flush()
    if (this.#stream.writableLength > fullBytes) this.#stream.destroy()
    else this.#send(frame)
  }

  #merge(frame: readonly SinkEvent[]): void {
    this.merged++
    for (const event of frame) {
      const key = `${event.type}:${event.code}`
      const before = this.#waiting.get(key)
      const isSum = event.type === codes.EV_REL && before !== undefined
      const value = isSum ? bounded(before.value + event.value) : event.value
      this.#waiting.set(key, { ...event, value })
    }
    if (!this.#stream.writableNeedDrain) this.#flush()
  }

  #flush(): void {
    if (this.#waiting.size === 0) return
    const frame = [...this.#waiting.values()]
    this.#waiting.clear()
    this.#send(frame)
  }

  #send(frame: readonly SinkEvent[]): void {
    this.#stream.write(encodeFrame(frame))
  }
}

function isMotion({ type }: SinkEvent): boolean {
  return type === codes.EV_REL || type === codes.EV_ABS
}

function bounded(value: number): number {
  return Math.max(-motionMax, Math.min(motionMax, value))
}
