/** The programs that are compared: what starts them, and what they need built first. */

import { join } from 'node:path'

/** One program between a device and its reader. */
export type Forwarder = {
  /** As the table and `--only` call it. */
  readonly name: string
  /** Program and arguments; `{device}` stands for the node of the device to forward. */
  readonly command: readonly string[]
  /** Target of bench/Makefile that builds it. */
  readonly makeTarget: string
  /**
   * The node that its consumer opens, where the program does not print it itself as `ready NODE`.
   * It may contain `{kind}`, replaced by `mouse` or `kbd`.
   */
  readonly destination?: string
  /** Name of the thread that reads the device, where that is not the main thread. */
  readonly thread?: string
  /** How long it is left alone after its start, in virtual milliseconds. */
  readonly settleMs?: number
  /**
   * It forwards only after somebody pressed both Ctrl keys on the lab's PS/2 keyboard. These may reach the
   * keyboard node, so only mouse frames can be checked.
   */
  readonly needsChord?: boolean
}

/** SCHED_FIFO priority of every forwarder, below the consumer's (added/consumer.h). */
export const forwarderPriority = 80

/** The forwarders in the order of the table; `buildDir` is where bench/Makefile builds. */
export function listForwarders(buildDir: string): readonly Forwarder[] {
  const forward = (name: string, program: string, makeTarget: string): Forwarder => ({
    name,
    command: [join(buildDir, program), '--device', '{device}', '--fifo', String(forwarderPriority)],
    makeTarget,
  })
  return [
    forward('blocking', 'blocking', 'all'),
    forward('epoll', 'epoll', 'all'),
    { ...forward('evswitch', 'evswitch-forward', 'evswitch'), thread: 'evswitch-engine' },
  ]
}

/** `evswitch run` itself, with Node around the engine; `cli` is dist/cli/main.js. */
export function wholeProgram(cli: string): Forwarder {
  const devices = ['--device', '{device}', '--device', 'AT Translated']
  return {
    name: 'evswitch run',
    command: [process.execPath, cli, 'run', '--target', 'bench', ...devices, '--json'],
    makeTarget: 'all',
    destination: '/dev/input/by-id/evswitch-bench-event-{kind}',
    thread: 'evswitch-engine',
    needsChord: true,
  }
}
