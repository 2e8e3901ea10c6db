import { codes } from '../../engine/code-table.ts'
import type { SinkEvent } from '../../engine/types.ts'

/** Which of the nodes an event is for. */
export type Stream = 'keyboard' | 'mouse' | 'pointer'

/** Where the absolute pointer can be, on both axes: the screen is spread over it, whatever its size. */
export const pointerMax = 65_535

/** Far beyond a hand; the sum of two still has room in 32 bits. */
const motionMax = 32_767

const relativeCodes: readonly number[] = [
  ...[codes.REL_X, codes.REL_Y, codes.REL_WHEEL, codes.REL_HWHEEL],
  ...[codes.REL_WHEEL_HI_RES, codes.REL_HWHEEL_HI_RES],
]
const absoluteCodes: readonly number[] = [codes.ABS_X, codes.ABS_Y]

/** A question, which no node is told: the lamps of the keyboard are the answer. */
export function asksForLamps({ type, code, value }: SinkEvent): boolean {
  return type === codes.EV_MSC && code === codes.MSC_RAW && value === 1
}

/**
 * The node that an event is for; undefined for one that cannot be: nothing passes that is not on this list, because it
 * comes from a process that talks to the network.
 */
export function streamOf({ type, code, value }: SinkEvent): Stream | undefined {
  switch (type) {
    case codes.EV_KEY:
      return value === 0 || value === 1 ? keyStream(code) : undefined
    case codes.EV_REL:
      return relativeCodes.includes(code) && Math.abs(value) <= motionMax ? 'mouse' : undefined
    case codes.EV_ABS:
      return absoluteCodes.includes(code) && value >= 0 && value <= pointerMax
        ? 'pointer'
        : undefined
    default:
      return undefined
  }
}

/** As native/io/template.c has them: keys on the keyboard's node, a mouse's buttons on the mouse's. */
function keyStream(code: number): Stream | undefined {
  if (code >= codes.BTN_LEFT && code <= codes.BTN_TASK) return 'mouse'
  const isKey = code > 0 && code < codes.BTN_0
  const isLaterKey = code >= codes.KEY_OK && code < codes.BTN_TRIGGER_HAPPY1
  return isKey || isLaterKey ? 'keyboard' : undefined
}
