import { join } from 'node:path'
import { ROOT } from './cache.ts'
import { PATIENCE_MS } from './deadline.ts'
import { LabError } from './lab-error.ts'
import type { ExitStatus, LabProcess } from './lab-process.ts'
import type { LabVm } from './vm.ts'

export interface EvswitchOptions {
  /** Another command that runs a session. Default: `run`. */
  readonly command?: readonly string[]
  /** More of its arguments. */
  readonly args?: readonly string[] | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
}

/** A line of `evswitch run --json`. */
export type Notice = { readonly event: string } & Readonly<Record<string, unknown>>

/** The first of them. */
export interface StartedNotice extends Notice {
  readonly devices: readonly { readonly node: string; readonly name: string }[]
  readonly guests: readonly {
    readonly name: string
    readonly nodes: { readonly keyboard: string; readonly mouse: string }
    readonly eventNodes: {
      readonly keyboard: string
      readonly mouse: string
      readonly clones: readonly string[]
    }
    readonly qemu: readonly string[]
  }[]
}

/** How long frames took, in ns; the fields are undefined where there were none. */
export interface LatencyFigures {
  readonly count: number
  readonly meanNs?: number
  readonly p50Ns?: number
  readonly p99Ns?: number
  readonly p999Ns?: number
  readonly maxNs?: number
}

/** What a session counted, as its last log line tells it. */
export interface SessionStats {
  readonly framesIn: number
  readonly switches: number
  readonly drops: number
  readonly latency: Readonly<Record<'mouse' | 'key' | 'switch' | 'ungrab', LatencyFigures>>
}

/** The program, as built. */
export const evswitchProgram: readonly string[] = [process.execPath, join(ROOT, 'dist/cli/main.js')]

/** Starts a session, of `evswitch run` usually, inside the machine and waits until it is ready. */
export async function startEvswitch(
  vm: LabVm,
  { command = ['run'], args = [], env = {} }: EvswitchOptions = {},
): Promise<LabEvswitch> {
  const argv = [...evswitchProgram, ...command, '--json', '--log-level', 'debug', ...args]
  const process = await vm.spawn(argv, { env })
  const started = JSON.parse(await process.waitForLine('"event":"started"')) as StartedNotice
  return new LabEvswitch(process, started)
}

/** `evswitch run` inside the machine. */
export class LabEvswitch {
  readonly process: LabProcess
  readonly started: StartedNotice
  /** How many notices waitFor has passed. */
  #position = 0

  constructor(process: LabProcess, started: StartedNotice) {
    this.process = process
    this.started = started
  }

  /** The nodes of its first guest. */
  get guestNodes(): { readonly keyboard: string; readonly mouse: string } {
    const guest = this.started.guests[0]
    if (guest === undefined) throw new LabError('evswitch has no guest')
    return guest.eventNodes
  }

  /** Everything that it said so far. */
  get notices(): readonly Notice[] {
    return this.process.stdout.lines.map((line) => JSON.parse(line) as Notice)
  }

  /** The next notice of this kind in which these fields have these values. One wait at a time. */
  async waitFor(
    event: string,
    fields: Readonly<Record<string, unknown>> = {},
    deadlineMs = PATIENCE_MS,
  ): Promise<Notice> {
    let found: Notice | undefined
    const isMeant = (notice: Notice) =>
      notice.event === event &&
      Object.entries(fields).every(([name, value]) => notice[name] === value)
    const lookFurther = () => {
      const { lines } = this.process.stdout
      while (found === undefined && this.#position < lines.length) {
        const notice = JSON.parse(lines[this.#position++] ?? '{}') as Notice
        if (isMeant(notice)) found = notice
      }
      return found !== undefined
    }
    const failure = `evswitch never said ${event} ${JSON.stringify(fields)}`
    await this.process.stdout.waitUntil(lookFurther, failure, deadlineMs)
    if (!found) throw new LabError(failure)
    return found
  }

  /** The devices that it has for itself now, as far as its log has arrived. */
  get grabbedNodes(): ReadonlySet<string> {
    const grabbed = new Set<string>()
    for (const { msg, node } of this.log) {
      if (msg === 'device grabbed') grabbed.add(String(node))
      else if (msg === 'device given back' || msg === 'device is gone') grabbed.delete(String(node))
    }
    return grabbed
  }

  /** What it logged so far. */
  get log(): readonly Readonly<Record<string, unknown>>[] {
    return this.process.stderr.lines
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  }

  /** Waits until it has given every device back: that takes the kernel a moment after a switch. */
  async waitUntilGivenBack(): Promise<void> {
    await this.process.stderr.waitUntil(
      () => this.grabbedNodes.size === 0,
      'devices were not given back',
    )
  }

  /** Asks it to end, and waits. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<ExitStatus> {
    this.process.kill(signal)
    return await this.process.waitForExit()
  }

  /** What it counted; known when it has stopped. */
  get stats(): SessionStats {
    const last = this.log.find(({ stats }) => stats !== undefined)
    if (last === undefined) throw new LabError(`no statistics: ${this.process.describe()}`)
    return last['stats'] as SessionStats
  }
}
