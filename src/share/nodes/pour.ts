import type { Duplex } from 'node:stream'
import type { SinkEvent } from '../../engine/types.ts'
import { encodeFrame, FrameReader } from '../link/records.ts'
import { asksForLamps, streamOf } from './frame-check.ts'
import type { ShareNodes } from './share-nodes.ts'

/** Twice what a mouse of 8 kHz sends; and what may come at once after a pause. */
const eventsPerSecond = 32_000
const eventsAtOnce = 8_000

/** Answers that nobody reads: a question more is against the rules. */
const answersMax = 4096

/** Why a stream was cut: what it brought cannot come from a share that works. */
export type Fault =
  | 'a frame is too long'
  | 'an event is none of a keyboard or mouse'
  | 'there are too many events'
  | 'answers are not read'

export type PouredNodes = Pick<ShareNodes, 'write' | 'releaseAll' | 'lamps'>

/**
 * Lets the frames that a stream brings out of the nodes until it ends, whoever ends it; then everything is released.
 * What comes is from a process that talks to the network: the first thing that cannot be ends the stream, and resolves
 * to its name.
 */
export async function pour(
  stream: Duplex,
  nodes: PouredNodes,
  nowMs: () => number = () => performance.now(),
): Promise<Fault | undefined> {
  const reader = new FrameReader()
  const allowance = new Allowance(nowMs)
  let fault: Fault | undefined
  await new Promise<void>((resolve) => {
    stream.on('error', () => {}) // 'close' follows
    stream.once('close', resolve)
    stream.once('end', () => stream.destroy())
    stream.on('data', (chunk: Buffer) => {
      fault ??= take(chunk)
      if (fault !== undefined) stream.destroy()
    })
  })
  nodes.releaseAll()
  return fault

  function take(chunk: Buffer): Fault | undefined {
    const frames = reader.push(chunk)
    if (frames === undefined) return 'a frame is too long'
    for (const frame of frames) {
      const found = takeFrame(frame)
      if (found !== undefined) return found
    }
    return undefined
  }

  function takeFrame(frame: SinkEvent[]): Fault | undefined {
    if (!allowance.take(frame.length + 1)) return 'there are too many events'
    if (frame.some((event) => streamOf(event) === undefined && !asksForLamps(event))) {
      return 'an event is none of a keyboard or mouse'
    }
    nodes.write(frame)
    if (!frame.some(asksForLamps)) return undefined
    if (stream.writableLength > answersMax) return 'answers are not read'
    stream.write(encodeFrame(nodes.lamps()))
    return undefined
  }
}

/** How much may come: so much at once, which grows again by so much a second. */
class Allowance {
  readonly #nowMs: () => number
  #left = eventsAtOnce
  #at: number

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
    this.#at = nowMs()
  }

  take(count: number): boolean {
    const now = this.#nowMs()
    this.#left = Math.min(eventsAtOnce, this.#left + ((now - this.#at) / 1000) * eventsPerSecond)
    this.#at = now
    this.#left -= count
    return this.#left >= 0
  }
}
