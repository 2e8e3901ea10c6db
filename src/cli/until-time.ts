import { EvswitchError } from '../errors.ts'
import { untilSignal } from './until-signal.ts'

const mostSeconds = 86_400

/** Reads the value of `--seconds`. */
export function parseSeconds(text: string): number {
  const seconds = /^\d{1,6}(\.\d{1,3})?$/.test(text) ? Number(text) : 0
  if (seconds > 0 && seconds <= mostSeconds) return seconds
  throw new EvswitchError('usage', `bad number of seconds ${JSON.stringify(text.slice(0, 20))}`, {
    remedy: `say a number up to ${mostSeconds}, as in --seconds 10`,
  })
}

/**
 * Does something that lasts until a signal asks for its end or the time is over: `ended` then settles. Without
 * a time only a signal ends it.
 */
export async function untilTime(
  seconds: number | undefined,
  work: (ended: Promise<void>, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  await untilSignal(async (signal) => {
    const { promise, resolve } = ending()
    signal.addEventListener('abort', resolve, { once: true })
    const timer = seconds === undefined ? undefined : setTimeout(resolve, seconds * 1000)
    try {
      await work(promise, signal)
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', resolve)
    }
  })
}

/** A promise, and what settles it. */
export function ending(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
