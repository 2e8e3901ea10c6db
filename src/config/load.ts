import { printable } from '../devices/sanitize.ts'
import { EvswitchError } from '../errors.ts'
import { readConfigFile, type User, usualConfigFile } from './config-file.ts'
import { decodeConfig } from './decode.ts'
import { defaultConfig } from './defaults.ts'
import { configError, type Diagnostic } from './diagnostic.ts'
import type { Config } from './schema.ts'

export interface LoadedConfig {
  readonly config: Config
  /** Where it stands; undefined when there is no file and everything has its default. */
  readonly file: string | undefined
  /** The file's text, for excerpts. */
  readonly text: string
  readonly warnings: readonly Diagnostic[]
}

/**
 * The configuration of a file, or of the usual one, which need not exist. Throws 'bad-config' with all errors
 * of the file, 'not-configured' and 'no-permission'. `read` decides which files are obeyed.
 */
export function loadConfig(named?: string, user?: User, read = readConfigFile): LoadedConfig {
  const file = named ?? usualConfigFile(user)
  const text = read(file, user)
  if (text === undefined) {
    if (named !== undefined) throw noSuchFile(named)
    return { config: defaultConfig, file: undefined, text: '', warnings: [] }
  }
  const { config, diagnostics } = decodeConfig(text)
  if (config === undefined) throw configError(diagnostics, file, text)
  return { config, file, text, warnings: diagnostics }
}

export function noSuchFile(path: string): EvswitchError {
  return new EvswitchError('not-configured', `there is no file ${printable(path)}`, {
    remedy: 'evswitch config reference shows what can stand in it',
  })
}
