import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
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
  const modules = modulesInOrder(kernel, MODULES)
  const inputs = [
    INIT,
    AGENT_UNIT,
    agent,
    BUSYBOX,
    ...modules.map((path) => join(kernel.modules, path)),
  ]
  const folder = cachedFolder(
    `initramfs-${kernel.release}`,
    inputs.flatMap((path) => [path, readFileSync(path)]),
    (out) => {
      const root = join(out, 'root')
      mkdirSync(join(root, 'bin'), { recursive: true })
      mkdirSync(join(root, 'modules'))
      copyProgram(INIT, join(root, 'init'))
      copyFileSync(AGENT_UNIT, join(root, 'lab-agent.service'))
      copyProgram(BUSYBOX, join(root, 'bin/busybox'))
      copyProgram(agent, join(root, 'bin/agent'))
      for (const path of modules) {
        writeFileSync(
          join(root, 'modules', moduleFile(path)),
          readModule(join(kernel.modules, path)),
        )
      }
      writeFileSync(join(root, 'modules/order'), `${modules.map(moduleFile).join('\n')}\n`)
      // Not compressed: unpacking would cost the emulated processor more than reading.
      const names = runTool('find', ['.'], { cwd: root })
      const archive = runTool('cpio', ['--quiet', '-o', '-H', 'newc', '-R', '0:0'], {
        cwd: root,
        input: names,
      })
      writeFileSync(join(out, 'initramfs.cpio'), archive)
      runTool('rm', ['-r', root])
    },
  )
  return join(folder, 'initramfs.cpio')
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
