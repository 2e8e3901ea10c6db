import { codes } from '../engine/code-table.ts'

/**
 * The keys that QEMU's input-linux passes on: the 147 of qemu_input_map_linux_to_qcode in QEMU 7.2, read from its program.
 * Versions from 11.1 on may pass more.
 */
const keyRanges = [
  ...[[1, 83] as const, [86, 89] as const, [91, 94] as const, [96, 111] as const],
  ...[[113, 117] as const, [119, 119] as const, [121, 140] as const, [142, 143] as const],
  ...[[155, 159] as const, [163, 166] as const, [172, 173] as const, [226, 226] as const],
]

/** ui/input-linux.c, input_linux_handle_mouse(); back and forward are side and extra by the time they come there. */
const buttons: ReadonlySet<number> = new Set([
  ...[codes.BTN_LEFT, codes.BTN_RIGHT, codes.BTN_MIDDLE, codes.BTN_SIDE, codes.BTN_EXTRA],
  ...[codes.BTN_BACK, codes.BTN_FORWARD, codes.BTN_GEAR_UP, codes.BTN_GEAR_DOWN],
])

/** linux_is_button() of ui/input-linux.c. */
function isButton(code: number): boolean {
  return (code >= 0x100 && code <= 0x15f) || code >= 0x2c0
}

/** Whether a guest of QEMU can be sent this key or button. */
export function isKeyOfQemu(code: number): boolean {
  if (isButton(code)) return buttons.has(code)
  return keyRanges.some(([first, last]) => code >= first && code <= last)
}

/** Why not, as the end of a sentence that begins with the key; undefined when it can. */
export function lostByQemu(code: number): string | undefined {
  if (isKeyOfQemu(code)) return undefined
  return isButton(code)
    ? "QEMU's mouse has no such button"
    : 'QEMU has no code for it, and drops it'
}
