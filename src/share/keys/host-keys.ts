import { codes } from '../../engine/code-table.ts'
import { isCharacter, keyIds, modifiers } from './barrier-key.ts'
import { keyRows } from './key-table.ts'
import type { Layout, LayoutState } from './layout.ts'

/** What must be down so that a layout makes a character: the key, and these modifiers and no more. */
export interface CharacterKey {
  readonly code: number
  readonly shift: boolean
  readonly altGr: boolean
}

type Found = ReadonlyMap<number, CharacterKey>

/** Where the symbols of the host's layout are, in its first group. Knows them by heart: the layout may be closed. */
export class HostKeys {
  /** The key that is this layout's AltGr; undefined where it has none. */
  readonly altGrCode: number | undefined
  /** What each key makes alone. */
  readonly #alone: ReadonlyMap<number, number | undefined>
  readonly #plain: Found
  readonly #capsLocked: Found

  constructor(layout: Layout) {
    const state = layout.newState()
    try {
      this.#alone = new Map(keyRows.map(({ code }) => [code, state.keyId(code)]))
      this.altGrCode = findAltGr(state)
      this.#plain = findAll(state, this.altGrCode)
      state.setLocks(modifiers.capsLock)
      this.#capsLocked = findAll(state, this.altGrCode)
    } finally {
      state.close()
    }
  }

  /** The key of a character; undefined where this layout does not make it with Shift and AltGr alone. */
  find(id: number, isCapsLocked: boolean): CharacterKey | undefined {
    return (isCapsLocked ? this.#capsLocked : this.#plain).get(id)
  }

  /** Whether a key makes this symbol without any other. */
  makes(code: number, id: number): boolean {
    return this.#alone.get(code) === id
  }
}

function findAltGr(state: LayoutState): number | undefined {
  const candidates = [codes.KEY_RIGHTALT, ...keyRows.map(({ code }) => code)]
  return candidates.find((code) => state.keyId(code) === keyIds.altGr)
}

/** With few modifiers before many; the first key of several that make a character. */
function findAll(state: LayoutState, altGrCode: number | undefined): Found {
  const found = new Map<number, CharacterKey>()
  const ways = [
    { shift: false, altGr: false },
    { shift: true, altGr: false },
    { shift: false, altGr: true },
    { shift: true, altGr: true },
  ]
  for (const { shift, altGr } of ways) {
    if (altGr && altGrCode === undefined) continue
    const held = [...(shift ? [codes.KEY_LEFTSHIFT] : []), ...(altGr ? [altGrCode ?? 0] : [])]
    for (const code of held) state.change(code, true)
    for (const { code } of keyRows) {
      const id = state.keyId(code)
      if (id !== undefined && isCharacter(id) && !found.has(id)) {
        found.set(id, { code, shift, altGr })
      }
    }
    for (const code of held.toReversed()) state.change(code, false)
  }
  return found
}
