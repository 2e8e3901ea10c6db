import type { FileStep } from '../install/file-steps.ts'
import type { InstallPlan } from '../install/install.ts'
import type { Layout } from '../install/layout.ts'
import type { InstallStatus } from '../install/status.ts'
import type { Task } from '../install/task.ts'
import type { UninstallPlan } from '../install/uninstall.ts'

/** What an installation is about to do, line by line. */
export function installPlanText(plan: InstallPlan, destdir: string): string[] {
  const lines = [...fileLines(plan.files, plan.layout, destdir), ...plan.tasks.map(taskLine)]
  const isSame = plan.files.every(({ kind }) => kind === 'same' || kind === 'keep')
  return isSame ? ['  all files are in place', ...lines] : lines
}

export function uninstallPlanText({ stopTasks, files, tasks, layout }: UninstallPlan): string[] {
  return [...stopTasks.map(taskLine), ...fileLines(files, layout, ''), ...tasks.map(taskLine)]
}

const verbs = {
  add: 'write',
  replace: 'replace',
  remove: 'remove',
  keep: 'keep, because somebody else wrote it:',
} as const

/** Files of the program are only counted: nobody reads a thousand lines. */
function fileLines(files: readonly FileStep[], { program }: Layout, destdir: string): string[] {
  const isProgram = ({ path }: FileStep) => path.startsWith(`${program}/`)
  return (['add', 'replace', 'remove', 'keep'] as const).flatMap((kind) => {
    const some = files.filter((step) => step.kind === kind)
    const counted = kind === 'keep' ? [] : some.filter(isProgram)
    const named = some.filter((step) => !counted.includes(step))
    return [
      ...(counted.length === 0
        ? []
        : [`  ${verbs[kind]} ${fileCount(counted.length)} in ${destdir}${program}`]),
      ...named.map(({ path }) => `  ${verbs[kind]} ${destdir}${path}`),
    ]
  })
}

function fileCount(count: number): string {
  return count === 1 ? '1 file' : `${count} files`
}

function taskLine({ text }: Task): string {
  return `  ${text}`
}

/** What stands of an installation, for people. */
export function installStatusText(status: InstallStatus): string[] {
  const { version, prefix, changed, missing, hasUser, ownsUinput, unit } = status
  const installed =
    version === undefined
      ? [`evswitch is not installed in ${prefix}`]
      : [
          `evswitch ${version} is installed in ${prefix}`,
          ...changed.map((path) => `  changed since: ${path}`),
          ...missing.map((path) => `  missing: ${path}`),
          ...(hasUser ? [] : ['  there is no user evswitch']),
          ...(ownsUinput ? [] : ['  /dev/uinput does not belong to the user evswitch']),
        ]
  if (unit === undefined) return [...installed, 'systemd knows no evswitch.service']
  const { active, enabled, result, pid, since, restarts, storedNodes, text } = unit
  const how = result === 'success' ? '' : ` (${result})`
  return [
    ...installed,
    `evswitch.service is ${active}${how}, ${enabled} at boot${since === '' ? '' : `, since ${since}`}`,
    ...(pid === 0 ? [] : [`  process ${pid}${text === '' ? '' : `: ${text}`}`]),
    ...(restarts === 0
      ? []
      : [`  it came back by itself ${restarts === 1 ? 'once' : `${restarts} times`}`]),
    `  nodes that outlive it: ${storedNodes}`,
  ]
}
