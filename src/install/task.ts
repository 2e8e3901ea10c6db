import type { CommandResult, System } from './system.ts'

/** Something to do beside files. */
export interface Task {
  /** For people: 'make the user and group evswitch'. */
  readonly text: string
  /** The first of them that this system has is run. */
  readonly commands: readonly (readonly string[])[]
  /** Whether the rest is of no use when this fails. */
  readonly isVital: boolean
}

export function task(text: string, ...commands: (readonly string[])[]): Task {
  return { text, commands, isVital: false }
}

export function vitalTask(text: string, ...commands: (readonly string[])[]): Task {
  return { text, commands, isVital: true }
}

/** Undefined when all is well, otherwise what went wrong. */
export function runTask({ text, commands }: Task, system: System): string | undefined {
  const command = commands.find(([name = '']) => system.hasCommand(name))
  if (command === undefined) {
    return `cannot ${text}: there is no ${commands.map(([name]) => name).join(' and no ')} here`
  }
  const result = system.run(command)
  return result.status === 0 ? undefined : `cannot ${text}: ${complaint(command, result)}`
}

function complaint(command: readonly string[], { status, stdout, stderr }: CommandResult): string {
  const words = (stderr.trim() || stdout.trim()).split('\n').slice(0, 5).join('\n  ')
  return `${command.join(' ')} ended with ${status}${words === '' ? '' : `\n  ${words}`}`
}
