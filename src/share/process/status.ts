import { connect } from 'node:net'
import { EvswitchError } from '../../errors.ts'
import type { JoinStatus } from '../join/join.ts'
import type { ServeStatus } from './serving.ts'

/** What a share says of itself. */
export interface ShareStatus {
  /** Of the program. */
  readonly version: string
  /** Undefined where no server's keyboard and mouse are for this machine. */
  readonly join: JoinStatus | undefined
  /** Undefined where nobody has input for screens of other computers. */
  readonly serve: ServeStatus | undefined
}

const answerMs = 2000
const answerMax = 64 * 1024

/** Asks the first share that listens at one of these places. Rejects with 'not-running' and 'unexpected'. */
export async function askStatus(paths: readonly string[]): Promise<ShareStatus> {
  for (const path of paths) {
    const text = await readAll(path)
    if (text !== undefined) return parseStatus(text, path)
  }
  throw new EvswitchError('not-running', 'no network share runs here', {
    remedy: 'evswitch share join HOST starts one; docs/share.md says how to have it at every boot',
  })
}

/** Undefined where nobody listens. */
async function readAll(path: string): Promise<string | undefined> {
  return await new Promise((resolve, reject) => {
    const socket = connect(path)
    let text = ''
    socket.setEncoding('utf8')
    socket.setTimeout(answerMs, () => {
      socket.destroy()
      reject(new EvswitchError('unexpected', `the share at ${path} does not answer`))
    })
    socket.on('data', (chunk: string) => {
      text += chunk
      if (text.length > answerMax) socket.destroy()
    })
    socket.once('error', () => resolve(undefined))
    socket.once('close', () => resolve(text))
  })
}

function parseStatus(text: string, path: string): ShareStatus {
  try {
    return JSON.parse(text) as ShareStatus
  } catch {
    throw new EvswitchError('unexpected', `what answers at ${path} is no share`)
  }
}
