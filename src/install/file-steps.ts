import {
  chmodSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { errnoName } from '../errors.ts'
import { hashOf, hashOfFile, type Manifest } from './manifest.ts'
import type { WantedFile } from './wanted.ts'

/**
 * What is to become of one file: `keep` leaves one that somebody else wrote or changed since it was installed,
 * `same` one that is right already.
 */
export interface FileStep {
  readonly kind: 'add' | 'replace' | 'same' | 'keep' | 'remove'
  /** Without the destdir. */
  readonly path: string
  readonly wanted?: WantedFile
}

/** Compares what is wanted, what an earlier installation wrote, and what is there. */
export function fileSteps(
  wanted: readonly WantedFile[],
  before: Manifest,
  options: { readonly destdir: string; readonly force: boolean },
): FileStep[] {
  const { destdir, force } = options
  const there = (path: string) => hashOfFile(join(destdir, path))
  // Also what was there before us.
  const isForeign = (path: string, now: string) => !force && before.files[path] !== now
  const steps = wanted.map((file): FileStep => {
    const { path } = file
    const now = there(path)
    if (now === undefined) return { kind: 'add', path, wanted: file }
    if (now === hashOf(file.read())) return { kind: 'same', path, wanted: file }
    return { kind: isForeign(path, now) ? 'keep' : 'replace', path, wanted: file }
  })
  const paths = new Set(wanted.map(({ path }) => path))
  const dropped = Object.keys(before.files).filter((path) => !paths.has(path))
  return [...steps, ...removals(dropped, before, destdir)]
}

/** The steps that take files back which an installation wrote. */
export function removals(
  paths: readonly string[],
  { files }: Manifest,
  destdir: string,
): FileStep[] {
  return paths.flatMap((path): FileStep[] => {
    const now = hashOfFile(join(destdir, path))
    if (now === undefined) return []
    return [{ kind: now === files[path] ? 'remove' : 'keep', path }]
  })
}

/** What `before` becomes when these steps are taken. */
export function manifestAfter(
  steps: readonly FileStep[],
  before: Manifest,
  options: { readonly destdir: string } & Pick<Manifest, 'version' | 'madeUser' | 'madeShareUser'>,
): Manifest {
  const files = steps.flatMap(({ kind, path, wanted }): [string, string][] => {
    if (wanted === undefined) return []
    const old = before.files[path]
    if (kind !== 'keep') return [[path, hashOf(wanted.read())]]
    return old === undefined ? [] : [[path, old]]
  })
  const made = steps
    .filter(({ kind }) => kind === 'add')
    .flatMap(({ path }) => missingFolders(join(options.destdir, path)))
    .map((folder) => folder.slice(options.destdir.length))
  const folders = [...new Set([...before.folders, ...made])].sort()
  const { destdir: _, ...rest } = options
  return { format: 1, ...rest, files: Object.fromEntries(files), folders }
}

/** The folders that a file needs and that are not there, parents first. */
function missingFolders(file: string): string[] {
  const missing: string[] = []
  for (let at = dirname(file); !existsSync(at); at = dirname(at)) missing.unshift(at)
  return missing
}

/** Takes one step. A file is written beside its place and moved there: nobody sees half of it. */
export function takeStep({ kind, path, wanted }: FileStep, destdir: string): void {
  const place = join(destdir, path)
  if (kind === 'remove') unlinkSync(place)
  if ((kind === 'add' || kind === 'replace') && wanted !== undefined) {
    writeWhole(place, wanted.read(), wanted.mode)
  }
}

export function writeWhole(place: string, content: string | Buffer, mode: number): void {
  makeFolder(dirname(place))
  const fresh = `${place}.evswitch-new`
  writeFileSync(fresh, content)
  // Whatever the umask is, the service's user is to read it.
  chmodSync(fresh, mode)
  renameSync(fresh, place)
}

function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  mkdirSync(folder)
  chmodSync(folder, 0o755)
}

/** Removes folders that are empty, the innermost first. Returns those that are not. */
export function removeFolders(folders: readonly string[], destdir: string): string[] {
  return folders.toReversed().filter((folder) => {
    try {
      rmdirSync(join(destdir, folder))
      return false
    } catch (error) {
      return errnoName(error) !== 'ENOENT'
    }
  })
}
