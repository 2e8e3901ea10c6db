import { codes } from '../engine/code-table.ts'
import { type Bitmap, codesOf, has, hasAny } from './bitmap.ts'
import type { Capabilities } from './device.ts'

export type DeviceKind =
  | 'keyboard'
  | 'mouse'
  | 'touchpad'
  | 'tablet'
  | 'touchscreen'
  | 'gamepad'
  | 'switch'
  | 'other'

/**
 * What a node can be used as; several may apply at once. The words are udev's (ID_INPUT_*), and
 * 'absolute-pointer' is added for mice that send positions instead of motion (VMware, QEMU's tablet, BMCs).
 */
export type Trait =
  | 'keyboard'
  | 'keys'
  | 'mouse'
  | 'absolute-pointer'
  | 'pointing-stick'
  | 'touchpad'
  | 'touchscreen'
  | 'tablet'
  | 'tablet-pad'
  | 'joystick'
  | 'accelerometer'
  | 'switch'

const busI2c = 0x18

/** ESC, the digits and the letters from Q to S: a node with all of them is a full keyboard for udev. */
const letterBlock = { first: codes.KEY_ESC, last: codes.KEY_S }

/** Keys that hardly a joystick has; with four of them a "joystick" is a keyboard with odd buttons. */
const keyboardSigns = [
  codes.KEY_LEFTCTRL,
  codes.KEY_CAPSLOCK,
  codes.KEY_NUMLOCK,
  codes.KEY_INSERT,
  codes.KEY_MUTE,
  codes.KEY_CALC,
  codes.KEY_FILE,
  codes.KEY_MAIL,
  codes.KEY_PLAYPAUSE,
  codes.KEY_BRIGHTNESSDOWN,
]

const powerKeys = new Set<number>([
  codes.KEY_POWER,
  codes.KEY_POWER2,
  codes.KEY_SLEEP,
  codes.KEY_SUSPEND,
  codes.KEY_WAKEUP,
  codes.KEY_RESTART,
])

/**
 * What a device is by its capabilities, by the rules of udev's input_id (systemd,
 * udev-builtin-input_id.c), so that evswitch and the host's desktop agree about every device.
 */
export function traitsOf(capabilities: Capabilities, bus: number): Trait[] {
  const { ev, key, rel } = capabilities
  const found = new Set<Trait>(pointerTraits(capabilities, bus))
  const hasKeys = has(ev, codes.EV_KEY) && hasKeyboardKeys(key)
  if (hasKeys) found.add('keys')
  if (has(ev, codes.EV_KEY) && hasAll(key, letterBlock.first, letterBlock.last)) {
    found.add('keyboard')
  }
  const wheelOnly = found.size === 0 && has(ev, codes.EV_REL) && hasWheel(rel)
  if (wheelOnly) found.add('keys')
  if (has(ev, codes.EV_SW)) found.add('switch')
  return [...found]
}

/** Traits by udev's verdict where it has given one: local rules and hwdb entries may correct input_id. */
export function udevTraits(
  properties: ReadonlyMap<string, string>,
  capabilities: Capabilities,
): Trait[] | undefined {
  if (properties.get('ID_INPUT') !== '1') return undefined
  const found: Trait[] = []
  for (const [property, trait] of udevNames) {
    if (properties.get(property) === '1') found.push(trait)
  }
  if (found.includes('mouse') && isAbsolute(capabilities)) found.push('absolute-pointer')
  return found
}

const udevNames: readonly (readonly [string, Trait])[] = [
  ['ID_INPUT_KEYBOARD', 'keyboard'],
  ['ID_INPUT_KEY', 'keys'],
  ['ID_INPUT_MOUSE', 'mouse'],
  ['ID_INPUT_POINTINGSTICK', 'pointing-stick'],
  ['ID_INPUT_TOUCHPAD', 'touchpad'],
  ['ID_INPUT_TOUCHSCREEN', 'touchscreen'],
  ['ID_INPUT_TABLET', 'tablet'],
  ['ID_INPUT_TABLET_PAD', 'tablet-pad'],
  ['ID_INPUT_JOYSTICK', 'joystick'],
  ['ID_INPUT_ACCELEROMETER', 'accelerometer'],
  ['ID_INPUT_SWITCH', 'switch'],
]

/**
 * Devices behind Logitech's receivers have the abilities of all reports there are, so a mouse has every
 * letter; only the name tells.
 */
const mouseName = /\b(mouse|trackball|MX (Master|Anywhere|Vertical|Ergo)|Lift|Pebble)\b/i
const keyboardName = /\b(keyboard|keys|keypad)\b/i

/** One word for a device that may be several things. A keyboard with a mouse in the same node is a keyboard. */
export function kindOf(
  traits: readonly Trait[],
  capabilities: Capabilities,
  name: string,
): DeviceKind {
  const is = (trait: Trait) => traits.includes(trait)
  const isMouseByName = is('mouse') && mouseName.test(name) && !keyboardName.test(name)
  if (is('accelerometer')) return 'other'
  if (is('tablet') || is('tablet-pad')) return 'tablet'
  if (is('touchpad')) return 'touchpad'
  if (is('touchscreen')) return 'touchscreen'
  if (is('joystick')) return 'gamepad'
  if (is('keyboard') && !isMouseByName) return 'keyboard'
  if (is('mouse') || is('pointing-stick')) return 'mouse'
  if (is('switch') || (is('keys') && onlyPowerKeys(capabilities.key))) return 'switch'
  return 'other'
}

function pointerTraits(capabilities: Capabilities, bus: number): Trait[] {
  const { ev, key, rel, abs, properties } = capabilities
  const position = has(abs, codes.ABS_X) && has(abs, codes.ABS_Y)
  const threeAxes = position && has(abs, codes.ABS_Z)
  if (has(properties, codes.INPUT_PROP_ACCELEROMETER) || (!has(ev, codes.EV_KEY) && threeAxes)) {
    return ['accelerometer']
  }

  const pen = has(key, codes.BTN_TOOL_PEN)
  const stylus = has(key, codes.BTN_STYLUS) || pen
  const finger = has(key, codes.BTN_TOOL_FINGER) && !pen
  const direct = has(properties, codes.INPUT_PROP_DIRECT)
  const touch = has(key, codes.BTN_TOUCH) || direct
  const mouseButton = hasAny(key, codes.BTN_LEFT, codes.BTN_TRIGGER - 1)
  const motion = isRelative(capabilities)
  const padButtons = has(key, codes.BTN_0) && has(key, codes.BTN_1) && !pen
  const wheel = has(ev, codes.EV_REL) && hasWheel(rel)
  const joystickParts = joystickButtons(key) + joystickAxes(abs)

  let tablet = false
  let touchpad = false
  let touchscreen = false
  let absolute = false
  let joystick = false
  if (position) {
    if (stylus) tablet = true
    else if (finger && !direct) touchpad = true
    else if (mouseButton) absolute = true
    else if (touch) touchscreen = true
    else joystick = joystickParts > 0
  } else {
    joystick = joystickParts > 0
  }
  if (hasTouchPositions(abs)) {
    if (stylus) tablet = true
    else if (finger && !direct) touchpad = true
    else if (touch) touchscreen = true
  }
  let pad = tablet && padButtons
  if (padButtons && wheel && !motion) {
    tablet = true
    pad = true
  }
  const mouse = !tablet && !touchpad && !joystick && mouseButton && (motion || !position)
  const stick = has(properties, codes.INPUT_PROP_POINTING_STICK) || (mouse && bus === busI2c)
  const signs = has(ev, codes.EV_KEY) ? keyboardSigns.filter((code) => has(key, code)).length : 0
  if (signs >= 4 || joystickParts < 2 || (wheel && padButtons)) joystick = false

  const traits: [Trait, boolean][] = [
    ['pointing-stick', stick],
    ['mouse', mouse || absolute],
    ['absolute-pointer', absolute && !motion],
    ['touchpad', touchpad],
    ['touchscreen', touchscreen],
    ['joystick', joystick],
    ['tablet', tablet],
    ['tablet-pad', pad],
  ]
  return traits.filter(([, applies]) => applies).map(([trait]) => trait)
}

function isRelative({ ev, rel }: Capabilities): boolean {
  return has(ev, codes.EV_REL) && has(rel, codes.REL_X) && has(rel, codes.REL_Y)
}

function isAbsolute(capabilities: Capabilities): boolean {
  const { abs } = capabilities
  return has(abs, codes.ABS_X) && has(abs, codes.ABS_Y) && !isRelative(capabilities)
}

function hasWheel(rel: Bitmap): boolean {
  return has(rel, codes.REL_WHEEL) || has(rel, codes.REL_HWHEEL)
}

/** Multi-touch positions; a device that claims every axis (some keyboards do) has none. */
function hasTouchPositions(abs: Bitmap): boolean {
  const claimsAll = has(abs, codes.ABS_MT_SLOT) && has(abs, codes.ABS_MT_SLOT - 1)
  return !claimsAll && has(abs, codes.ABS_MT_POSITION_X) && has(abs, codes.ABS_MT_POSITION_Y)
}

/** A mouse with more than 16 buttons runs into the joystick's range; then nothing there counts. */
function joystickButtons(key: Bitmap): number {
  if (has(key, codes.BTN_TRIGGER - 1)) return 0
  return (
    count(key, codes.BTN_TRIGGER, codes.BTN_TOOL_PEN - 1) +
    count(key, codes.BTN_TRIGGER_HAPPY1, codes.BTN_TRIGGER_HAPPY40) +
    count(key, codes.BTN_DPAD_UP, codes.BTN_DPAD_RIGHT)
  )
}

function joystickAxes(abs: Bitmap): number {
  return count(abs, codes.ABS_RX, codes.ABS_PRESSURE - 1)
}

/** Any KEY_ code, wherever the kernel has put it between the blocks of buttons. */
function hasKeyboardKeys(key: Bitmap): boolean {
  return (
    hasAny(key, 0, codes.BTN_0 - 1) ||
    hasAny(key, codes.KEY_OK, codes.BTN_DPAD_UP - 1) ||
    hasAny(key, codes.KEY_ALS_TOGGLE, codes.BTN_TRIGGER_HAPPY1 - 1)
  )
}

function onlyPowerKeys(key: Bitmap): boolean {
  return codesOf(key).every((code) => powerKeys.has(code))
}

function hasAll(bitmap: Bitmap, first: number, last: number): boolean {
  return count(bitmap, first, last) === last - first + 1
}

function count(bitmap: Bitmap, first: number, last: number): number {
  let found = 0
  for (let code = first; code <= last; code++) if (has(bitmap, code)) found++
  return found
}
