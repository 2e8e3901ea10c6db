import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { cachedFolder } from './cache.ts'
import { LabUnavailable } from './lab-error.ts'
import { runTool } from './programs.ts'

/** A kernel that the lab can boot. */
export interface Kernel {
  /** What `uname -r` says. */
  readonly release: string
  /** The image for QEMU's -kernel. */
  readonly image: string
  /** Its modules on the host. */
  readonly modules: string
}

/**
 * Finds a kernel: the newest one installed, a release ("6.1.0-56-amd64"), or a folder into which a kernel
 * package was extracted (with boot/vmlinuz-* and lib/modules/*).
 */
export function findKernel(wanted?: string): Kernel {
  const folder = wanted?.includes('/') ? wanted.replace(/\/+$/, '') : undefined
  const root = folder ?? ''
  const releases = listReleases(root)
  const release = folder === undefined && wanted !== undefined ? wanted : releases.at(-1)
  if (release === undefined || !releases.includes(release)) {
    const name = wanted === undefined ? 'a kernel with modules' : `kernel ${wanted}`
    throw new LabUnavailable(
      `cannot find ${name} in ${root}/boot and ${root}/lib/modules; there: ${releases.join(', ') || 'none'}\n` +
        'install one (Debian: apt-get install linux-image-amd64)',
    )
  }
  const modules = join(root || '/', 'lib/modules', release)
  if (!existsSync(join(modules, 'modules.dep'))) {
    runTool('depmod', ['-b', root || '/', release])
  }
  return { release, image: bootableImage(join(root || '/', 'boot', `vmlinuz-${release}`)), modules }
}

function listReleases(root: string): string[] {
  const boot = join(root || '/', 'boot')
  const modules = join(root || '/', 'lib/modules')
  if (!existsSync(boot) || !existsSync(modules)) return []
  return readdirSync(modules)
    .filter((release) => existsSync(join(boot, `vmlinuz-${release}`)))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}

/**
 * Unpacks the kernel once on the host. An emulated processor needs 3 s to do it at every boot; QEMU starts an
 * unpacked kernel through its PVH entry.
 */
function bootableImage(vmlinuz: string): string {
  const { size, mtimeMs } = statSync(vmlinuz)
  const folder = cachedFolder('kernel', [vmlinuz, `${size} ${mtimeMs}`], (out) => {
    const unpacked = unpackKernel(readImage(vmlinuz))
    if (unpacked && hasPvhEntry(unpacked)) writeFileSync(join(out, 'vmlinux'), unpacked)
  })
  const unpacked = join(folder, 'vmlinux')
  return existsSync(unpacked) ? unpacked : vmlinuz
}

function readImage(vmlinuz: string): Buffer {
  try {
    return readFileSync(vmlinuz)
  } catch (error) {
    throw new LabUnavailable(
      `cannot read ${vmlinuz}: ${error instanceof Error ? error.message : error}\nrun the lab as root`,
    )
  }
}

/** Linux/x86 boot protocol: where the payload is and how long, in the setup header at 0x1f1. */
function unpackKernel(image: Buffer): Buffer | undefined {
  if (image.toString('latin1', 0x202, 0x206) !== 'HdrS') return undefined
  const protectedMode = ((image[0x1f1] || 4) + 1) * 512
  const offset = protectedMode + image.readUInt32LE(0x248)
  const payload = image.subarray(offset, offset + image.readUInt32LE(0x24c))
  const magic = payload.toString('hex', 0, 4)
  // The size of the result is appended to all but xz's: what comes after the stream is to be ignored.
  if (magic === 'fd377a58') return runTool('xz', ['-dc', '--single-stream'], { input: payload })
  if (magic === '28b52ffd') return runTool('zstd', ['-dcq'], { input: payload.subarray(0, -4) })
  if (magic.startsWith('1f8b')) return gunzipSync(payload.subarray(0, -4))
  return magic === '7f454c46' ? payload : undefined
}

/** The Xen note of type 18, which QEMU needs to start an ELF kernel. */
function hasPvhEntry(elf: Buffer): boolean {
  return ['04000000', '08000000'].some((size) =>
    elf.includes(Buffer.from(`04000000${size}1200000058656e00`, 'hex')),
  )
}

/**
 * The modules named and all that they need, in an order in which they can be loaded. What is built into the
 * kernel is left out.
 */
export function modulesInOrder(kernel: Kernel, names: readonly string[]): string[] {
  const needs = new Map<string, string[]>()
  const paths = new Map<string, string>()
  for (const line of readFileSync(join(kernel.modules, 'modules.dep'), 'utf8').split('\n')) {
    const [path, dependencies] = line.split(':')
    if (!path || dependencies === undefined) continue
    needs.set(path, dependencies.split(' ').filter(Boolean))
    paths.set(moduleName(path), path)
  }
  const builtin = new Set(
    readFileSync(join(kernel.modules, 'modules.builtin'), 'utf8').split('\n').map(moduleName),
  )
  const ordered = new Set<string>()
  const add = (path: string) => {
    if (ordered.has(path)) return
    // A module's own line already lists what its dependencies need.
    for (const dependency of (needs.get(path) ?? []).toReversed()) add(dependency)
    ordered.add(path)
  }
  for (const name of names.map(moduleName)) {
    const path = paths.get(name)
    if (path !== undefined) add(path)
    else if (!builtin.has(name)) {
      throw new LabUnavailable(`kernel ${kernel.release} has no module ${name}`)
    }
  }
  return [...ordered]
}

/** The file name without folder and endings; the kernel takes - and _ for the same. */
function moduleName(path: string): string {
  const file = path.slice(dirname(path) === '.' ? 0 : path.lastIndexOf('/') + 1)
  return file.replace(/\.ko(\..*)?$/, '').replaceAll('-', '_')
}
