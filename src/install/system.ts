import { spawnSync } from 'node:child_process'
import { accessSync, chownSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** What an installation needs of the system around it. */
export interface System {
  /** Whether systemd is process 1. */
  readonly hasSystemd: boolean
  /** 0 where there is none. */
  readonly systemdVersion: number
  readonly isRoot: boolean
  /** The ids of a user of this machine; undefined when there is none. passwd(5). */
  user(name: string): { readonly uid: number; readonly gid: number } | undefined
  hasCommand(name: string): boolean
  run(command: readonly string[]): CommandResult
  /** Gives a file back to root. */
  giveToRoot(path: string): void
  /** Undefined when there is no such file. */
  ownerOf(path: string): number | undefined
}

export interface CommandResult {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

export function thisSystem(): System {
  const hasSystemd = existsSync('/run/systemd/system')
  return {
    hasSystemd,
    systemdVersion: systemdVersion(),
    isRoot: process.geteuid?.() === 0,
    user,
    hasCommand: (name) => findCommand(name) !== undefined,
    run,
    giveToRoot: (path) => chownSync(path, 0, 0),
    ownerOf: (path) => statSync(path, { throwIfNoEntry: false })?.uid,
  }
}

/** Administrators' commands are in no PATH of an ordinary user. */
const searched = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']

function findCommand(name: string): string | undefined {
  return searched
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

function run([name = '', ...args]: readonly string[]): CommandResult {
  const path = findCommand(name) ?? name
  const { status, stdout, stderr, error } = spawnSync(path, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C', SYSTEMD_PAGER: '', SYSTEMD_COLORS: '0' },
  })
  if (error !== undefined) return { status: 127, stdout: '', stderr: error.message }
  return { status: status ?? 128, stdout, stderr }
}

function systemdVersion(): number {
  if (findCommand('systemctl') === undefined) return 0
  return Number(/^systemd (\d+)/.exec(run(['systemctl', '--version']).stdout)?.[1] ?? 0)
}

function user(name: string): { uid: number; gid: number } | undefined {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  const fields = lines.map((line) => line.split(':')).find(([own]) => own === name)
  return fields === undefined ? undefined : { uid: Number(fields[2]), gid: Number(fields[3]) }
}
