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
 * Does something that lasts until a signal asks for its end, the time is over, or nobody reads the output any more
 * (`evswitch monitor | head`): what `ended` returns then settles. The time begins with its call, when everything is
 * prepared.
 */
export async function untilTime(
  seconds: number | undefined,
  work: (ended: () => Promise<void>, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  await untilSignal(async (signal) => {
    const { promise, resolve } = ending()
    signal.addEventListener('abort', resolve, { once: true })
    process.stdout.on('error', resolve)
    let timer: NodeJS.Timeout | undefined
    const ended = async () => {
      if (seconds !== undefined) timer ??= setTimeout(resolve, seconds * 1000)
      await promise
    }
    try {
      await work(ended, signal)
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', resolve)
      process.stdout.off('error', resolve)
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
