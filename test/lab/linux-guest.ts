import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cachedFolder, ROOT } from './cache.ts'
import { initramfsInputs, packInitramfs } from './initramfs.ts'
import { findKernel } from './kernel.ts'
import type { NestedGuest } from './nested-guest.ts'
import { runTool } from './programs.ts'
import { resumeMachine, SAVE_MACHINE } from './saved-machine.ts'
import type { LabVm } from './vm.ts'

const BOOT = join(ROOT, 'test/lab/guest/linux-at-rest.mjs')
const INIT = join(ROOT, 'test/lab/guest/linux-init.sh')

/**
 * Starts a Linux guest inside the lab, and plugs a node of evswitch into it by virtio-input while it runs. Its console
 * has the keyboard then, and nothing else runs in it: guest/linux-init.sh.
 */
export async function startLinuxGuest(vm: LabVm, keyboardNode: string): Promise<NestedGuest> {
  const guest = await resumeMachine(vm, bootLinux())
  try {
    await guest.qmp.execute('device_add', {
      driver: 'virtio-input-host-pci',
      id: 'keyboard',
      evdev: keyboardNode,
    })
    await guest.waitForLine('LISTENING')
    return guest
  } catch (error) {
    await guest.stop()
    throw error
  }
}

/** Boots the lab's kernel on the host, once for each of it, of its parts and of QEMU. Returns the file with the machine. */
function bootLinux(): string {
  const kernel = findKernel()
  const parts = { kernel, init: INIT, modules: ['virtio_pci', 'virtio_input'] }
  const inputs = [
    kernel.image,
    ...initramfsInputs(parts),
    readFileSync(BOOT),
    readFileSync(SAVE_MACHINE),
    runTool('qemu-system-x86_64', ['--version']),
  ]
  const folder = cachedFolder(`linux-guest-${kernel.release}`, inputs, (out) => {
    const initramfs = join(out, 'initramfs.cpio')
    packInitramfs(parts, initramfs)
    runTool(process.execPath, [BOOT, kernel.image, initramfs, join(out, 'machine')])
    rmSync(initramfs)
  })
  return join(folder, 'machine')
}
