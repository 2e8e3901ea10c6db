import { setTimeout as sleep } from 'node:timers/promises'

export const paces = ['slow', 'normal', 'fast'] as const
/** `slow` and `normal` are for reading along, `fast` waits for nothing but the machines. */
export type Pace = (typeof paces)[number]

/** How long things stand, in ms at the normal pace. */
const durations = {
  /** A finger on a key. */
  key: 70,
  /** Between two movements of a hand. */
  motion: 12,
  /** After an action, to see what came of it. */
  row: 600,
  /** Before a step, to read what it is about. */
  text: 3500,
  /** After a step, to see what it proved. */
  step: 1200,
} as const

const factors: Readonly<Record<Pace, number>> = { slow: 2, normal: 1, fast: 0 }

export async function pause(pace: Pace, what: keyof typeof durations): Promise<void> {
  const ms = durations[what] * factors[pace]
  if (ms > 0) await sleep(ms)
}
