// Boots a Linux guest (linux-init.sh) until it waits for a keyboard, and saves the machine.
// usage: node linux-at-rest.mjs KERNEL INITRAMFS FILE

import { saveMachine } from './save-machine.mjs'

const [kernel = '', initramfs = '', file = ''] = process.argv.slice(2)

await saveMachine(
  file,
  [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-vga', 'none', '-nic', 'none'],
    ...['-machine', 'pc-i440fx-7.2', '-accel', 'tcg', '-m', '128'],
    ...['-kernel', kernel, '-initrd', initramfs],
    // Where the machine goes on its processor counts at another speed, and the tables of ACPI, which are programs, take
    // so long that Linux gives them up: plugged devices are looked for instead.
    ...['-append', 'console=ttyS0 quiet panic=-1 mitigations=off nokaslr notsc acpi=off'],
  ],
  async ({ hear }) => await hear(/WAITING/),
)
