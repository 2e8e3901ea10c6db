import { isAbsolute, normalize } from 'node:path'
import type { Command } from 'commander'
import { systemConfigFile } from '../config/config-file.ts'
import { loadConfig } from '../config/load.ts'
import { isScreen } from '../config/schema.ts'
import { EvswitchError } from '../errors.ts'

export interface PlaceFlags {
  readonly prefix: string
}

const usualPrefix = '/usr/local'

export function addPrefixOption(command: Command): Command {
  return command.option(
    '--prefix <folder>',
    'below which the program is (environment: PREFIX)',
    process.env['PREFIX'] || usualPrefix,
  )
}

/** A folder of an option, without a slash at its end. Throws 'usage' when it is not absolute. */
export function absoluteFolder(option: string, value: string): string {
  if (!isAbsolute(value)) {
    throw new EvswitchError(
      'usage',
      `${option} must be an absolute path, not ${JSON.stringify(value)}`,
    )
  }
  return normalize(value).replace(/\/+$/, '')
}

/** Throws 'no-permission' when this process may not change the system. */
export function needRoot(isRoot: boolean): void {
  if (isRoot) return
  throw new EvswitchError('no-permission', 'only root may do this', {
    remedy: 'run it with sudo; --dry-run shows what it would do',
  })
}

/** Whether the service's configuration has a network share. One with errors is told when the service starts. */
export function hasShare(): boolean {
  try {
    const { config } = loadConfig(systemConfigFile)
    return config['share.join'].server.value !== undefined || config.target.some(isScreen)
  } catch (error) {
    if (error instanceof EvswitchError) return false
    throw error
  }
}
