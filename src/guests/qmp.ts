import { connect } from 'node:net'
import { errnoName } from '../errors.ts'
import { QmpStream } from './qmp-stream.ts'

/** Whether a machine's processors run. */
export type MachineState = 'stopped' | 'running'

/** Events of QMP after which QEMU drops input, or the guest reads none (qapi/run-state.json). */
const stops: ReadonlySet<unknown> = new Set(['STOP', 'SUSPEND', 'SUSPEND_DISK', 'SHUTDOWN'])
const starts: ReadonlySet<unknown> = new Set(['RESUME', 'WAKEUP'])

/** A monitor that says nothing for so long after the connection is none, or serves another client. */
const greetingMs = 5000

/**
 * Listens to a QMP monitor (a Unix socket with one client at a time) and tells when the machine stops and runs again,
 * until it ends or the signal aborts. It asks for nothing but the right to hear.
 *
 * Resolves with 'ended' when the machine, or the signal, ended the connection, and with the reason otherwise: an errno,
 * or a sentence about what came.
 */
export async function followMachine(
  path: string,
  tell: (state: MachineState) => void,
  signal: AbortSignal,
): Promise<string> {
  return await new Promise((resolve) => {
    const stream = new QmpStream()
    const socket = connect({ path })
    let hasGreeted = false
    const end = (reason: string) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      socket.destroy()
      resolve(reason)
    }
    const abort = () => end('ended')
    const timer = setTimeout(
      () => end('it serves another client, or is no QMP monitor'),
      greetingMs,
    )
    signal.addEventListener('abort', abort)
    if (signal.aborted) return abort()

    socket.on('error', (error) => end(errnoName(error) ?? 'the connection failed'))
    socket.on('close', () => end(hasGreeted ? 'ended' : 'it closed the connection'))
    socket.on('data', (bytes) => {
      try {
        for (const message of stream.push(bytes)) {
          if ('QMP' in message && !hasGreeted) {
            hasGreeted = true
            clearTimeout(timer)
            socket.write('{"execute":"qmp_capabilities"}\n')
          } else if (stops.has(message['event'])) {
            tell('stopped')
          } else if (starts.has(message['event'])) {
            tell('running')
          }
        }
      } catch (error) {
        end(error instanceof Error ? `not QMP: ${error.message.slice(0, 80)}` : 'not QMP')
      }
    })
  })
}
