import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import type { Logger } from '../log.ts'
import type { Notice } from './notice.ts'

/** The administrator's programs, each with the name of its event. */
export const systemHooks = '/etc/evswitch/hooks'

export interface EventFilesOptions {
  /** Where files are made; the directory is made, and what is in it goes. */
  readonly directory: string
  readonly log: Logger
  /** Default: `systemHooks`. */
  readonly hooks?: string
}

/**
 * An empty file for each event that there is a hook for. systemd waits for it and starts the hook (docs/decisions/0013):
 * the service itself starts nothing, and nothing but a name goes from it to what runs as root.
 */
export class EventFiles {
  readonly #directory: string
  readonly #hooks: string
  readonly #log: Logger

  constructor({ directory, log, hooks = systemHooks }: EventFilesOptions) {
    this.#directory = directory
    this.#hooks = hooks
    this.#log = log
  }

  /** Files of an earlier service are no events of this one. Never throws. */
  open(): void {
    this.#try(() => {
      rmSync(this.#directory, { recursive: true, force: true })
      mkdirSync(this.#directory, { mode: 0o700 })
    })
  }

  /** Never throws: without hooks input flows, too. */
  tell(notice: Notice): void {
    for (const name of eventNames(notice)) {
      if (!existsSync(join(this.#hooks, name))) continue
      this.#try(() => writeFileSync(join(this.#directory, name), '', { mode: 0o600 }))
    }
  }

  #try(work: () => void): void {
    try {
      work()
    } catch (err) {
      this.#log.warn({ err }, 'hooks of the system are not started')
    }
  }
}

/** In the directory that systemd made for the unit (RUNTIME_DIRECTORY, systemd.exec(5)); elsewhere nobody waits. */
export function eventFiles(
  log: Logger,
  env: Readonly<Record<string, string | undefined>> = process.env,
): EventFiles | undefined {
  const made = env['RUNTIME_DIRECTORY']?.split(':')[0] ?? ''
  return isAbsolute(made) ? new EventFiles({ directory: join(made, 'events'), log }) : undefined
}

/** Names of targets and hooks are names of files (`checkTargetName`, `parseHook`). */
export function eventNames(notice: Notice): string[] {
  switch (notice.kind) {
    case 'switched':
      return [`leave-${notice.previous}`, `enter-${notice.target}`]
    case 'consumer':
      return [`${notice.present ? 'guest-started' : 'guest-ended'}-${notice.target}`]
    case 'hook':
      return [`hotkey-${notice.hook}`]
    case 'panic':
    case 'device-arrived':
    case 'device-departed':
      return [notice.kind]
    case 'refused':
    case 'device-failed':
    case 'device-waiting':
    case 'locked':
    case 'resumed':
    case 'warning':
      return []
  }
}
