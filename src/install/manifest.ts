import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { EvswitchError, errnoName } from '../errors.ts'

/** What an installation made, so that it can be taken back and nothing else is. */
export interface Manifest {
  readonly format: 1
  readonly version: string
  /** Path and SHA-256 of what was written there. */
  readonly files: Readonly<Record<string, string>>
  /** Folders that were not there before, parents first. */
  readonly folders: readonly string[]
  /** Whether user and group were made, too. */
  readonly madeUser: boolean
  /** The same for those of the share. */
  readonly madeShareUser: boolean
}

export const emptyManifest: Manifest = {
  format: 1,
  version: '',
  files: {},
  folders: [],
  madeUser: false,
  madeShareUser: false,
}

/** Undefined when there is none. Throws 'not-installed' when it is not one of ours. */
export function readManifest(path: string): Manifest | undefined {
  const text = readUnlessMissing(path)
  if (text === undefined) return undefined
  try {
    const manifest = JSON.parse(text.toString()) as Partial<Manifest>
    if (manifest.format === 1 && manifest.files && manifest.folders) {
      return { ...emptyManifest, ...manifest }
    }
  } catch {
    // Told below.
  }
  throw new EvswitchError('not-installed', `${path} is not a list of installed files`, {
    remedy: 'install this version first, with --force; it can then be uninstalled',
  })
}

export function hashOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

/** Undefined when there is no such file. */
export function hashOfFile(path: string): string | undefined {
  const content = readUnlessMissing(path)
  return content === undefined ? undefined : hashOf(content)
}

function readUnlessMissing(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if (errnoName(error) === 'ENOENT' || errnoName(error) === 'ENOTDIR') return undefined
    throw error
  }
}
