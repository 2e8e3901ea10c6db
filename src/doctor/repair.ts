import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { EvswitchError, errnoName } from '../errors.ts'
import { writeBackup } from '../guests/backup.ts'
import { runCommand } from '../guests/command.ts'
import { replaceFile } from '../guests/domain-file.ts'
import { lineDiff } from '../guests/line-diff.ts'
import { shellQuote } from '../guests/qemu.ts'
import type { Change } from './finding.ts'
import type { System } from './system.ts'

/** Carries out changes on a machine. */
export interface Hands {
  /** Puts content in the place of a file; returns the command that undoes it. Throws 'no-permission'. */
  write(path: string, content: string): string
  /** Throws 'unhealthy' with what the program says when it fails. */
  run(command: readonly string[]): Promise<void>
}

/** What a change would do, line by line: a diff, or a command. */
export function changeText(change: Change, system: System): string[] {
  if (change.kind === 'run') return [`$ ${change.command.map(shellQuote).join(' ')}`]
  return lineDiff(system.read(change.path) ?? '', change.content, change.path)
}

/** Carries out a change; returns the command by which a person takes it back. */
export async function carryOutChange(change: Change, hands: Hands): Promise<string> {
  if (change.kind === 'write') return hands.write(change.path, change.content)
  await hands.run(change.command)
  return change.undo
}

/** This machine, or the files of one, in which no program is run. */
export class LocalHands implements Hands {
  readonly #system: System
  readonly #backups: string

  constructor(system: System, backups: string) {
    this.#system = system
    this.#backups = backups
  }

  write(path: string, content: string): string {
    const full = join(this.#system.root, path)
    const before = this.#system.read(path)
    try {
      if (before === undefined) {
        mkdirSync(dirname(full), { recursive: true })
        writeFileSync(full, content, { flag: 'wx', mode: 0o644 })
        return `rm ${shellQuote(path)}`
      }
      const copy = writeBackup(this.#backups, path.replaceAll('/', '_').slice(1), before)
      replaceFile(full, content)
      return `cp ${shellQuote(copy)} ${shellQuote(path)}`
    } catch (error) {
      if (error instanceof EvswitchError) throw error
      throw new EvswitchError('no-permission', `cannot write ${path}: ${errnoName(error) ?? ''}`, {
        remedy: 'run it with sudo',
        cause: error,
      })
    }
  }

  async run(command: readonly string[]): Promise<void> {
    const [program = '', ...args] = command
    if (this.#system.root !== '/') return
    const { status, stderr } = await runCommand(program, args)
    if (status === 0) return
    throw new EvswitchError('unhealthy', `${command.join(' ')} failed: ${stderr.trim()}`)
  }
}
