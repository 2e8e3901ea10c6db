import type { Argument, Command, Option } from 'commander'

/** What a value on the command line is, for whoever completes it. */
export type ValueKind =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'file' | 'directory' | 'device' | 'target' | 'other' }

export interface OptionFacts {
  /** '--seconds <number>', '-a, --all'. */
  readonly flags: string
  /** '--seconds'. */
  readonly long: string
  /** '-a'; undefined where there is none. */
  readonly short: string | undefined
  readonly description: string
  /** What stands in the flags for its value; undefined where it takes none. */
  readonly placeholder: string | undefined
  readonly value: ValueKind
  readonly isRepeatable: boolean
}

export interface ArgumentFacts {
  /** 'device'. */
  readonly name: string
  readonly description: string
  readonly value: ValueKind
  readonly isVariadic: boolean
}

/** A command with all that is below it, as `--help` tells it. */
export interface CommandFacts {
  readonly name: string
  /** 'evswitch config check'. */
  readonly path: string
  /** '[options] [file]'. */
  readonly usage: string
  readonly summary: string
  readonly description: string
  readonly options: readonly OptionFacts[]
  readonly arguments: readonly ArgumentFacts[]
  readonly commands: readonly CommandFacts[]
  /** Explanations and examples behind the lists, in lines of 80 columns. */
  readonly text: string
}

/**
 * Reads what was defined for a command; nothing has to be written down a second time. Its help is not to be printed
 * by the same object afterwards.
 */
export function commandTree(command: Command): CommandFacts {
  return factsOf(command, '', [])
}

/** @param siblings the names of the commands beside it, which `help` can be asked about */
function factsOf(command: Command, above: string, siblings: readonly string[]): CommandFacts {
  const path = above === '' ? command.name() : `${above} ${command.name()}`
  const help = command.createHelp()
  const parts = help.visibleCommands(command)
  const names = parts.map((part) => part.name()).filter((name) => name !== 'help')
  return {
    name: command.name(),
    path,
    usage: command.usage(),
    summary: command.summary(),
    description: command.description(),
    options: help
      .visibleOptions(command)
      .map((option) => optionFacts(option, help.optionDescription(option))),
    arguments: command.registeredArguments.map((argument) =>
      argumentFacts(argument, command.name() === 'help' ? siblings : undefined),
    ),
    commands: parts.map((part) => factsOf(part, path, names)),
    text: textAfterHelp(command),
  }
}

/** All commands, each before those that are below it. */
export function allCommands(facts: CommandFacts): CommandFacts[] {
  return [facts, ...facts.commands.flatMap(allCommands)]
}

function optionFacts(option: Option, description: string): OptionFacts {
  const { flags, short, long, argChoices } = option
  const placeholder = /[<[]([^>\]]+)[>\]]/.exec(flags)?.[1]
  return {
    flags,
    long: long ?? short ?? flags,
    short: long === undefined ? undefined : short,
    description,
    placeholder,
    value: valueKind(placeholder ?? '', option.attributeName(), argChoices),
    // Options that may be given again say so themselves.
    isRepeatable: option.variadic || description.includes('again for more'),
  }
}

function argumentFacts(argument: Argument, words?: readonly string[]): ArgumentFacts {
  return {
    name: argument.name(),
    description: argument.description,
    value: valueKind(argument.name(), '', words ?? argument.argChoices),
    isVariadic: argument.variadic,
  }
}

/** By the word that stands for it, or the option that takes it. */
function valueKind(
  placeholder: string,
  option: string,
  choices: readonly string[] | undefined,
): ValueKind {
  if (choices !== undefined) return { kind: 'words', words: choices }
  if (placeholder === 'file' || placeholder === 'directory') return { kind: placeholder }
  if (placeholder === 'on|off') return { kind: 'words', words: ['on', 'off'] }
  for (const name of [placeholder, option]) {
    if (name === 'target') return { kind: 'target' }
    if (name === 'device' || name === 'clone') return { kind: 'device' }
  }
  return { kind: 'other' }
}

/** What `addHelpText('after', ...)` was given: commander tells it with the whole help only. */
function textAfterHelp(command: Command): string {
  let text = ''
  command.configureOutput({
    ...command.configureOutput(),
    writeOut: (more) => {
      text += more
    },
  })
  command.outputHelp()
  return text.slice(command.helpInformation().length).replace(/^\n+|\s+$/g, '')
}
