import { dirname, join } from 'node:path'
import { needPackages } from '../../scripts/bootstrap.mjs'
import { SetupError } from '../../scripts/lib/step.mjs'
import { kernelPackages, machinePackages, systemdPackages } from '../packages.mjs'
import { chooseAccelerator } from './accelerator.ts'
import { ROOT } from './cache.ts'
import { PATIENCE_MS, within } from './deadline.ts'
import {
  inputNames,
  type KeyboardKind,
  type LabDevice,
  labDevices,
  type MouseKind,
  type PluggableDevice,
  pluggable,
} from './devices.ts'
import { LabKeyboard, LabMouse } from './input.ts'
import { type InputDevice, parseInputDevices } from './input-devices.ts'
import { findKernel, type Kernel } from './kernel.ts'
import { LabError, LabUnavailable } from './lab-error.ts'
import { type Accelerator, type LabOptions, machineArguments } from './lab-options.ts'
import type { ExitStatus, LabProcess } from './lab-process.ts'
import { Machine } from './machine.ts'
import { buildTools } from './programs.ts'
import type { Qmp } from './qmp.ts'

export interface RunOptions {
  readonly cwd?: string | undefined
  /** Added to the environment, which is small and always the same. */
  readonly env?: Readonly<Record<string, string>> | undefined
  /** Written to standard input, which is then closed; empty by default. */
  readonly input?: string | Buffer | undefined
  readonly deadlineMs?: number | undefined
}

export interface SpawnOptions {
  readonly cwd?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
  /** A terminal of this size instead of three pipes; stderr then comes with stdout. */
  readonly terminal?: { readonly rows: number; readonly columns: number } | undefined
}

export interface RunResult extends ExitStatus {
  readonly stdout: string
  readonly stderr: string
}

export type { LabOptions } from './lab-options.ts'

/** Durations of the last boot, in ms of the host's clock. */
export interface BootTimes {
  readonly agentMs: number
  readonly readyMs: number
}

/** A program and its arguments, or a script for /bin/sh. */
export type Command = string | readonly string[]

const INPUT_READY = join(ROOT, 'test/lab/input-ready.sh')

const RESET_DEADLINE_MS = 20_000

/** Boots a machine. Who boots it shuts it down; it also ends with the process that booted it. */
export async function bootLab(options: LabOptions = {}): Promise<LabVm> {
  const kernel = prepareKernel(options.kernel)
  if (options.init === 'systemd') ensurePackages(systemdPackages)
  const accelerator = options.virtualTime ? 'tcg' : await chooseAccelerator(kernel, options.accel)
  const devices = options.devices ?? labDevices
  const started = performance.now()
  const machine = new Machine(machineArguments(kernel, accelerator, devices, options))
  machine.console.onData = options.onConsole
  const deadlineMs = options.bootDeadlineMs ?? PATIENCE_MS
  try {
    const release = await within(deadlineMs, machine.agent.hello, () =>
      machine.explain('the machine did not boot'),
    )
    const agentMs = performance.now() - started
    await machine.qmp.execute('qmp_capabilities')
    const vm = new LabVm(machine, { release, accelerator, devices })
    if (options.init === 'systemd' || (options.udev ?? true)) await vm.startUdev()
    await machine.agent.setBaseline()
    vm.bootTimes = { agentMs, readyMs: performance.now() - started }
    return vm
  } catch (error) {
    await machine.stop()
    throw error
  }
}

function prepareKernel(wanted: string | undefined): Kernel {
  if (process.arch !== 'x64') throw new LabUnavailable(`the lab needs x86-64, not ${process.arch}`)
  ensurePackages(machinePackages)
  try {
    return findKernel(wanted)
  } catch (error) {
    if (!(error instanceof LabUnavailable) || wanted !== undefined) throw error
    ensurePackages(kernelPackages)
    return findKernel()
  }
}

function ensurePackages(packages: Parameters<typeof needPackages>[0]): void {
  try {
    needPackages(packages)
  } catch (error) {
    throw error instanceof SetupError ? new LabUnavailable(error.message) : error
  }
}

interface LabFacts {
  readonly release: string
  readonly accelerator: Accelerator
  readonly devices: readonly LabDevice[]
}

/** A running machine: the host's files with a writable layer, a kernel of its own, input devices. */
export class LabVm {
  /** `uname -r` inside. */
  readonly kernelRelease: string
  readonly accelerator: Accelerator
  /** The devices that it was booted with. */
  readonly devices: readonly LabDevice[]
  bootTimes: BootTimes = { agentMs: 0, readyMs: 0 }

  readonly #machine: Machine
  readonly #keyboards: Readonly<Record<KeyboardKind, LabKeyboard>>
  readonly #mice: Readonly<Record<MouseKind, LabMouse>>
  readonly #plugged: Set<LabDevice>

  constructor(machine: Machine, { release, accelerator, devices }: LabFacts) {
    this.#machine = machine
    this.kernelRelease = release
    this.accelerator = accelerator
    this.devices = devices
    this.#plugged = new Set(devices)
    const keyboard = (kind: KeyboardKind) => new LabKeyboard(kind, machine.qmp)
    const mouse = (kind: MouseKind) => new LabMouse(kind, machine.qmp)
    this.#keyboards = { ps2: keyboard('ps2'), usb: keyboard('usb'), virtio: keyboard('virtio') }
    this.#mice = { ps2: mouse('ps2'), usb: mouse('usb'), virtio: mouse('virtio') }
  }

  /** QEMU's monitor. */
  get qmp(): Qmp {
    return this.#machine.qmp
  }

  /** What the kernel printed on its console. */
  get console(): readonly string[] {
    return this.#machine.console.lines
  }

  get hasEnded(): boolean {
    return this.#machine.hasEnded
  }

  /** Settles when the machine has ended, for whatever reason. */
  get ended(): Promise<void> {
    return this.#machine.ended
  }

  /** Starts a process inside. */
  async spawn(command: Command, options: SpawnOptions = {}): Promise<LabProcess> {
    const { cwd = ROOT, env = {}, terminal } = options
    const argv = typeof command === 'string' ? ['/bin/sh', '-c', command] : command
    return await this.#machine.agent.start({
      argv,
      cwd,
      env: { ...baseEnvironment(), ...env },
      terminal,
    })
  }

  /** Runs a process inside to its end; its status is for the caller to judge. */
  async run(command: Command, options: RunOptions = {}): Promise<RunResult> {
    const { input = '', deadlineMs = PATIENCE_MS, ...spawnOptions } = options
    const process = await this.spawn(command, spawnOptions)
    if (input.length > 0) process.write(input)
    process.end()
    try {
      const status = await process.waitForExit(deadlineMs)
      return { ...status, stdout: process.stdout.text, stderr: process.stderr.text }
    } catch (error) {
      process.killGroup()
      throw error
    }
  }

  /** Like run, but an exit status other than 0 is an error. Gives the standard output. */
  async check(command: Command, options: RunOptions = {}): Promise<string> {
    const { status, stdout, stderr } = await this.run(command, options)
    if (status === 0) return stdout
    const text = typeof command === 'string' ? command : command.join(' ')
    throw new LabError(`exit status ${status} of: ${text}\n${stderr}${stdout}`)
  }

  async readFile(path: string): Promise<string> {
    return await this.check(['cat', path])
  }

  /** Writes a file inside; the host's file of that name stays as it is. Missing folders are made. */
  async writeFile(path: string, content: string | Buffer, mode = 0o644): Promise<void> {
    const script = 'mkdir -p "$2" && cat > "$1" && chmod "$3" "$1"'
    await this.check(['/bin/sh', '-c', script, 'sh', path, dirname(path), mode.toString(8)], {
      input: content,
    })
  }

  /** Starts udevd, unless systemd has, and waits until every input device has its links. */
  async startUdev(): Promise<void> {
    await this.check([INPUT_READY, '--start-udev', ...inputNames(this.devices)])
  }

  /** A keyboard of the machine and the fingers on it. */
  keyboard(kind: KeyboardKind): LabKeyboard {
    return this.#keyboards[kind]
  }

  /** A mouse of the machine and the hand on it. */
  mouse(kind: MouseKind): LabMouse {
    return this.#mice[kind]
  }

  /** The input devices that are there now, as the kernel inside lists them. */
  async inputDevices(): Promise<InputDevice[]> {
    return parseInputDevices(await this.readFile('/proc/bus/input/devices'))
  }

  /** The event node of an input device: of a keyboard or mouse of the machine, or by the device's name. */
  async node(device: LabKeyboard | LabMouse | string): Promise<string> {
    const name = typeof device === 'string' ? device : device.inputName
    const devices = await this.inputDevices()
    const node = devices.find((found) => found.name === name)?.node
    if (node !== undefined) return node
    throw new LabError(
      `there is no input device ${name}; there: ${devices.map((found) => found.name).join(', ')}`,
    )
  }

  /** Pulls the plug. Returns when QEMU has removed the device; the kernel inside may still be busy with it. */
  async deviceDel(device: PluggableDevice): Promise<void> {
    const deleted = this.qmp.waitForEvent('DEVICE_DELETED', ({ device: id }) => id === device)
    await Promise.all([this.qmp.execute('device_del', { id: device }), deleted])
    this.#plugged.delete(device)
  }

  /** Plugs a device in and waits until it is there with its links. Returns its node. */
  async deviceAdd(device: PluggableDevice): Promise<string> {
    await this.qmp.execute('device_add', { id: device, ...pluggable[device].driver })
    this.#plugged.add(device)
    return await this.waitForInput(pluggable[device].inputName)
  }

  /** Waits until an input device of this name is there with its links. Returns its node. */
  async waitForInput(name: string): Promise<string> {
    const nodes = await this.check([INPUT_READY, name])
    return nodes.trim()
  }

  /**
   * Puts the machine back to what it was after boot, as far as a test can change it by ordinary means:
   * started processes are killed, fingers lifted, devices plugged in. Files stay as they are.
   */
  async reset(): Promise<void> {
    await this.#machine.agent.killStrays()
    for (const device of this.devices) {
      if (device !== 'ps2' && !this.#plugged.has(device)) await this.deviceAdd(device)
    }
    await this.#liftFingers()
    await this.#waitUntilNothingPressed()
  }

  async #liftFingers(): Promise<void> {
    const hands = [...Object.values(this.#keyboards), ...Object.values(this.#mice)]
    if (!hands.some(({ isPressing }) => isPressing)) return
    // usbhid forgets what a device that nobody has open reports, and a mouse would stay pressed.
    const listener = await this.spawn(['reader'])
    await listener.waitForLine('ready')
    for (const hand of hands) await hand.releaseAll()
    await this.#waitUntilNothingPressed()
    await listener.stop()
  }

  async #waitUntilNothingPressed(): Promise<void> {
    const lookUntilNone = async () => {
      for (;;) {
        pressed = (await this.check(['reader', '--state'])).trim()
        if (!/^pressed \S+ /m.test(pressed)) return
      }
    }
    let pressed = ''
    await within(RESET_DEADLINE_MS, lookUntilNone(), () => `keys stay pressed:\n${pressed}`)
  }

  /** Ends the machine. */
  async shutdown(): Promise<void> {
    await this.#machine.stop()
  }
}

let environment: Readonly<Record<string, string>> | undefined

/** The Node that runs us and the lab's tools are on the PATH. */
function baseEnvironment(): Readonly<Record<string, string>> {
  environment ??= {
    PATH: [
      buildTools(),
      dirname(process.execPath),
      '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ].join(':'),
    HOME: '/root',
    LANG: 'C.UTF-8',
    TERM: 'dumb',
  }
  return environment
}
