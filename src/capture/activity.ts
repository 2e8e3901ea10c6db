import { codeAliases, codes } from '../engine/code-table.ts'
import type { Frame, FrameEvent } from './frames.ts'
import { RateMeter } from './rate-meter.ts'

/** What people would say a device sends. */
export type Sort = 'keys' | 'buttons' | 'motion' | 'wheel' | 'touch' | 'position' | 'switch'

/** What was seen of one node until now. */
export interface ActivityFacts {
  /** Frames in which a person did something. */
  readonly frames: number
  /** In the order in which they were first seen. */
  readonly sends: readonly Sort[]
  /** Reports in a second while a pointer moves; undefined for keys and before it has moved enough. */
  readonly rateHz: number | undefined
  /** Nothing but the Ctrl+C that ends a program was typed here. */
  readonly onlyInterrupt: boolean
}

/** Keys kept for --keys. */
const mostKeys = 4
const firstButton = codeAliases.BTN_MISC

/**
 * Follows one node. What is not a person's doing does not count: lamps, scancodes alone, and the release of
 * a key that was pressed before (the Enter that started the program). Memory is bounded by the number of
 * key codes.
 */
export class Activity {
  readonly #sends = new Set<Sort>()
  readonly #pressed = new Set<number>()
  readonly #rate = new RateMeter()
  #frames = 0
  #lastNs: bigint | undefined
  #keys: number[] = []
  #interrupted = false
  #typedElse = false

  /** Counts a frame; returns whether a person did something. */
  add(frame: Frame): boolean {
    let active = false
    let moved = false
    for (const event of frame.events) {
      const sort = this.#sortOf(event)
      if (sort === undefined) continue
      active = true
      moved ||= sort === 'motion' || sort === 'position' || sort === 'touch'
      this.#sends.add(sort)
    }
    if (!active) return false
    this.#frames++
    this.#lastNs = frame.readNs
    if (moved) this.#rate.report(frame.kernelNs)
    return true
  }

  get facts(): ActivityFacts {
    return {
      frames: this.#frames,
      sends: [...this.#sends],
      rateHz: this.#rate.hz,
      onlyInterrupt: this.#interrupted && !this.#typedElse,
    }
  }

  /** CLOCK_MONOTONIC of the last frame that counts. */
  get lastNs(): bigint | undefined {
    return this.#lastNs
  }

  /** The keys and buttons that were pressed last, the latest at the end. Never to be logged. */
  get lastKeys(): readonly number[] {
    return this.#keys
  }

  #sortOf({ type, code, value }: FrameEvent): Sort | undefined {
    switch (type) {
      case codes.EV_KEY:
        return this.#key(code, value) ? keySort(code) : undefined
      case codes.EV_REL:
        return value === 0 ? undefined : relativeSort(code)
      case codes.EV_ABS:
        return code >= codes.ABS_MT_SLOT ? 'touch' : 'position'
      case codes.EV_SW:
        return 'switch'
      default:
        return undefined
    }
  }

  /** Returns false for the release and the repeats of a key whose press was not seen. */
  #key(code: number, value: number): boolean {
    if (value === 1) {
      this.#pressed.add(code)
      this.#keys = [...this.#keys.slice(1 - mostKeys), code]
      this.#watchForInterrupt(code)
      return true
    }
    return value === 0 ? this.#pressed.delete(code) : this.#pressed.has(code)
  }

  #watchForInterrupt(code: number): void {
    const isCtrl = code === codes.KEY_LEFTCTRL || code === codes.KEY_RIGHTCTRL
    const ctrl = this.#pressed.has(codes.KEY_LEFTCTRL) || this.#pressed.has(codes.KEY_RIGHTCTRL)
    if (code === codes.KEY_C && ctrl) this.#interrupted = true
    else if (!isCtrl) this.#typedElse = true
  }
}

function keySort(code: number): Sort {
  if (code >= codes.BTN_TOOL_PEN && code <= codes.BTN_TOOL_QUADTAP) return 'touch'
  const isButton =
    (code >= firstButton && code < codes.KEY_OK) ||
    (code >= codes.BTN_DPAD_UP && code <= codes.BTN_DPAD_RIGHT) ||
    code >= codes.BTN_TRIGGER_HAPPY1
  return isButton ? 'buttons' : 'keys'
}

function relativeSort(code: number): Sort {
  const wheels: readonly number[] = [
    codes.REL_WHEEL,
    codes.REL_HWHEEL,
    codes.REL_DIAL,
    codes.REL_WHEEL_HI_RES,
    codes.REL_HWHEEL_HI_RES,
  ]
  return wheels.includes(code) ? 'wheel' : 'motion'
}
