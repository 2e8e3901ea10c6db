import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The top of the checkout; inside the machine it has the same path. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/** Everything that the lab makes once and can make again. */
export const CACHE = join(ROOT, '.cache/lab')

/**
 * A folder in the cache that is made once for each content of its inputs. Several processes may ask
 * at the same time: each makes its own, and the first to finish is the one that all use.
 */
export function cachedFolder(
  name: string,
  inputs: readonly (string | Buffer)[],
  make: (folder: string) => void,
): string {
  const hash = createHash('sha256')
  for (const input of inputs) hash.update(`${input.length}\0`).update(input)
  const folder = join(CACHE, `${name}-${hash.digest('hex').slice(0, 16)}`)
  if (existsSync(folder)) return folder

  makeCache()
  const fresh = mkdtempSync(join(CACHE, 'making-'))
  try {
    make(fresh)
    chmodSync(fresh, 0o755)
    renameSync(fresh, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
  return folder
}

/** Makes the cache's folder, for the owner of the checkout even under sudo: they come back without. */
export function makeCache(): void {
  mkdirSync(CACHE, { recursive: true })
  const { uid, gid } = statSync(ROOT)
  if (process.getuid?.() !== 0 || uid === 0) return
  for (const folder of [dirname(CACHE), CACHE]) chownSync(folder, uid, gid)
}
