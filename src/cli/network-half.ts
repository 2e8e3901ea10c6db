import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { thisSystem } from '../install/system.ts'
import { packageRoot } from '../package-root.ts'
import type { JoinSettings } from '../share/process/open-join.ts'
import { withoutRights } from './without-rights.ts'

/** The process that talks to the network, started by the one with the nodes. */
export interface NetworkHalf {
  /** Frames come out of it, lamps go into it. */
  readonly link: Duplex
  /** Settles when the process is no more. */
  readonly ended: Promise<unknown>
  stop(): void
}

/** What it may take to say good-bye to the server. */
const stopMs = 5000

const program = join(packageRoot, 'dist/cli/main.js')

/** Starts it, as a user without rights where this one is root. Throws as `withoutRights`. */
export function startNetworkHalf(settings: JoinSettings): NetworkHalf {
  const child = spawn(process.execPath, [program, 'share', 'network', ...argumentsOf(settings)], {
    // What it says is for the person who has started this one; what it reads is nobody's.
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    ...withoutRights(thisSystem()),
  })
  const ended = once(child, 'close').catch(() => {}) // a program that cannot be started has ended, too
  const link = child.stdio[3] as Duplex
  return {
    link,
    ended,
    stop: () => {
      link.destroy() // it ends with this
      setTimeout(() => child.kill('SIGKILL'), stopMs).unref()
    },
  }
}

function argumentsOf({ server, name, screen, serverKeys, isPlain }: JoinSettings): string[] {
  return [
    ...['--name', name],
    ...(screen === undefined ? [] : ['--screen', `${screen.width}x${screen.height}`]),
    ...(serverKeys === undefined ? [] : ['--server-keys', serverKeys]),
    ...(isPlain ? ['--plain'] : []),
    ...['--', server],
  ]
}
