import { constants } from 'node:os'

const usualEndings: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** Ctrl+Z and a terminal's other stops: they would stop the input thread, too, with the devices grabbed. */
const stops = ['SIGTSTP', 'SIGTTIN', 'SIGTTOU'] as const

/**
 * Does something that lasts until a signal asks for its end. The first SIGINT, SIGTERM or SIGHUP aborts the
 * AbortSignal, and `work` is to come to an end by itself; the second ends the process at once, which is safe:
 * the kernel gives every device back with its last descriptor. An abort that `work` rejects with is no error.
 * With `onHangup` SIGHUP does that instead, as it does for services.
 */
export async function untilSignal(
  work: (signal: AbortSignal) => Promise<void>,
  onHangup?: () => void,
): Promise<void> {
  const endings = usualEndings.filter((name) => name !== 'SIGHUP' || onHangup === undefined)
  const end = new AbortController()
  const onSignal = (name: NodeJS.Signals) => {
    if (end.signal.aborted) process.exit(128 + constants.signals[name])
    end.abort()
  }
  for (const name of endings) process.on(name, onSignal)
  for (const name of stops) process.on(name, ignoreStop)
  if (onHangup !== undefined) process.on('SIGHUP', onHangup)
  const restore = [process.stdout, process.stderr].map(ignoreErrors)
  try {
    await work(end.signal)
  } catch (error) {
    if (!isAbort(error, end.signal)) throw error
  } finally {
    for (const name of endings) process.off(name, onSignal)
    for (const name of stops) process.off(name, ignoreStop)
    if (onHangup !== undefined) process.off('SIGHUP', onHangup)
    for (const undo of restore) undo()
  }
}

/** Settles when the signal aborts. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function ignoreStop(): void {}

/** A terminal or a reader that has gone away is no reason to let go of the input. */
function ignoreErrors(stream: NodeJS.WriteStream): () => void {
  const usual = stream.rawListeners('error') as (() => void)[]
  const ignore = () => {}
  stream.removeAllListeners('error').on('error', ignore)
  return () => {
    stream.off('error', ignore)
    for (const listener of usual) stream.on('error', listener)
  }
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && error instanceof Error && error.name === 'AbortError'
}
