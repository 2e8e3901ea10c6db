import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { EvswitchError } from '../errors.ts'
import { shareUser } from '../install/names.ts'
import { type System, thisSystem } from '../install/system.ts'
import { packageRoot } from '../package-root.ts'
import type { JoinSettings } from '../share/process/open-join.ts'
import { shareRuntime, shareState } from '../share/process/places.ts'

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

/** Starts it, as a user without rights where this one is root. Throws 'not-installed' when there is no such user. */
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

interface Rights {
  readonly uid: number
  readonly gid: number
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
}

/** Undefined for who has none to give up. The folders are as systemd makes them for the unit. */
function withoutRights(system: System): Rights | undefined {
  if (!system.isRoot) return undefined
  const user = system.user(shareUser) ?? system.user('nobody')
  if (user === undefined) {
    throw new EvswitchError('not-installed', `there is neither a user ${shareUser} nor nobody`, {
      remedy: `the part that talks to the network runs as one of them: make ${shareUser}`,
    })
  }
  const { uid, gid } = user
  for (const [folder, mode] of [
    [shareState, 0o700],
    [shareRuntime, 0o755],
  ] as const) {
    if (mkdirSync(folder, { recursive: true, mode }) !== undefined) chownSync(folder, uid, gid)
  }
  const { PATH, TERM, LANG, LC_ALL, NO_COLOR } = process.env
  const env = { PATH, TERM, LANG, LC_ALL, NO_COLOR }
  const folders = { STATE_DIRECTORY: shareState, RUNTIME_DIRECTORY: shareRuntime, HOME: '/' }
  return { uid, gid, cwd: '/', env: { ...env, ...folders } }
}
