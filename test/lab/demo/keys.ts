import { codes } from '../../../src/engine/code-table.ts'
import { parseKey } from '../../../src/engine/codes.ts'

/** QEMU's names of keys that it does not call as Linux does. */
const otherNames: Readonly<Record<string, number>> = {
  ctrl: codes.KEY_LEFTCTRL,
  ctrl_r: codes.KEY_RIGHTCTRL,
}

/** The Linux code of a key, which is named as QEMU names it. */
export function keyCode(name: string): number {
  return otherNames[name] ?? parseKey(name)
}

export function isCtrl(code: number): boolean {
  return code === codes.KEY_LEFTCTRL || code === codes.KEY_RIGHTCTRL
}

/** The first code that is a button: BTN_MISC of linux/input-event-codes.h. */
const BTN_MISC = 0x100

/** Not a button of a mouse. */
export function isKey(code: number): boolean {
  return code < BTN_MISC
}
