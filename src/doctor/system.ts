import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { type CommandResult, runCommand } from '../guests/command.ts'

export interface PathStatus {
  readonly isDevice: boolean
  /** Permission bits. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/** A machine to be examined. Nothing in it is changed. */
export interface System {
  /** Stands before every path; '/' is this machine. */
  readonly root: string
  /** Whether much of it cannot be seen: libvirt's settings, other people's processes and the logs are for root. */
  readonly isBlind: boolean
  /** A file, of a longer one its last bytes (a megabyte unless said otherwise); undefined when it cannot be read. */
  read(path: string, mostBytes?: number): string | undefined
  /** Names in a folder, sorted; none when it cannot be read. */
  list(path: string): readonly string[]
  status(path: string): PathStatus | undefined
  /** When a file was changed last. */
  changedMs(path: string): number | undefined
  /** Where links lead, as a path of the machine. */
  resolve(path: string): string | undefined
  /** Runs a program that only looks; undefined where there is none. */
  run(program: string, ...args: readonly string[]): Promise<CommandResult | undefined>
}

const usualBytes = 1024 * 1024
const commandTimeoutMs = 20_000

/** This machine, or a copy of the files of one, in which no program is run. */
export class LocalSystem implements System {
  readonly root: string

  constructor(root = '/') {
    this.root = root
  }

  get isBlind(): boolean {
    return this.root === '/' && process.geteuid?.() !== 0
  }

  read(path: string, mostBytes = usualBytes): string | undefined {
    try {
      return lastBytes(join(this.root, path), mostBytes)
    } catch {
      return undefined
    }
  }

  list(path: string): readonly string[] {
    try {
      return readdirSync(join(this.root, path)).sort()
    } catch {
      return []
    }
  }

  status(path: string): PathStatus | undefined {
    try {
      const status = statSync(join(this.root, path))
      const { mode, uid, gid } = status
      return { isDevice: status.isCharacterDevice(), mode: mode & 0o7777, uid, gid }
    } catch {
      return undefined
    }
  }

  changedMs(path: string): number | undefined {
    return statSync(join(this.root, path), { throwIfNoEntry: false })?.mtimeMs
  }

  resolve(path: string): string | undefined {
    try {
      const root = realpathSync(this.root)
      const real = realpathSync(join(root, path))
      return root === '/' ? real : real.startsWith(`${root}/`) ? real.slice(root.length) : undefined
    } catch {
      return undefined
    }
  }

  async run(program: string, ...args: readonly string[]): Promise<CommandResult | undefined> {
    if (this.root !== '/') return undefined
    try {
      return await runCommand(program, args, { timeoutMs: commandTimeoutMs })
    } catch {
      return undefined
    }
  }
}

function lastBytes(path: string, mostBytes: number): string {
  const descriptor = openSync(path, 'r')
  try {
    const { size } = fstatSync(descriptor)
    const buffer = Buffer.alloc(mostBytes)
    const from = Math.max(0, size - mostBytes)
    let length = 0
    for (;;) {
      const read = readSync(descriptor, buffer, length, mostBytes - length, from + length)
      if (read === 0) break
      length += read
    }
    return buffer.subarray(0, length).toString('utf8')
  } finally {
    closeSync(descriptor)
  }
}
