import { join } from 'node:path'
import { EvswitchError, errnoName, messageOf } from '../errors.ts'
import { type FileStep, fileSteps, manifestAfter, takeStep, writeWhole } from './file-steps.ts'
import { type InstallPlace, type Layout, layoutOf } from './layout.ts'
import { emptyManifest, type Manifest, readManifest } from './manifest.ts'
import { serviceUser, shareUnitName, shareUser, unitName } from './names.ts'
import type { System } from './system.ts'
import { runTask, startTask, type Task, task, vitalTask } from './task.ts'
import { chooseNode, wantedFiles } from './wanted.ts'

export interface InstallOptions extends InstallPlace {
  /** Top of the checkout that is installed. */
  readonly source: string
  readonly version: string
  /** The Node that the service is to run with. */
  readonly node: string
  /** Only files, for packages: no user is made, nothing is started, and nothing remembers what was written. */
  readonly filesOnly: boolean
  /** Whether the service is started, now and at every boot. */
  readonly start: boolean
  /** Whether the network share is installed, too: packages have it always. */
  readonly share: boolean
  /** Whether files that were changed since the last installation are replaced. */
  readonly force: boolean
}

/** Everything that an installation will do, in this order. */
export interface InstallPlan {
  readonly layout: Layout
  readonly files: readonly FileStep[]
  readonly tasks: readonly Task[]
  /** What an earlier installation left. */
  readonly before: Manifest
  readonly makesUser: boolean
  readonly makesShareUser: boolean
}

/** Looks what is to be done and does nothing yet. Throws 'not-installed' when the source is not built. */
export function planInstall(options: InstallOptions, system: System): InstallPlan {
  const { destdir, prefix, filesOnly } = options
  const layout = layoutOf(prefix)
  const before = readManifest(join(destdir, layout.manifest)) ?? emptyManifest
  // What is there stays until it is uninstalled: a share may be configured again.
  const isThere = before.files[join(layout.units, shareUnitName)] !== undefined
  const share = options.share || filesOnly || isThere
  const node = filesOnly ? { path: options.node } : chooseNode(options.node, layout)
  const knows254 = system.systemdVersion >= 254
  const wanted = wantedFiles({ source: options.source, layout, node, knows254, share })
  const makesUser = !filesOnly && system.user(serviceUser) === undefined
  const makesShareUser = !filesOnly && share && system.user(shareUser) === undefined
  const facts = { layout, system, share, makesUser, makesShareUser }
  return {
    layout,
    files: fileSteps(wanted, before, options),
    tasks: filesOnly ? [] : installTasks(options, facts),
    before,
    makesUser,
    makesShareUser,
  }
}

interface TaskFacts {
  readonly layout: Layout
  readonly system: System
  readonly share: boolean
  readonly makesUser: boolean
  readonly makesShareUser: boolean
}

/** @param file of sysusers.d that tells of it */
function makeUserTask(user: string, file: string): Task {
  const commands = makeUserCommands(user)
  return vitalTask(`make the user and group ${user}`, ['systemd-sysusers', file], ...commands)
}

/** What makes a user for a service, by hand: the first that a system has. */
export function makeUserCommands(user: string): string[][] {
  const home = ['--home-dir', '/', '--shell', '/usr/sbin/nologin']
  return [
    ['useradd', '--system', '--user-group', ...home, user],
    ['adduser', '-S', '-D', '-H', '-h', '/', '-s', '/sbin/nologin', user],
  ]
}

function installTasks({ start }: InstallOptions, facts: TaskFacts): Task[] {
  const { layout, system, share, makesUser, makesShareUser } = facts
  // systemd gives the group to the service alone, by its unit.
  const joinInput = task(
    `let the user ${serviceUser} read devices`,
    ['usermod', '--append', '--groups', 'input', serviceUser],
    ['addgroup', serviceUser, 'input'],
  )
  const enable = start
    ? [
        vitalTask('start the service at every boot', ['systemctl', 'enable', '--quiet', unitName]),
        ...(share
          ? [
              vitalTask('start the share with it', [
                ...['systemctl', 'enable', '--quiet'],
                shareUnitName,
              ]),
            ]
          : []),
        // Also the way to a new version: its nodes stay meanwhile.
        startTask(unitName),
      ]
    : []
  return [
    ...(makesUser ? [makeUserTask(serviceUser, join(layout.sysusers, 'evswitch.conf'))] : []),
    ...(makesShareUser
      ? [makeUserTask(shareUser, join(layout.sysusers, 'evswitch-share.conf'))]
      : []),
    ...(system.hasSystemd ? [] : [joinInput]),
    task('load the module uinput', ['modprobe', 'uinput']),
    ...udevTasks,
    ...(system.hasSystemd
      ? [vitalTask('show the unit to systemd', ['systemctl', 'daemon-reload']), ...enable]
      : []),
  ]
}

/** udev gives uinput to the service's user by the rules, and takes it back without them. */
export const udevTasks: readonly Task[] = [
  task('show the rules to udev', ['udevadm', 'control', '--reload']),
  task('apply them to uinput', [
    'udevadm',
    'trigger',
    '--settle',
    '--action=change',
    '/sys/devices/virtual/misc/uinput',
  ]),
]

/**
 * Does what was planned; returns what went wrong and does not matter much. Throws 'no-permission' and 'unexpected';
 * what was done until then can be uninstalled.
 */
export function carryOut(
  { layout, files, tasks, before, makesUser, makesShareUser }: InstallPlan,
  { destdir, version, filesOnly }: InstallOptions,
  system: System,
): string[] {
  const warnings: string[] = []
  try {
    if (!filesOnly) {
      const madeUser = before.madeUser || makesUser
      const madeShareUser = before.madeShareUser || makesShareUser
      const made = { madeUser, madeShareUser }
      const manifest = manifestAfter(files, before, { destdir, version, ...made })
      // First, so that an installation which is cut short can be taken back.
      writeWhole(join(destdir, layout.manifest), `${JSON.stringify(manifest, null, 1)}\n`, 0o644)
    }
    for (const step of files) takeStep(step, destdir)
  } catch (error) {
    throw cannotWrite(error)
  }
  for (const one of tasks) {
    const complaint = runTask(one, system)
    if (complaint === undefined) continue
    if (one.isVital) throw new EvswitchError('unexpected', complaint, { remedy: remedyOf(one) })
    warnings.push(complaint)
  }
  return warnings
}

function remedyOf({ commands }: Task): string {
  return commands[0]?.includes('restart')
    ? `journalctl -u ${unitName} says why; evswitch service uninstall takes everything back`
    : 'put that right and install again, or take everything back: evswitch service uninstall'
}

function cannotWrite(error: unknown): unknown {
  const errno = errnoName(error)
  if (errno === 'EACCES' || errno === 'EPERM') {
    return new EvswitchError('no-permission', messageOf(error), { remedy: 'run it with sudo' })
  }
  if (errno === undefined) return error
  return new EvswitchError('unexpected', messageOf(error), {
    remedy: 'what was written until then can be taken back: evswitch service uninstall',
  })
}
