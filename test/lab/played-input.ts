import { codes } from '../../src/engine/code-table.ts'
import type { PlayedDevice } from './tools.ts'
import type { LabVm } from './vm.ts'

const { EV_KEY, KEY_LEFTCTRL, KEY_RIGHTCTRL } = codes

/** Writes a configuration inside the machine. */
export async function configure(vm: LabVm, name: string, ...lines: string[]): Promise<string> {
  const path = `/tmp/${name}.toml`
  const words = lines.map((line) => `'${line}'`).join(' ')
  await vm.check(`printf '%s\\n' ${words} > ${path}`)
  return path
}

/** Both Ctrl keys, on a device that the player made. */
export async function pressBothCtrl(device: PlayedDevice): Promise<void> {
  await device.frame([EV_KEY, KEY_LEFTCTRL, 1])
  await device.frame([EV_KEY, KEY_RIGHTCTRL, 1])
  await device.frame([EV_KEY, KEY_RIGHTCTRL, 0])
  await device.frame([EV_KEY, KEY_LEFTCTRL, 0])
}
