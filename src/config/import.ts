import { type HotkeyKeys, hotkeyText } from '../engine/hotkey.ts'
import { nodeLinkName } from '../engine/target-name.ts'
import { EvswitchError } from '../errors.ts'
import { defaultConfig } from './defaults.ts'
import { importEvsieve } from './import-evsieve.ts'
import { importPersistentEvdev } from './import-persistent-evdev.ts'
import { guestsMax, hotkeysMax, sourcesMax } from './limits.ts'
import { tomlComment, tomlText } from './toml-text.ts'
import { deviceName } from './value-types.ts'

/** What another program's configuration says, as far as evswitch can do it. */
export interface Imported {
  readonly program: string
  readonly sources: readonly { readonly device: string; readonly about: string }[]
  /** Names of guests, checked, each once. */
  readonly targets: readonly { readonly name: string; readonly repeat: boolean }[]
  readonly hotkeys: readonly ImportedHotkey[]
  /** What could not be carried over, or is otherwise now; a sentence each. */
  readonly notes: readonly string[]
}

export interface ImportedHotkey {
  readonly keys: HotkeyKeys
  /** The target to switch to; undefined = the next one. */
  readonly target: string | undefined
}

/**
 * Makes a configuration of one of persistent-evdev (JSON), or of a text with a command line of evsieve (a
 * script, a unit, a file of arguments). Throws 'bad-config' for anything else.
 */
export function importConfig(text: string): string {
  const imported = importPersistentEvdev(text) ?? importEvsieve(text)
  if (imported !== undefined) return importedToml(imported)
  throw new EvswitchError('bad-config', 'there is nothing in it that can be imported', {
    remedy: 'name a JSON file of persistent-evdev, or a file with a command line of evsieve',
  })
}

/** TOML without an error, whatever was imported. */
function importedToml({ program, sources, targets, hotkeys, notes }: Imported): string {
  const devices = firstOfEach(sources, ({ device }) => device).filter(({ device }) =>
    isName(device),
  )
  const guests = targets.slice(0, guestsMax)
  const names = guests.map(({ name }) => name)
  const usable = firstOfEach(hotkeys, ({ keys }) => keys.toSorted((a, b) => a - b).join())
  const kept = usable
    .filter(({ keys }) => !containsPanic(keys))
    .filter(({ target }) => target === undefined || target === 'host' || names.includes(target))
    .slice(0, hotkeysMax)
  const all = [
    ...notes,
    ...(devices.length > 0 ? [] : ['No device is named: every keyboard and mouse is taken.']),
    ...lostNotes('source', sources.length - Math.min(devices.length, sourcesMax)),
    ...lostNotes('target', targets.length - guests.length),
    ...lostNotes('hotkey', hotkeys.length - kept.length),
  ]
  const lines = [
    tomlComment(`Imported from ${program}. evswitch config check accepts it; look it through.`),
    ...all.map((note) => tomlComment(`- ${note}`)),
  ]
  for (const { device, about } of devices.slice(0, sourcesMax)) {
    lines.push('', '[[source]]')
    if (about !== '') lines.push(tomlComment(about))
    lines.push(`device = ${tomlText(device)}`)
  }
  for (const { name, repeat } of guests) {
    lines.push('', '[[target]]')
    lines.push(tomlComment('Its machine is to open these nodes, instead of the former ones:'))
    for (const role of ['kbd', 'mouse'] as const) {
      lines.push(tomlComment(`/dev/input/by-id/${nodeLinkName(name, role)}`))
    }
    lines.push(`name = ${tomlText(name)}`)
    if (!repeat) lines.push('repeat = false')
  }
  for (const { keys, target } of kept) {
    lines.push('', '[[hotkey]]', `keys = ${tomlText(hotkeyText(keys))}`)
    lines.push(`action = "${target === undefined ? 'next' : 'switch'}"`)
    if (target !== undefined) lines.push(`target = ${tomlText(target)}`)
  }
  return `${lines.join('\n')}\n`
}

function containsPanic(keys: HotkeyKeys): boolean {
  return defaultConfig.panic.value.every((key) => keys.includes(key))
}

function isName(device: string): boolean {
  try {
    const range = { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } }
    return deviceName.read({ kind: 'text', value: device, range }) !== undefined
  } catch {
    return false
  }
}

function firstOfEach<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const seen = new Map<string, T>()
  for (const item of items) if (!seen.has(keyOf(item))) seen.set(keyOf(item), item)
  return [...seen.values()]
}

function lostNotes(noun: string, count: number): string[] {
  if (count <= 0) return []
  return [
    `${count} ${noun}${count === 1 ? ' is' : 's are'} left out: twice there, or not possible.`,
  ]
}
