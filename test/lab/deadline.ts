import { LabError } from './lab-error.ts'

/** Long enough for an emulated processor on a busy machine; nothing waits this long when all is well. */
export const PATIENCE_MS = 90_000

/**
 * Waits for a promise, at most until the deadline. The message is made when it is needed, so that it can tell
 * what was seen until then.
 */
export async function within<T>(
  deadlineMs: number,
  promise: Promise<T>,
  describe: () => string,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new LabError(`${describe()} (waited ${deadlineMs / 1000} s)`)),
      deadlineMs,
    )
  })
  try {
    return await Promise.race([promise, expired])
  } finally {
    clearTimeout(timer)
  }
}

/** A promise that somebody else settles. A rejection that nobody waits for is not an error. */
export class Settled<T> {
  readonly promise: Promise<T>
  resolve!: (value: T) => void
  reject!: (error: Error) => void

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    this.promise.catch(() => {})
  }
}
