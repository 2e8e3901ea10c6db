import { isCharacter, keyIds, modifiers } from './barrier-key.ts'

/** X11/keysymdef.h */
export const keysyms = {
  isoLevel3Shift: 0xfe03,
  isoNextGroup: 0xfe08,
  isoPreviousGroup: 0xfe0a,
  isoLevel5Shift: 0xfe11,
  isoLeftTab: 0xfe20,
  scrollLock: 0xff14,
  modeSwitch: 0xff7e,
  numLock: 0xff7f,
  shiftLeft: 0xffe1,
  shiftRight: 0xffe2,
  controlLeft: 0xffe3,
  controlRight: 0xffe4,
  capsLock: 0xffe5,
  metaLeft: 0xffe7,
  metaRight: 0xffe8,
  altLeft: 0xffe9,
  altRight: 0xffea,
  superLeft: 0xffeb,
  superRight: 0xffec,
  hyperLeft: 0xffed,
  hyperRight: 0xffee,
} as const

/** The modifier that a keysym is for. Where a layout gives one real modifier to several, the first of them here is told. */
export const modifiersOfKeysyms: ReadonlyMap<number, number> = new Map([
  [keysyms.shiftLeft, modifiers.shift],
  [keysyms.shiftRight, modifiers.shift],
  [keysyms.controlLeft, modifiers.control],
  [keysyms.controlRight, modifiers.control],
  [keysyms.altLeft, modifiers.alt],
  [keysyms.altRight, modifiers.alt],
  [keysyms.superLeft, modifiers.super],
  [keysyms.superRight, modifiers.super],
  [keysyms.isoLevel3Shift, modifiers.altGr],
  [keysyms.modeSwitch, modifiers.altGr],
  [keysyms.isoLevel5Shift, modifiers.level5],
  [keysyms.capsLock, modifiers.capsLock],
  [keysyms.numLock, modifiers.numLock],
  [keysyms.metaLeft, modifiers.meta],
  [keysyms.metaRight, modifiers.meta],
  [keysyms.hyperLeft, modifiers.super],
  [keysyms.hyperRight, modifiers.super],
])

/** Keysyms beside the blocks of `keyIdOfKeysym` that have a KeyID: of ISO 9995 keys, and of XF86keysym.h. */
const singles: ReadonlyMap<number, number> = new Map([
  [keysyms.isoLevel3Shift, keyIds.altGr],
  [keysyms.isoNextGroup, 0xee08],
  [keysyms.isoPreviousGroup, 0xee0a],
  [keysyms.isoLeftTab, 0xee20],
  /** XF86Eject, XF86Sleep */
  [0x1008_ff2c, 0xe001],
  [0x1008_ff2f, 0xe05f],
  /** XF86Back, XF86Forward, XF86Refresh, XF86Reload, XF86Stop, XF86Search, XF86Favorites, XF86HomePage */
  [0x1008_ff26, 0xe0a6],
  [0x1008_ff27, 0xe0a7],
  [0x1008_ff29, 0xe0a8],
  [0x1008_ff73, 0xe0a8],
  [0x1008_ff28, 0xe0a9],
  [0x1008_ff1b, 0xe0aa],
  [0x1008_ff30, 0xe0ab],
  [0x1008_ff18, 0xe0ac],
  /** XF86AudioMute, XF86AudioLowerVolume, XF86AudioRaiseVolume */
  [0x1008_ff12, 0xe0ad],
  [0x1008_ff11, 0xe0ae],
  [0x1008_ff13, 0xe0af],
  /** XF86AudioNext, XF86AudioPrev, XF86AudioStop, XF86AudioPlay */
  [0x1008_ff17, 0xe0b0],
  [0x1008_ff16, 0xe0b1],
  [0x1008_ff15, 0xe0b2],
  [0x1008_ff14, 0xe0b3],
  /** XF86Mail, XF86AudioMedia, XF86MyComputer, XF86Calculator */
  [0x1008_ff19, 0xe0b4],
  [0x1008_ff32, 0xe0b5],
  [0x1008_ff33, 0xe0b6],
  [0x1008_ff1d, 0xe0b7],
  /** XF86MonBrightnessDown, XF86MonBrightnessUp, XF86KbdBrightnessDown, XF86KbdBrightnessUp */
  [0x1008_ff03, 0xe0b8],
  [0x1008_ff02, 0xe0b9],
  [0x1008_ff06, 0xe0ba],
  [0x1008_ff05, 0xe0bb],
  /** XF86LaunchA, XF86LaunchB: macOS calls them Mission Control and Launchpad. */
  [0x1008_ff4a, 0xe0c0],
  [0x1008_ff4b, 0xe0c1],
])

/** Dead keys are Unicode's combining marks: those from dead_grave (0xfe50) on, in their order. */
const firstDeadKey = 0xfe50
const deadKeyMarks = [
  // grave, acute, circumflex, tilde, macron, breve, abovedot, diaeresis, abovering, doubleacute, caron, cedilla, ogonek
  ...[0x300, 0x301, 0x302, 0x303, 0x304, 0x306, 0x307, 0x308, 0x30a, 0x30b, 0x30c, 0x327, 0x328],
  // iota, voiced_sound, semivoiced_sound, belowdot, hook, horn, stroke
  ...[0x345, 0x3099, 0x309a, 0x323, 0x309, 0x31b, 0x335],
  // abovecomma, abovereversedcomma, doublegrave, belowring, belowmacron, belowcircumflex, belowtilde, belowbreve
  ...[0x313, 0x314, 0x30f, 0x325, 0x331, 0x32d, 0x330, 0x32e],
  // belowdiaeresis, invertedbreve, belowcomma
  ...[0x324, 0x311, 0x326],
]

/**
 * The KeyID of a keysym; undefined where it has none. `characterOf` gives the Unicode character of a keysym of an
 * alphabet (xkb_keysym_to_utf32).
 */
export function keyIdOfKeysym(
  keysym: number,
  characterOf: (keysym: number) => number,
): number | undefined {
  const single = singles.get(keysym)
  if (single !== undefined) return single
  // Keys without a character, and those of the keypad, whose characters have other keys, too.
  if (keysym >= 0xff00 && keysym <= 0xffff) return keysym - 0x1000
  const mark = deadKeyMarks[keysym - firstDeadKey]
  const character = mark ?? characterOf(keysym)
  // Above the first plane there is no room on the wire, and from 0xe000 on it names keys.
  return character === keyIds.space || isCharacter(character) ? character : undefined
}
