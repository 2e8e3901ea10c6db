import { codes } from '../engine/code-table.ts'
import { keyId, keyName } from '../engine/codes.ts'
import { lostByQemu } from '../guests/qemu-keys.ts'

/** Whether a key reaches a guest by input-linux, and what to do where it does not; one sentence or two. */
export function reachText(code: number): string {
  const name = keyId(code)
  if (code === codes.BTN_BACK) return `${name} reaches a guest as btn_side.`
  if (code === codes.BTN_FORWARD) return `${name} reaches a guest as btn_extra.`
  const why = lostByQemu(code)
  if (why === undefined) return `${name} reaches a guest.`
  return `${name} reaches no guest: ${why}. A [[map]] makes it another: keys.${keyName(code)} = "leftctrl+f1"`
}
