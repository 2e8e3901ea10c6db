import { Command, Option } from 'commander'
import { type Pace, paces } from './pace.ts'

export interface DemoOptions {
  readonly pace: Pace
  /** Lines even on a terminal. */
  readonly plain: boolean
}

// Paragraphs of one line each: they are wrapped for the terminal.
const DESCRIPTION = [
  'Shows evswitch at work in a virtual machine, for where there is no keyboard or mouse to try it with.',
  'The machine has a Linux kernel, a USB keyboard and mouse, the real evswitch, and a guest in QEMU. The ' +
    'demo types, switches, pulls the keyboard out and crashes the guest, shows who sees what, and says what ' +
    'that proves.',
].join('\n\n')

const STATUS = `
Exit status: 0 everything was proven, 1 something was not, 2 wrong options,
5 the computer lacks a part, 130 ended by Ctrl+C.`

/** Ends the process after --help and for what it does not understand. */
export function parseOptions(args: readonly string[]): DemoOptions {
  const command = new Command('npm start --')
    .description(DESCRIPTION)
    .addHelpText('after', STATUS)
    .addOption(
      new Option('--pace <how>', 'slow and normal are for reading along')
        .choices(paces)
        .default(process.stdout.isTTY ? 'normal' : 'fast', 'normal on a terminal, otherwise fast'),
    )
    .option('--fast', 'the same as --pace fast')
    .option('--plain', 'lines instead of columns, as without a terminal')
    .allowExcessArguments(false)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .parse(args, { from: 'user' })
  const { pace, fast, plain } = command.opts<{ pace: Pace; fast?: true; plain?: true }>()
  return { pace: fast ? 'fast' : pace, plain: plain ?? false }
}
