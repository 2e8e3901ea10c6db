import { setTimeout as sleep } from 'node:timers/promises'
import { ControlClient, type Heard } from '../control/client.ts'
import type { Status } from '../control/protocol.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../log.ts'

/** Who is told what the service says. */
export interface LinkListener {
  /** Each time that the service was found, with how it stands; what is heard follows upon that. */
  found(status: Status): void
  heard(heard: Heard): void
  /** The service, or the connection to it, has ended. */
  lost(): void
}

export interface LinkOptions {
  /** Undefined = the usual places. */
  readonly socket: string | undefined
  readonly log: Logger
  readonly firstDelayMs?: number
  readonly longestDelayMs?: number
}

/** Keeps up a connection to the service until the signal aborts, however often the service goes and comes. */
export async function followService(
  listener: LinkListener,
  { socket, log, firstDelayMs = 250, longestDelayMs = 5000 }: LinkOptions,
  signal: AbortSignal,
): Promise<void> {
  let delayMs = firstDelayMs
  let told: string | undefined
  while (!signal.aborted) {
    try {
      await followOnce(listener, socket, signal, () => {
        log.info('service was found')
        delayMs = firstDelayMs
        told = undefined
      })
      if (!signal.aborted) log.info('service has ended')
    } catch (error) {
      // Once for each reason: it may not run for weeks.
      const message = messageOf(error)
      if (message !== told) log.warn({ reason: message }, 'service cannot be reached')
      told = message
    }
    await sleep(delayMs, undefined, { signal }).catch(() => {})
    delayMs = Math.min(2 * delayMs, longestDelayMs)
  }
}

async function followOnce(
  listener: LinkListener,
  socket: string | undefined,
  signal: AbortSignal,
  isFound: () => void,
): Promise<void> {
  const client = await ControlClient.connect(socket)
  const close = () => client.close()
  signal.addEventListener('abort', close, { once: true })
  let isKnown = false
  try {
    // What is told before the answer is in it.
    client.listen((heard) => {
      if (isKnown) listener.heard(heard)
    })
    await client.call('subscribe', { events: undefined })
    const status = await client.call('status', {})
    isFound()
    isKnown = true
    listener.found(status)
    await client.closed
  } finally {
    signal.removeEventListener('abort', close)
    client.close()
    if (isKnown) listener.lost()
  }
}
