/** A key as the keyboard controller tells it: which one, and whether it went down (again) or up. */
export interface ScannedKey {
  /** Linux key code (KEY_*), or 0xe000 plus the scan code for a key that has none here. */
  readonly key: number
  readonly down: boolean
}

const EXTENDED = 0xe0
const PAUSE = 0xe1
/** Bytes that follow PAUSE; the key sends its break code at once. */
const PAUSE_REST = 5
const KEY_PAUSE = 119
const BREAK = 0x80
/** Shift keys that the keyboard pretends around keys that older keyboards did not have. */
const FAKE_SHIFTS = new Set([0x2a, 0x36])

/** Scan codes behind e0 and what Linux calls their keys. Those without e0 have the same number in both. */
const extendedKeys: ReadonlyMap<number, number> = new Map([
  [0x1c, 96], // KPENTER
  [0x1d, 97], // RIGHTCTRL
  [0x35, 98], // KPSLASH
  [0x37, 99], // SYSRQ
  [0x38, 100], // RIGHTALT
  [0x46, 119], // PAUSE, with Ctrl
  [0x47, 102], // HOME
  [0x48, 103], // UP
  [0x49, 104], // PAGEUP
  [0x4b, 105], // LEFT
  [0x4d, 106], // RIGHT
  [0x4f, 107], // END
  [0x50, 108], // DOWN
  [0x51, 109], // PAGEDOWN
  [0x52, 110], // INSERT
  [0x53, 111], // DELETE
  [0x5b, 125], // LEFTMETA
  [0x5c, 126], // RIGHTMETA
  [0x5d, 127], // COMPOSE
])

/** Makes keys of the bytes of scan code set 1. Keeps what it needs between two bytes. */
export class ScanCodeDecoder {
  /** Keys that are down, in Linux key codes. */
  readonly pressed = new Set<number>()
  #extended = false
  #pauseLeft = 0

  /** Takes one byte; gives a key when the byte completes one. */
  take(byte: number): ScannedKey | undefined {
    if (this.#pauseLeft > 0) {
      this.#pauseLeft--
      return this.#pauseLeft === 0 ? { key: KEY_PAUSE, down: true } : undefined
    }
    if (byte === PAUSE) {
      this.#pauseLeft = PAUSE_REST
      return undefined
    }
    if (byte === EXTENDED) {
      this.#extended = true
      return undefined
    }
    const extended = this.#extended
    this.#extended = false
    const code = byte & ~BREAK
    if (extended && FAKE_SHIFTS.has(code)) return undefined
    const key = extended ? (extendedKeys.get(code) ?? 0xe000 + code) : code
    const down = (byte & BREAK) === 0
    if (down) this.pressed.add(key)
    else this.pressed.delete(key)
    return { key, down }
  }
}
