import { codes } from '../engine/code-table.ts'
import type { TapEvent } from '../engine/types.ts'

/** One event of a frame, in the kernel's numbers. */
export interface FrameEvent {
  readonly type: number
  readonly code: number
  readonly value: number
}

/** The events of one device up to a SYN_REPORT, which is left out. Never to be logged. */
export interface Frame {
  readonly events: readonly FrameEvent[]
  /** CLOCK_MONOTONIC: the kernel's stamp of the SYN_REPORT, and when the engine had read it. */
  readonly kernelNs: bigint
  readonly readNs: bigint
  /** The kernel's buffer overran (SYN_DROPPED): events are missing in or before this frame. */
  readonly dropped: boolean
  /** Events beyond `mostEvents`, which are not kept. */
  readonly cut: number
}

/** A frame of ten fingers has about 60 events; more than this is a flood without an end. */
export const mostEvents = 256

/** Joins the events of one device into frames. Holds one unfinished frame at most. */
export class FrameAssembler {
  #events: FrameEvent[] = []
  #dropped = false
  #cut = 0

  /** Takes the next event; returns the frame that it ends. */
  push({ type, code, value, kernelNs, readNs }: Omit<TapEvent, 'source'>): Frame | undefined {
    if (type === codes.EV_SYN && code === codes.SYN_DROPPED) {
      this.#dropped = true
      return undefined
    }
    if (type !== codes.EV_SYN || code !== codes.SYN_REPORT) {
      if (this.#events.length < mostEvents) this.#events.push({ type, code, value })
      else this.#cut++
      return undefined
    }
    const frame = {
      events: this.#events,
      kernelNs,
      readNs,
      dropped: this.#dropped,
      cut: this.#cut,
    }
    this.#events = []
    this.#dropped = false
    this.#cut = 0
    return frame
  }
}
