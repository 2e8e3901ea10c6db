import type { Command } from 'commander'
import { EvswitchError } from '../errors.ts'
import { nearest } from '../nearest.ts'

/**
 * Lets a command that only has parts say which there are when none, or an unknown one, is named. Called after the
 * parts are defined, which would inherit it.
 */
export function requirePart(command: Command, question: string): void {
  command.allowExcessArguments().action(() => {
    throw noSuchPart(command, question)
  })
}

function noSuchPart(command: Command, question: string): EvswitchError {
  const wish = command.args[0]
  const names = command.commands.map((part) => part.name())
  const all = `there are: ${names.join(', ')}`
  if (wish === undefined) return new EvswitchError('usage', question, { remedy: all })
  const near = nearest(wish, names)
  return new EvswitchError(
    'usage',
    `there is no command ${command.name()} ${JSON.stringify(wish)}`,
    {
      remedy: near === undefined ? all : `did you mean ${near}?`,
    },
  )
}
