import { accessSync, constants, existsSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { type LabDevice, labDevices } from './devices.ts'
import { LabError } from './lab-error.ts'
import type { LabProcess } from './lab-process.ts'
import { bootLab, type LabOptions, type LabVm } from './vm.ts'

const DESCRIPTION = `Boots a virtual machine with real (emulated) keyboards and mice and runs things in it.

The machine has a Linux kernel of its own and sees your files, this checkout included, at the same paths.
What it writes stays in its memory and is gone when it ends. You are root in it.`

const EXAMPLES = `
Examples:
  npm run lab -- run ls -l /dev/input/by-id       what does the machine have?
  npm run lab -- run ./try.sh one two             your own script; its exit status is passed on
  npm run lab -- run --devices ps2 node x.mjs     only the PS/2 keyboard and mouse
  npm run lab -- run --virtual-time ./measure     time counts instructions: results repeat
  npm run lab -- run --init systemd systemctl     with systemd, its journal and units
  npm run lab -- shell                            look around; end with exit or Ctrl+D
Inside, the lab's tools are on the PATH: reader, grabber, leds, player (test/lab/tools/*.c).
Tests use the same machine from TypeScript, where they can press keys: test/lab/README.md.`

const DEFAULT_SIZE = { rows: 24, columns: 80 }

interface CliOptions {
  devices?: LabDevice[]
  kernel?: string
  accel?: 'auto' | 'tcg' | 'kvm'
  append?: string
  init?: 'agent' | 'systemd'
  virtualTime?: boolean
  memory?: number
  smp?: number
  udev?: boolean
  console?: boolean
}

const program = new Command('lab')
  .usage('COMMAND [OPTIONS]')
  .description(DESCRIPTION)
  .addHelpText('after', EXAMPLES)
  .enablePositionalOptions()
  .exitOverride()

withOptions(
  program
    .command('run')
    .usage('[OPTIONS] PROGRAM [ARGUMENT...]')
    .argument('<program>', 'a program or script; .ts, .mjs and .js run with Node')
    .argument('[arguments...]', 'for the program')
    .description('run a program inside, with its output here, and end with its exit status')
    .passThroughOptions(),
).action(async (file: string, args: string[], options: CliOptions) => {
  await inLab(options, (vm) => runProgram(vm, programLine(file, args)))
})

withOptions(
  program.command('shell').usage('[OPTIONS]').description('a prompt inside, for looking around'),
).action(async (options: CliOptions) => {
  await inLab(options, (vm) => (process.stdin.isTTY ? runTerminal(vm) : runProgram(vm, ['sh'])))
})

function withOptions(command: Command): Command {
  const devices = labDevices.join(',')
  return command
    .option('--devices <list>', `input devices, of: ${devices} (default: all)`, parseDevices)
    .option('--kernel <which>', 'a release, or a folder with boot/ and lib/modules/')
    .addOption(
      new Option('--accel <how>', 'what runs its processor').choices(['auto', 'tcg', 'kvm']),
    )
    .addOption(
      new Option('--init <which>', 'process 1 (default: agent)').choices(['agent', 'systemd']),
    )
    .option('--append <arguments>', "more for the kernel's command line")
    .option('--virtual-time', 'time counts instructions, not seconds; idle time is skipped')
    .option('--memory <MiB>', 'its memory (default: 1024)', parseCount)
    .option('--smp <count>', 'its processors (default: 2; 1 with --virtual-time)', parseCount)
    .option('--no-udev', 'do not start udevd: quicker, without links in /dev/input')
    .option('--console', "show the kernel's console on stderr")
}

function parseDevices(list: string): LabDevice[] {
  return list.split(',').map((name) => {
    const device = labDevices.find((known) => known === name)
    if (device === undefined) throw new InvalidArgumentError(`There is no device ${name}.`)
    return device
  })
}

function parseCount(text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('Not a number.')
  return count
}

function labOptions({ memory, console: showConsole, ...options }: CliOptions): LabOptions {
  return {
    ...options,
    memoryMib: memory,
    onConsole: showConsole ? (bytes) => process.stderr.write(bytes) : undefined,
  }
}

/** Boots, does what is asked, and leaves nothing running, also when interrupted. */
async function inLab(options: CliOptions, use: (vm: LabVm) => Promise<number>): Promise<void> {
  // The machine ends with this process: leaving is enough.
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.once(signal, () => process.exit(code))
  }
  const vm = await bootLab(labOptions(options))
  try {
    process.exitCode = await use(vm)
  } finally {
    await vm.shutdown()
  }
}

function programLine(file: string, args: readonly string[]): string[] {
  const path = resolve(callerFolder(), file)
  if (!existsSync(path)) return [file, ...args]
  if (extname(file) === '.ts') return [process.execPath, '--import', 'tsx', path, ...args]
  if (['.mjs', '.js'].includes(extname(file))) return [process.execPath, path, ...args]
  return [...(isExecutable(path) ? [] : ['/bin/sh']), path, ...args]
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** npm runs scripts at the top of the checkout; this is where its caller stood. */
function callerFolder(): string {
  return process.env['INIT_CWD'] ?? process.cwd()
}

async function runProgram(vm: LabVm, argv: readonly string[]): Promise<number> {
  const program = await vm.spawn(argv, { cwd: callerFolder(), env: ownVariables() })
  program.stdout.onData = (bytes) => process.stdout.write(bytes)
  program.stderr.onData = (bytes) => process.stderr.write(bytes)
  if (process.stdin.isTTY) program.end()
  else forwardInput(program)
  return await endOf(program)
}

async function runTerminal(vm: LabVm): Promise<number> {
  const { rows, columns } = { ...DEFAULT_SIZE, ...process.stdout }
  const shell = await vm.spawn(['bash', '-l'], {
    cwd: callerFolder(),
    env: { ...ownVariables(), TERM: process.env['TERM'] ?? 'dumb', PS1: 'lab:\\w# ' },
    terminal: { rows, columns },
  })
  shell.stdout.onData = (bytes) => process.stdout.write(bytes)
  process.stdout.on('resize', () => shell.resize(process.stdout.rows, process.stdout.columns))
  process.stdin.setRawMode(true)
  process.stdin.on('data', (bytes: Buffer) => shell.write(bytes))
  try {
    return await endOf(shell)
  } finally {
    process.stdin.setRawMode(false)
    process.stdin.pause()
  }
}

function forwardInput(program: LabProcess): void {
  process.stdin.on('data', (bytes: Buffer) => program.write(bytes))
  process.stdin.on('end', () => program.end())
}

async function endOf(program: LabProcess): Promise<number> {
  const { status } = await program.exited
  process.stdin.destroy()
  return status
}

/** Settings of ours are for what runs inside, too. */
function ownVariables(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      name.startsWith('EVSWITCH_') && value !== undefined ? [[name, value]] : [],
    ),
  )
}

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2
  } else if (error instanceof LabError) {
    process.stderr.write(`lab: ${error.message}\n`)
    process.exitCode = 1
  } else {
    throw error
  }
}
