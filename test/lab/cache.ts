import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
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

  mkdirSync(CACHE, { recursive: true })
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
