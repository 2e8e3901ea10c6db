// Boots OVMF to the prompt of its shell and saves the machine.
// usage: node ovmf-at-prompt.mjs FIRMWARE FILE

import { saveMachine } from './save-machine.mjs'

const [firmware = '', file = ''] = process.argv.slice(2)

await saveMachine(
  file,
  [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-vga', 'none', '-nic', 'none'],
    ...['-machine', 'pc-i440fx-7.2', '-accel', 'tcg', '-m', '128', '-bios', firmware],
  ],
  async ({ hear, type }) => {
    await hear(/any other key to continue/)
    type('\r')
    await hear(/Shell>/)
  },
)
