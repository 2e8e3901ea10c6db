import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { thisSystem } from '../install/system.ts'
import { packageRoot } from '../package-root.ts'
import { withoutRights } from './without-rights.ts'

/** The process that talks to the network, started by the one with the devices. */
export interface NetworkHalf {
  /** To its descriptor 3, with whose end it ends. */
  readonly link: Duplex
  /** Settles when the process is no more. */
  readonly ended: Promise<unknown>
  stop(): void
}

/** Where that process finds its end of the link. */
export const linkFd = 3

/** What it may take to say good-bye to its peers. */
const stopMs = 5000

const program = join(packageRoot, 'dist/cli/main.js')

/**
 * Starts a command of `evswitch share` as it, as a user without rights where this one is root. Throws as
 * `withoutRights`.
 */
export function startNetworkHalf(args: readonly string[]): NetworkHalf {
  const child = spawn(process.execPath, [program, 'share', ...args], {
    // What it says is for the person who has started this one; what it reads is nobody's.
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    ...withoutRights(thisSystem()),
  })
  const ended = once(child, 'close').catch(() => {}) // a program that cannot be started has ended, too
  const link = child.stdio[linkFd] as Duplex
  return {
    link,
    ended,
    stop: () => {
      link.destroy() // it ends with this
      setTimeout(() => child.kill('SIGKILL'), stopMs).unref()
    },
  }
}
