import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'

/**
 * Names a set of files by path, size and time of change: different as soon as one is edited, added,
 * removed or put back to an older state.
 * @param {string} root
 * @param {string[]} paths files and folders below root; those that do not exist count as absent
 */
export function signature(root, paths) {
  const hash = createHash('sha256')
  for (const path of paths) {
    for (const file of listFiles(join(root, path))) {
      const { size, mtimeMs } = statSync(file)
      hash.update(`${relative(root, file)}\0${size}\0${mtimeMs}\n`)
    }
  }
  return hash.digest('hex')
}

/**
 * Names what `npm ci` would install: the lock file and the Node that native packages were chosen for.
 * @param {string} root
 */
export function dependencySignature(root) {
  const { platform, arch, versions } = process
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(`${platform} ${arch} ${versions.modules}`)
    .digest('hex')
}

/**
 * @param {string} stampFile where the signature of the last success was left
 * @param {string} wanted
 */
export function isStale(stampFile, wanted) {
  return !existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== wanted
}

/**
 * @param {string} path
 * @returns {string[]} sorted, so that the same files give the same signature on every file system
 */
function listFiles(path) {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) return []
  if (!stat.isDirectory()) return [path]
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
