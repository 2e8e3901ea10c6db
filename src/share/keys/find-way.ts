import { codes } from '../../engine/code-table.ts'
import { type BarrierKey, isCharacter, keyIds } from './barrier-key.ts'
import { codeOfButton, codeOfNamedKey, type ServerType } from './buttons.ts'
import type { CharacterKey, HostKeys } from './host-keys.ts'

/** What to press for a key of the server. */
export interface Way {
  readonly code: number
  /** The Shift and AltGr that it needs; undefined where those of the server are right, whatever they make of it here. */
  readonly needs?: Pick<CharacterKey, 'shift' | 'altGr'>
  /** A dead key to tap before. */
  readonly dead?: CharacterKey
}

export interface Circumstances {
  readonly host: HostKeys
  /** How the server numbers its keys; undefined where that is not known, or not to be asked. */
  readonly type: ServerType | undefined
  readonly isCapsLocked: boolean
}

/** Undefined where this host cannot type it. */
export function findWay(key: BarrierKey, circumstances: Circumstances): Way | undefined {
  const { host, type } = circumstances
  const place = type === undefined ? 0 : codeOfButton(type, key.button)
  const named = codeOfNamedKey(key.id)
  // Where both layouts have made another key of one (Caps Lock and Escape changed, say), the place tells.
  if (named !== 0 && !host.makes(place, key.id)) return { code: named }
  const composed = type === 'windows' ? wayOfComposed(key.id, place, circumstances) : undefined
  if (composed !== undefined) return composed
  return place === 0 ? wayOf(key.id, circumstances) : { code: place }
}

function wayOf(id: number, { host, isCapsLocked }: Circumstances): Way | undefined {
  const found = host.find(id, isCapsLocked)
  return found && { code: found.code, needs: found }
}

/**
 * Windows does not send a dead key: the next key comes with the character that both make. By its place it would be that
 * character without its accent. Undefined where the character is no such.
 */
function wayOfComposed(id: number, place: number, circumstances: Circumstances): Way | undefined {
  const parts = isCharacter(id) ? partsOf(id) : undefined
  if (parts === undefined) return undefined
  const { host, isCapsLocked } = circumstances
  const base =
    parts.base === keyIds.space ? { code: codes.KEY_SPACE } : wayOf(parts.base, circumstances)
  // Not where that character has a key of its own, on which no letter is that it could be made of.
  if (base?.code !== place) return undefined
  const dead = host.find(parts.mark, isCapsLocked)
  return wayOf(id, circumstances) ?? (dead && { ...base, dead })
}

/** Accents by themselves, as a dead key and the space bar make them: circumflex, grave, acute, tilde, diaeresis. */
const accents: ReadonlyMap<number, number> = new Map([
  [0x5e, 0x302],
  [0x60, 0x300],
  [0xb4, 0x301],
  [0x7e, 0x303],
  [0xa8, 0x308],
])

/** A letter and its accent, as the KeyIDs of the key and of the dead key. */
function partsOf(id: number): { base: number; mark: number } | undefined {
  const accent = accents.get(id)
  if (accent !== undefined) return { base: keyIds.space, mark: accent }
  const [base, mark, more] = String.fromCodePoint(id).normalize('NFD')
  if (base === undefined || mark === undefined || more !== undefined) return undefined
  return { base: base.charCodeAt(0), mark: mark.charCodeAt(0) }
}
