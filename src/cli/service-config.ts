import { unlinkSync } from 'node:fs'
import { readConfigFile, systemConfigFile } from '../config/config-file.ts'
import { decodeConfig } from '../config/decode.ts'
import { defaultConfig } from '../config/defaults.ts'
import { configError } from '../config/diagnostic.ts'
import type { LoadedConfig } from '../config/load.ts'
import { EvswitchError, errnoName } from '../errors.ts'
import { replaceFile } from '../guests/domain-file.ts'
import { writeWhole } from '../install/file-steps.ts'

/** The text of the configuration that the service obeys; undefined where there is none. Throws what `readConfigFile` throws. */
export function readServiceConfig(): string | undefined {
  return readConfigFile(systemConfigFile, { uid: 0 })
}

/** What the service makes of such a text. Throws 'bad-config' with all its errors. */
export function loadServiceConfig(text: string | undefined): LoadedConfig {
  if (text === undefined) {
    return { config: defaultConfig, file: undefined, text: '', warnings: [] }
  }
  const { config, diagnostics } = decodeConfig(text)
  if (config === undefined) throw configError(diagnostics, systemConfigFile, text)
  return { config, file: systemConfigFile, text, warnings: diagnostics }
}

/** Makes `after` of it; undefined takes the file away. Throws 'no-permission'. */
export function writeServiceConfig(before: string | undefined, after: string | undefined): void {
  if (after === before) return
  try {
    if (after === undefined) unlinkSync(systemConfigFile)
    else if (before === undefined) writeWhole(systemConfigFile, after, 0o644)
    else replaceFile(systemConfigFile, after)
  } catch (error) {
    throw new EvswitchError(
      'no-permission',
      `cannot write ${systemConfigFile}: ${errnoName(error) ?? 'unknown error'}`,
      {
        remedy: 'where something else makes that file, let that say which devices are taken',
        cause: error,
      },
    )
  }
}
