import type { CommandResult, System } from './system.ts'

/** Something to do beside files. */
export interface Task {
  /** For people: 'make the user and group evswitch'. */
  readonly text: string
  /** The first of them that this system has is run. */
  readonly commands: readonly (readonly string[])[]
  /** Whether the rest is of no use when this fails. */
  readonly isVital: boolean
  /** What says more when it fails. */
  readonly why?: readonly string[]
}

export function task(text: string, ...commands: (readonly string[])[]): Task {
  return { text, commands, isVital: false }
}

/** Starting a service is vital, and why it fails stands in the journal. */
export function startTask(unit: string): Task {
  const start = vitalTask('start the service', ['systemctl', 'restart', unit])
  const lines = ['--no-pager', '--lines=10', '--output=cat']
  return { ...start, why: ['journalctl', ...lines, `--unit=${unit}`] }
}

export function vitalTask(text: string, ...commands: (readonly string[])[]): Task {
  return { text, commands, isVital: true }
}

/** Undefined when all is well, otherwise what went wrong. */
export function runTask({ text, commands, why }: Task, system: System): string | undefined {
  const command = commands.find(([name = '']) => system.hasCommand(name))
  if (command === undefined) {
    return `cannot ${text}: there is no ${commands.map(([name]) => name).join(' and no ')} here`
  }
  const result = system.run(command)
  if (result.status === 0) return undefined
  const more = why === undefined ? '' : indented(system.run(why).stdout)
  return `cannot ${text}: ${complaint(command, result)}${more}`
}

function complaint(command: readonly string[], { status, stdout, stderr }: CommandResult): string {
  return `${command.join(' ')} ended with ${status}${indented(stderr.trim() || stdout.trim())}`
}

function indented(text: string): string {
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.map((line) => `\n  ${line}`).join('')
}
