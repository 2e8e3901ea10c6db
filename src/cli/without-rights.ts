import { lchownSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { EvswitchError } from '../errors.ts'
import { makeUserCommands } from '../install/install.ts'
import { shareUser } from '../install/names.ts'
import type { System } from '../install/system.ts'
import { shareRuntime, shareState } from '../share/process/places.ts'

/** How a process is started that is to have no right but to use its two folders. */
export interface Rights {
  readonly uid: number
  readonly gid: number
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
}

type Users = Pick<System, 'isRoot' | 'user' | 'hasCommand' | 'ownerOf'>

/**
 * As the share's own user, with its folders as systemd makes them for the unit; undefined for who has no rights to give up.
 * Throws 'not-installed' where there is no such user: nobody else is to own the key, least of all one who owns other things,
 * as `nobody` may. Throws 'no-permission' where a folder is somebody else's, who has read the key then.
 */
export function withoutRights(
  system: Users,
  { state, runtime } = { state: shareState, runtime: shareRuntime },
): Rights | undefined {
  if (!system.isRoot) return undefined
  const user = system.user(shareUser)
  if (user === undefined) throw noUser(system)
  giveFolder(state, 0o700, user, system)
  giveFolder(runtime, 0o755, user, system)
  const { PATH, TERM, LANG, LC_ALL, NO_COLOR } = process.env
  const env = { PATH, TERM, LANG, LC_ALL, NO_COLOR }
  const folders = { STATE_DIRECTORY: state, RUNTIME_DIRECTORY: runtime, HOME: '/' }
  return { ...user, cwd: '/', env: { ...env, ...folders } }
}

function noUser(system: Users): EvswitchError {
  const commands = makeUserCommands(shareUser)
  const [command = []] = commands.filter(([name = '']) => system.hasCommand(name))
  return new EvswitchError(
    'not-installed',
    `there is no user ${shareUser}, as which the part that talks to the network is to run`,
    {
      remedy: `make it: ${command.join(' ')} (evswitch service install does, where the configuration has a share)`,
    },
  )
}

/** What root has put there, as `evswitch share trust` does before the share has run, goes to the user, too. */
function giveFolder(
  folder: string,
  mode: number,
  { uid, gid }: { readonly uid: number; readonly gid: number },
  system: Users,
): void {
  mkdirSync(folder, { recursive: true, mode })
  const owner = system.ownerOf(folder)
  if (owner === uid) return
  if (owner !== 0) {
    throw new EvswitchError(
      'no-permission',
      `${folder} belongs to another user than ${shareUser}`,
      {
        remedy: `who that is has what is in it, a key perhaps: rm -r ${folder} makes a new one`,
      },
    )
  }
  for (const file of readdirSync(folder)) lchownSync(join(folder, file), uid, gid)
  lchownSync(folder, uid, gid)
}
