import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import { AgentClient } from './agent-client.ts'
import { Settled } from './deadline.ts'
import { LabError } from './lab-error.ts'
import { LineStream } from './line-stream.ts'
import { Qmp } from './qmp.ts'

const QEMU = 'qemu-system-x86_64'
const SETPRIV = '/usr/bin/setpriv'
// The descriptors at which QEMU inherits one end of a socket pair each.
const FD = { qmp: 3, agent: 4, console: 5 } as const

/** What the kernel, the initramfs and the agent say when they cannot go on. */
const CAUSE = /Kernel panic|BUG:|Oops:|^lab (init|agent):/

/** QEMU, and the three channels to it. */
export class Machine {
  readonly qmp: Qmp
  readonly agent: AgentClient
  /** The serial console: what the kernel prints. */
  readonly console: LineStream
  /** Settles when QEMU has ended, for whatever reason. */
  readonly ended: Promise<void>

  readonly #child: ChildProcess
  readonly #ended = new Settled<void>()
  readonly #killOnExit = () => this.#child.kill('SIGKILL')
  #errors = ''
  #stopping = false
  #hasEnded = false

  /** @param args of QEMU, without those of the channels */
  constructor(args: readonly string[]) {
    this.ended = this.#ended.promise
    const command = [...dieWithParent(), QEMU, ...args, ...channelArguments()]
    const [program = QEMU, ...rest] = command
    // In a group of its own: Ctrl+C is for us, and we end QEMU.
    this.#child = spawn(program, rest, {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      detached: true,
    })
    process.once('exit', this.#killOnExit)

    const channel = (fd: number) => this.#child.stdio[fd] as Duplex
    const explain = (message: string) => this.explain(message)
    this.console = new LineStream(() => explain('the console of the machine'))
    this.qmp = new Qmp(channel(FD.qmp), explain)
    this.agent = new AgentClient(channel(FD.agent), explain)
    channel(FD.console).on('data', (bytes: Buffer) => this.console.push(bytes))
    channel(FD.console).on('error', () => {})
    this.#child.stderr?.on('data', (bytes: Buffer) => {
      this.#errors += bytes.toString()
    })
    this.#child.on('error', (error) => this.#end(`cannot start ${QEMU}: ${error.message}`))
    this.#child.on('close', (code, signal) =>
      this.#end(`the machine ended by itself (QEMU: ${signal ?? `exit status ${code}`})`),
    )
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Ends QEMU at once; nothing inside is worth a shutdown. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#child.kill('SIGKILL')
    await this.ended
  }

  /** A message followed by what QEMU and the kernel said last. */
  explain(message: string): string {
    const errors = this.#errors.trim()
    const lines = this.console.lines.slice(-25)
    // A long backtrace must not push what it is about out of sight.
    const causes = this.console.lines.filter((line) => CAUSE.test(line) && !lines.includes(line))
    return [
      message,
      ...causes.map((line) => `  ${line}`),
      ...(errors === '' ? [] : [`  QEMU: ${errors}`]),
      '  console, last lines:',
      ...(lines.length === 0 ? ['    (none)'] : lines.map((line) => `    ${line}`)),
    ].join('\n')
  }

  #end(reason: string): void {
    process.off('exit', this.#killOnExit)
    this.console.end()
    const error = new LabError(this.#stopping ? 'the machine was stopped' : this.explain(reason))
    this.agent.close(error)
    this.qmp.close(error)
    this.#hasEnded = true
    this.#ended.resolve()
  }
}

/** However we end, SIGKILL included, the kernel ends QEMU with us. */
function dieWithParent(): string[] {
  return existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL', '--'] : []
}

function channelArguments(): string[] {
  return [
    ...['-chardev', `socket,id=qmp,fd=${FD.qmp}`, '-mon', 'chardev=qmp,mode=control'],
    ...['-chardev', `socket,id=console,fd=${FD.console}`, '-serial', 'chardev:console'],
    ...['-device', 'virtio-serial-pci,addr=0x4,max_ports=2'],
    ...['-chardev', `socket,id=agent,fd=${FD.agent}`],
    ...['-device', 'virtserialport,chardev=agent,name=lab.agent'],
  ]
}
