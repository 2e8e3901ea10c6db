import { unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { EvswitchError } from '../errors.ts'
import { shareState } from '../share/process/places.ts'
import { type FileStep, removals, removeFolders, takeStep } from './file-steps.ts'
import { udevTasks } from './install.ts'
import { type InstallPlace, type Layout, layoutOf } from './layout.ts'
import { type Manifest, readManifest } from './manifest.ts'
import { serviceUser, shareUnitName, shareUser, uinputNode, unitName } from './names.ts'
import type { System } from './system.ts'
import { runTask, type Task, task, vitalTask } from './task.ts'

export interface UninstallPlan {
  readonly destdir: string
  readonly layout: Layout
  readonly manifest: Manifest
  /** Before files go. */
  readonly stopTasks: readonly Task[]
  readonly files: readonly FileStep[]
  /** After that. */
  readonly tasks: readonly Task[]
}

/** Looks what an installation has made. Throws 'not-installed' when there is none. */
export function planUninstall({ destdir, prefix }: InstallPlace, system: System): UninstallPlan {
  const layout = layoutOf(prefix)
  const manifest = readManifest(join(destdir, layout.manifest))
  if (manifest === undefined) {
    throw new EvswitchError('not-installed', `no evswitch is installed in ${prefix}`, {
      remedy:
        'if it is elsewhere, say where with --prefix; a package is removed as it was installed',
    })
  }
  const { hasSystemd, systemdVersion } = system
  const hasShare = manifest.files[join(layout.units, shareUnitName)] !== undefined
  const stop = () => [
    ...(hasShare
      ? [vitalTask('stop the share', ['systemctl', 'disable', '--now', '--quiet', shareUnitName])]
      : []),
    vitalTask('stop the service', ['systemctl', 'disable', '--now', '--quiet', unitName]),
    ...(systemdVersion >= 254
      ? [task("end the guests' nodes", ['systemctl', 'clean', '--what=fdstore', unitName])]
      : []),
    ...(system.run(['systemctl', 'is-failed', '--quiet', unitName]).status === 0
      ? [task('forget how it ended', ['systemctl', 'reset-failed', unitName])]
      : []),
  ]
  const removeUser = (user: string) =>
    system.user(user) === undefined
      ? []
      : [task(`remove the user and group ${user}`, ['userdel', user], ['deluser', user])]
  // Its number may be somebody else's one day, and the key is in there. What is trusted is the user's, and stays for the next time.
  const keepState =
    system.ownerOf(shareState) === undefined
      ? []
      : [
          task(`give ${shareState}, with the key of this machine, to root`, [
            ...['chown', '-hR', 'root:root'],
            shareState,
          ]),
        ]
  return {
    destdir,
    layout,
    manifest,
    stopTasks: hasSystemd ? stop() : [],
    files: removals(Object.keys(manifest.files), manifest, destdir),
    tasks: [
      ...(hasSystemd ? [task('show systemd that it is gone', ['systemctl', 'daemon-reload'])] : []),
      ...udevTasks,
      ...(manifest.madeShareUser ? [...keepState, ...removeUser(shareUser)] : []),
      ...(manifest.madeUser ? removeUser(serviceUser) : []),
    ],
  }
}

export interface Uninstalled {
  /** What went wrong and does not matter much. */
  readonly warnings: readonly string[]
  /** Folders that are not empty. */
  readonly keptFolders: readonly string[]
}

/** Takes everything back, as planned. Throws 'unexpected' when the service cannot be stopped. */
export function takeBack(plan: UninstallPlan, system: System): Uninstalled {
  const { destdir, layout, manifest } = plan
  const warnings: string[] = []
  const run = (one: Task) => {
    const complaint = runTask(one, system)
    if (complaint === undefined) return
    if (one.isVital) throw new EvswitchError('unexpected', complaint)
    warnings.push(complaint)
  }
  for (const one of plan.stopTasks) run(one)
  for (const step of plan.files) takeStep(step, destdir)
  // udev leaves the owner of a node as it is when no rule names one any more.
  const owner = system.user(serviceUser)?.uid
  if (owner !== undefined && system.ownerOf(uinputNode) === owner) system.giveToRoot(uinputNode)
  for (const one of plan.tasks) run(one)
  unlinkSync(join(destdir, layout.manifest))
  return { warnings, keptFolders: removeFolders(manifest.folders, destdir) }
}
