import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { cachedFolder, ROOT } from './cache.ts'
import { type Kernel, modulesInOrder } from './kernel.ts'
import { buildAgent, runTool } from './programs.ts'

const BUSYBOX = '/bin/busybox'
const INIT = join(ROOT, 'test/lab/init.sh')
const AGENT_UNIT = join(ROOT, 'test/lab/lab-agent.service')

// First those whose devices take time to answer, while the others load.
const MODULES = [
  'psmouse',
  'xhci-pci',
  'usbhid',
  'hid-generic',
  'virtio_pci',
  'virtio_console',
  '9pnet_virtio',
  '9p',
  'overlay',
  'evdev',
  'uinput',
  'virtio_input',
]

/** Builds the initramfs for a kernel, if needed. Returns the path of the archive. */
export function buildInitramfs(kernel: Kernel): string {
  const agent = buildAgent()
  const parts = {
    kernel,
    init: INIT,
    modules: MODULES,
    programs: [agent],
    files: [AGENT_UNIT],
  }
  const folder = cachedFolder(`initramfs-${kernel.release}`, initramfsInputs(parts), (out) => {
    packInitramfs(parts, join(out, 'initramfs.cpio'))
  })
  return join(folder, 'initramfs.cpio')
}

/** What an initramfs consists of, beside a static busybox. */
export interface InitramfsParts {
  readonly kernel: Kernel
  /** Becomes /init. */
  readonly init: string
  /** Names; what they need comes with them, and all in loading order is in /modules/order. */
  readonly modules: readonly string[]
  /** They go to /bin. */
  readonly programs?: readonly string[]
  /** They go to /. */
  readonly files?: readonly string[]
}

/** Everything that an archive depends on, for `cachedFolder`. */
export function initramfsInputs(parts: InitramfsParts): (string | Buffer)[] {
  const { kernel, init, modules, programs = [], files = [] } = parts
  const paths = modulesInOrder(kernel, modules).map((path) => join(kernel.modules, path))
  const all = [init, BUSYBOX, ...files, ...programs, ...paths]
  return all.flatMap((path) => [path, readFileSync(path)])
}

/** Writes an archive. */
export function packInitramfs(parts: InitramfsParts, archive: string): void {
  const { kernel, init, modules: names, programs = [], files = [] } = parts
  const modules = modulesInOrder(kernel, names)
  const root = mkdtempSync(join(dirname(archive), 'root-'))
  mkdirSync(join(root, 'bin'))
  mkdirSync(join(root, 'modules'))
  copyProgram(init, join(root, 'init'))
  for (const path of [BUSYBOX, ...programs]) copyProgram(path, join(root, 'bin', basename(path)))
  for (const path of files) copyFileSync(path, join(root, basename(path)))
  for (const path of modules) {
    writeFileSync(join(root, 'modules', moduleFile(path)), readModule(join(kernel.modules, path)))
  }
  writeFileSync(join(root, 'modules/order'), `${modules.map(moduleFile).join('\n')}\n`)
  // Not compressed: unpacking would cost the emulated processor more than reading.
  const found = runTool('find', ['.'], { cwd: root })
  const cpio = ['--quiet', '-o', '-H', 'newc', '-R', '0:0']
  writeFileSync(archive, runTool('cpio', cpio, { cwd: root, input: found }))
  rmSync(root, { recursive: true })
}

function copyProgram(from: string, to: string): void {
  copyFileSync(from, to)
  chmodSync(to, 0o755)
}

function moduleFile(path: string): string {
  return basename(path).replace(/\.ko\..*$/, '.ko')
}

function readModule(path: string): Buffer {
  if (path.endsWith('.xz')) return runTool('xz', ['-dc', path])
  if (path.endsWith('.zst')) return runTool('zstd', ['-dcq', path])
  return readFileSync(path)
}
