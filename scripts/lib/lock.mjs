// npm ci refuses a lock file that lacks the packages of other platforms, and npm install writes one
// like that where the registry it asked did not have them.

/**
 * @typedef {{
 *   version?: string, resolved?: string, dev?: boolean, optional?: boolean, os?: string[], cpu?: string[],
 *   libc?: string[], optionalDependencies?: Record<string, string>
 * }} LockEntry
 * @typedef {{ packages: Record<string, LockEntry> }} Lock
 */

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony']
const PLATFORM = new RegExp(`(${SYSTEMS.join('|')}|sunos|win32)-([a-z0-9]+)`)

/**
 * @param {Lock} lock
 * @returns {{ path: string, entry: LockEntry }[]} an entry for each optional package that is not listed
 */
export function missingPlatforms({ packages }) {
  return Object.entries(packages).flatMap(([owner, { dev, optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(
        ([name]) => !packages[`node_modules/${name}`] && !packages[`${owner}/node_modules/${name}`],
      )
      .map(([name, version]) => ({
        path: `node_modules/${name}`,
        entry: { version, ...platformOf(name), ...(dev && { dev }), optional: true },
      })),
  )
}

/**
 * What npm needs in order to leave a package of another platform alone.
 * @param {string} name such as `@biomejs/cli-linux-arm64-musl`
 */
function platformOf(name) {
  const [, os, cpu] = PLATFORM.exec(name) ?? []
  if (!os || !cpu) throw new Error(`cannot tell from its name which platform ${name} is for`)
  const libc = /musl/.test(name) ? 'musl' : 'glibc'
  return { os: [os], cpu: [cpu], ...(os === 'linux' && { libc: [libc] }) }
}

/**
 * @param {Lock} lock
 * @returns {Lock} with every platform's packages, in npm's order
 */
export function completeLock(lock) {
  const added = missingPlatforms(lock).map(({ path, entry }) => [path, entry])
  const entries = [...Object.entries(lock.packages), ...added]
  entries.sort(([a], [b]) => String(a).localeCompare(String(b), 'en'))
  return { ...lock, packages: Object.fromEntries(entries) }
}
