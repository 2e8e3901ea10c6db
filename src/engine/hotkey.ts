import { EvswitchError } from '../errors.ts'
import { keyId, keyLabel, parseKey } from './codes.ts'

/** As in native/include/evswitch.h: EVS_HOTKEY_KEYS_MAX. */
export const hotkeyKeysMax = 4

/** The keys of a hotkey: 1 to 4 different KEY_ or BTN_ codes, in the order they were written. */
export type HotkeyKeys = readonly number[]

/**
 * Reads `leftctrl+rightctrl`: keys as `parseKey` reads them, joined by plus signs, spaces allowed.
 * Throws 'unknown-key' (with the nearest name) or 'bad-hotkey' (empty, a key twice, more than four keys).
 */
export function parseHotkey(text: string): HotkeyKeys {
  const words = text.split('+').map((word) => word.trim())
  if (words.every((word) => word === '')) {
    throw new EvswitchError('bad-hotkey', 'the hotkey has no key', {
      remedy: 'write it as in leftctrl+rightctrl',
    })
  }
  if (words.includes('')) {
    throw new EvswitchError('bad-hotkey', 'the hotkey has a plus sign without a key beside it', {
      remedy: 'write it as in leftctrl+rightctrl; the plus key of the keypad is kpplus',
    })
  }
  if (words.length > hotkeyKeysMax) {
    throw new EvswitchError(
      'bad-hotkey',
      `the hotkey has ${words.length} keys, the most is ${hotkeyKeysMax}`,
    )
  }
  const keys = words.map(parseKey)
  const twice = keys.find((key, index) => keys.indexOf(key) !== index)
  if (twice !== undefined) {
    throw new EvswitchError('bad-hotkey', `the hotkey has the key ${keyId(twice)} twice`, {
      remedy: 'name each key once',
    })
  }
  return keys
}

/** The text that `parseHotkey` reads back: 'leftctrl+rightctrl'. */
export function hotkeyText(keys: HotkeyKeys): string {
  return keys.map(keyId).join('+')
}

/** For people: 'left Ctrl + right Ctrl'. */
export function hotkeyLabel(keys: HotkeyKeys): string {
  return keys.map(keyLabel).join(' + ')
}
