import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { needPackages } from '../../scripts/bootstrap.mjs'
import { firmwarePackages } from '../packages.mjs'
import { cachedFolder, ROOT } from './cache.ts'
import { NestedGuest } from './nested-guest.ts'
import { runTool } from './programs.ts'
import type { LabVm } from './vm.ts'

const FIRMWARE = '/usr/share/ovmf/OVMF.fd'
const BOOT = join(ROOT, 'test/lab/guest/ovmf-at-prompt.mjs')

/**
 * Starts a guest inside the lab that stands at the prompt of OVMF's shell, before any operating system; it says on
 * its serial line what it reads from its keyboard.
 *
 * @param keyboard QEMU arguments that give it a keyboard
 */
export async function startFirmwareGuest(
  vm: LabVm,
  keyboard: readonly string[],
): Promise<NestedGuest> {
  const guest = new NestedGuest(
    await vm.spawn([
      'qemu-system-x86_64',
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-vga', 'none', '-nic', 'none'],
      // As in ovmf-at-prompt.mjs, whose machine goes on here.
      ...['-machine', 'pc-i440fx-7.2', '-accel', 'tcg,tb-size=32', '-m', '128', '-bios', FIRMWARE],
      ...['-qmp', 'stdio', '-serial', 'file:/dev/stderr'],
      ...['-incoming', `exec:cat '${bootFirmware()}'`],
      ...keyboard,
    ]),
  )
  try {
    await guest.qmp.execute('qmp_capabilities')
    // Until the machine is read whole it cannot go on.
    while ((await statusOf(guest)) === 'inmigrate');
    await guest.qmp.execute('cont')
    return guest
  } catch (error) {
    await guest.stop()
    throw error
  }
}

async function statusOf({ qmp }: NestedGuest): Promise<string> {
  return ((await qmp.execute('query-status')) as { status: string }).status
}

/** Boots OVMF on the host, once for each version of it and of QEMU. Returns the file with the machine. */
function bootFirmware(): string {
  needPackages(firmwarePackages)
  const qemu = runTool('qemu-system-x86_64', ['--version'])
  const inputs = [readFileSync(FIRMWARE), readFileSync(BOOT), qemu]
  const folder = cachedFolder('ovmf', inputs, (out) => {
    runTool(process.execPath, [BOOT, FIRMWARE, join(out, 'machine')])
  })
  return join(folder, 'machine')
}
