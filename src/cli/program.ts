import { Command, CommanderError } from 'commander'
import { EvswitchError, exitCodeOf, messageOf } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { version } from '../version.ts'
import type { Output } from './output.ts'

/** What a file in commands/ exports. */
export interface CommandModule {
  /**
   * Adds arguments, options, help text and the action to the command of its name. `whole` is the program with
   * every command in full, for those that tell of all.
   */
  define(command: Command, output: Output, whole: () => Promise<Command>): void
}

interface CommandEntry {
  readonly name: string
  readonly summary: string
  readonly load: () => Promise<CommandModule>
}

/** Every command, one line each. Only the one that is asked for is loaded. */
const commands: readonly CommandEntry[] = [
  {
    name: 'run',
    summary: 'move keyboards and mice between this machine and its guests, until Ctrl+C',
    load: () => import('./commands/run.ts'),
  },
  {
    name: 'status',
    summary: 'show who has the input, since when, and how well it works',
    load: () => import('./commands/status.ts'),
  },
  {
    name: 'switch',
    summary: 'give the input to a guest, or back to this machine',
    load: () => import('./commands/switch.ts'),
  },
  {
    name: 'release',
    summary: 'give everything back to this machine, as the panic chord does',
    load: () => import('./commands/release.ts'),
  },
  {
    name: 'reload',
    summary: 'let evswitch read its configuration anew',
    load: () => import('./commands/reload.ts'),
  },
  {
    name: 'log',
    summary: 'show what evswitch did, and follow it',
    load: () => import('./commands/log.ts'),
  },
  {
    name: 'service',
    summary: 'run evswitch as a service',
    load: () => import('./commands/service.ts'),
  },
  {
    name: 'agent',
    summary: 'run hooks, show notifications and keep the screen on, in your session',
    load: () => import('./commands/agent.ts'),
  },
  {
    name: 'share',
    summary: 'share keyboard and mouse with other computers, by the Barrier protocol',
    load: () => import('./commands/share.ts'),
  },
  {
    name: 'devices',
    summary: 'list keyboards, mice and other input devices',
    load: () => import('./commands/devices.ts'),
  },
  {
    name: 'identify',
    summary: 'find the right keyboard and mouse by using them',
    load: () => import('./commands/identify.ts'),
  },
  {
    name: 'monitor',
    summary: 'show what devices send, record it, and show recordings',
    load: () => import('./commands/monitor.ts'),
  },
  {
    name: 'map',
    summary: 'try what keys, wheels and motion become',
    load: () => import('./commands/map.ts'),
  },
  {
    name: 'config',
    summary: 'check, show and make the configuration file',
    load: () => import('./commands/config.ts'),
  },
  {
    name: 'qemu',
    summary: 'what to add to a QEMU command line',
    load: () => import('./commands/qemu.ts'),
  },
  {
    name: 'libvirt',
    summary: "give libvirt's domains their keyboard and mouse",
    load: () => import('./commands/libvirt.ts'),
  },
  {
    name: 'setup',
    summary: 'from nothing to a working guest, in one command; --undo takes it back',
    load: () => import('./commands/setup.ts'),
  },
  {
    name: 'doctor',
    summary: 'find what keeps input from a guest, and repair it',
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'bench',
    summary: 'measure the latency of this machine, or how often a device reports',
    load: () => import('./commands/bench.ts'),
  },
  {
    name: 'completion',
    summary: 'print completion for a shell: bash, zsh or fish',
    load: () => import('./commands/completion.ts'),
  },
]

const description = `A software KVM switch: your keyboards and mice for this machine or a virtual
machine on it, one at a time. Both Ctrl keys together switch.`

const examples = `
Examples:
  evswitch run         one guest; prints what the guest needs, until Ctrl+C
  evswitch status      who has the input now
  evswitch devices     which keyboards and mice there are, and what to call them
  evswitch identify    which one is in your hands: press a key, move the mouse
  evswitch help run    what a command can do, with examples

Exit codes:
  0 ok               1 unexpected       2 usage            4 no permission
  5 not installed    6 not configured   7 not running
`

/**
 * Runs a command line (without node and the script) and returns the exit code. Nothing is thrown: an error
 * becomes one or two lines on stderr.
 */
export async function runProgram(args: readonly string[], output: Output): Promise<number> {
  try {
    const program = await createProgram((name) => args.includes(name), output)
    await program.parseAsync([...args], { from: 'user' })
    return 0
  } catch (error) {
    return reportError(error, output)
  }
}

/** The program with every command in full. */
export async function wholeProgram(output: Output): Promise<Command> {
  return await createProgram(() => true, output)
}

/** The program with all commands known by name, and those that are asked for in full. */
async function createProgram(isAsked: (name: string) => boolean, output: Output): Promise<Command> {
  const program = new Command('evswitch')
    .description(description)
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .addHelpText('after', examples)
    .showSuggestionAfterError()
    // Options stand behind the command that they are of, so that a part may have some of the same name.
    .enablePositionalOptions()
  quiet(program, output)
  for (const entry of commands) {
    const command = program.command(entry.name).summary(entry.summary).description(entry.summary)
    quiet(command, output)
    if (!isAsked(entry.name)) continue
    const module = await entry.load()
    module.define(command, output, async () => await wholeProgram(output))
  }
  program.action(() => {
    throw noSuchCommand(program.args[0])
  })
  program.allowExcessArguments()
  return program
}

/** Lets commander throw instead of ending the process, and keeps its own words off stderr. */
function quiet(command: Command, output: Output): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => output.out(text),
    writeErr: () => {},
    getOutHelpWidth: () => Math.min(output.columns, 100),
  })
}

function noSuchCommand(name: string | undefined): EvswitchError {
  if (name === undefined) {
    return new EvswitchError('usage', 'no command given', {
      remedy: 'evswitch --help shows what there is',
    })
  }
  const near = nearest(
    name,
    commands.map((command) => command.name),
  )
  return new EvswitchError('usage', `there is no command ${JSON.stringify(name)}`, {
    remedy: near === undefined ? 'evswitch --help shows what there is' : `did you mean ${near}?`,
  })
}

/** Prints an error as its user should see it; returns its exit code. */
function reportError(error: unknown, output: Output): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0
    const text = error.message.replace(/^error: /, '').replace(/\n\((.*)\)$/, '\n$1')
    output.err(`evswitch: ${text}\n`)
    return exitCodeOf('usage')
  }
  output.err(`evswitch: ${messageOf(error)}\n`)
  if (error instanceof EvswitchError) return error.exitCode
  const stack = error instanceof Error && process.env['EVSWITCH_DEBUG'] ? error.stack : undefined
  output.err(`${stack ?? 'this is a defect; EVSWITCH_DEBUG=1 shows where it is'}\n`)
  return exitCodeOf('unexpected')
}
