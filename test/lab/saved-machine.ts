import { join } from 'node:path'
import { ROOT } from './cache.ts'
import { NestedGuest } from './nested-guest.ts'
import type { LabVm } from './vm.ts'

/** What saves a machine on the host; its own text is one of the inputs of what is saved. */
export const SAVE_MACHINE = join(ROOT, 'test/lab/guest/save-machine.mjs')

/**
 * Goes on, inside the lab, with a machine of 128 MiB that guest/save-machine.mjs saved.
 *
 * @param args more QEMU arguments; what the machine consists of must be as it was
 */
export async function resumeMachine(
  vm: LabVm,
  file: string,
  args: readonly string[] = [],
): Promise<NestedGuest> {
  const guest = new NestedGuest(
    await vm.spawn([
      'qemu-system-x86_64',
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-vga', 'none', '-nic', 'none'],
      ...['-machine', 'pc-i440fx-7.2', '-accel', 'tcg,tb-size=32', '-m', '128'],
      ...['-qmp', 'stdio', '-serial', 'file:/dev/stderr'],
      ...['-incoming', `exec:cat '${file}'`],
      ...args,
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
