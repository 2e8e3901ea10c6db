import { codes } from '../../engine/code-table.ts'
import { type BarrierKey, isCharacter } from './barrier-key.ts'
import { type KeyRow, keyRows } from './key-table.ts'

/**
 * How a server numbers physical keys: X11 with evdev or libinput (and Wayland) adds 8 to the kernel's code, X11 with
 * the old kbd driver has numbers of its own, Windows sends scan codes, macOS virtual key codes.
 */
export const serverTypes = ['x11', 'kbd', 'windows', 'macos'] as const
export type ServerType = (typeof serverTypes)[number]

/** X11 keeps the numbers below for itself. */
const x11Offset = 8

/** Buttons are nine bits: clients of Barrier and Input Leap cut off what is above, so that 600 and 88 are one key. */
export const buttonMax = 511

/** What Windows sends for a key together with a modifier: Alt and Print Screen, Ctrl and Pause. */
const windowsPairs: readonly (readonly [number, number])[] = [
  [0x54, codes.KEY_SYSRQ],
  [0x146, codes.KEY_PAUSE],
]

const codesByButton: Readonly<Record<Exclude<ServerType, 'x11'>, ReadonlyMap<number, number>>> = {
  kbd: columnOf('kbd'),
  windows: new Map([...columnOf('windows'), ...windowsPairs]),
  macos: columnOf('macos'),
}

const rowsByCode: ReadonlyMap<number, KeyRow> = new Map(keyRows.map((row) => [row.code, row]))

const codesOfNamedKeys: ReadonlyMap<number, number> = new Map(
  keyRows.flatMap(({ code, ids }) =>
    ids.filter((id) => !isCharacter(id)).map((id): [number, number] => [id, code]),
  ),
)

const namedKeysOfCodes: ReadonlyMap<number, number> = new Map(
  keyRows.flatMap(({ code, ids }) =>
    ids
      .filter((id) => !isCharacter(id))
      .slice(0, 1)
      .map((id): [number, number] => [code, id]),
  ),
)

/** The evdev code of a physical key, 0 for none of the kind. Of two that the old driver cannot tell apart, the one more keyboards have. */
export function codeOfButton(type: ServerType, button: number): number {
  if (type !== 'x11') return codesByButton[type].get(button) ?? 0
  // Every key that X11 can name, and no button of a mouse.
  const code = button - x11Offset
  return code > codes.KEY_RESERVED && code < codes.BTN_0 ? code : 0
}

/** The button that such a server sends for an evdev code; 0 where it has none. */
export function buttonOfCode(type: ServerType, code: number): number {
  return type === 'x11' ? code + x11Offset : (rowsByCode.get(code)?.[type] ?? 0)
}

/** The evdev code of a key that has the same place in every layout (Enter, F1, Mute); 0 for characters and the unknown. */
export function codeOfNamedKey(id: number): number {
  return codesOfNamedKeys.get(id) ?? 0
}

/** The KeyID of such a key, without Shift and with Num Lock; undefined for keys that make characters. */
export function namedKeyOfCode(code: number): number | undefined {
  return namedKeysOfCodes.get(code)
}

/**
 * Finds out what system a server runs on: the first key that has the same place in every layout tells by its
 * button. Each such key is a vote, so that one odd key (a remapped one, one that a program made) changes nothing
 * for long.
 */
export class ServerTypeVote {
  readonly #votes: Record<ServerType, number> = { x11: 0, kbd: 0, windows: 0, macos: 0 }

  count({ id, button }: BarrierKey): void {
    const code = codeOfNamedKey(id)
    if (code === 0 || button === 0) return
    for (const type of serverTypes) {
      if (buttonOfCode(type, code) === button) this.#votes[type]++
    }
  }

  /** Undefined as long as two kinds fit equally well. Both kinds of X11 are alike but for some keys: evdev is likelier. */
  get type(): ServerType | undefined {
    const most = Math.max(...Object.values(this.#votes))
    if (most === 0) return undefined
    const [first, second, third] = serverTypes.filter((type) => this.#votes[type] === most)
    if (second === undefined) return first
    return first === 'x11' && second === 'kbd' && third === undefined ? 'x11' : undefined
  }
}

function columnOf(column: 'kbd' | 'windows' | 'macos'): ReadonlyMap<number, number> {
  const known = keyRows.filter((row) => row[column] !== 0)
  return new Map(known.map((row) => [row[column], row.code]))
}
