import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { LabError } from './lab-error.ts'
import { LabProcess } from './lab-process.ts'
import type { LabVm } from './vm.ts'

/**
 * For scripts that run inside the machine: starts a process beside the script, in the shape that the tools
 * of test/lab/tools.ts expect of the machine. Give it to them in the machine's place.
 */
export const localMachine = { spawn: startLocal } as unknown as LabVm

/** The same for programs that open /dev/stderr anew, as QEMU does: that must be a pipe, and what Node gives is a socket. */
export const localMachineWithPipes = {
  spawn: async (argv: readonly string[]) =>
    await startLocal(['bash', '-c', 'exec "$@" 2> >(exec cat >&2)', 'bash', ...argv]),
} as unknown as LabVm

async function startLocal(argv: readonly string[]): Promise<LabProcess> {
  const [program = '', ...args] = argv
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const process = new LabProcess(argv, channelTo(child))
  child.stdout.on('data', (bytes: Buffer) => process.stdout.push(bytes))
  child.stderr.on('data', (bytes: Buffer) => process.stderr.push(bytes))
  child.stdin.on('error', () => {}) // it has ended: waiting for it tells
  child.on('spawn', () => process.handleStarted(child.pid ?? 0))
  child.on('error', (error) => process.fail(new LabError(error.message)))
  child.on('close', (code, signal) => {
    const number = signal === null ? undefined : constants.signals[signal]
    process.handleExit({
      status: number === undefined ? (code ?? 0) : 128 + number,
      signal: number,
    })
    process.handleClosed()
  })
  await process.started
  return process
}

function channelTo(child: ChildProcess) {
  return {
    write: (bytes: Buffer) => void child.stdin?.write(bytes),
    end: () => void child.stdin?.end(),
    signal: (number: number) => void child.kill(number),
    resize: () => {},
    explain: (message: string) => message,
  }
}
