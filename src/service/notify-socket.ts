import { connectMessages, sendMessage } from '../native/message.ts'

/** Tells systemd something, with a descriptor for its store or without: sd_notify(3). */
export type Notify = (lines: readonly string[], descriptor?: number) => Promise<void>

export type Environment = Readonly<Record<string, string | undefined>>

/** The way to systemd; undefined when it did not start this process. Throws 'unexpected'. */
export function notifySocket(env: Environment = process.env): Notify | undefined {
  const path = env['NOTIFY_SOCKET'] ?? ''
  // Other address families are for virtual machines.
  if (!/^[/@]./.test(path)) return undefined
  const socket = connectMessages(path, 'datagram')
  return async (lines, descriptor) => {
    const bytes = Buffer.from(lines.join('\n'))
    await sendMessage(socket, bytes, descriptor === undefined ? {} : { descriptor })
  }
}
