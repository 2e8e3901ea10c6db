import { type HotkeyKeys, parseHotkey } from '../engine/hotkey.ts'
import { checkTargetName, hostTargetName } from '../engine/target-name.ts'
import type { Imported, ImportedHotkey } from './import.ts'
import { guestsMax } from './limits.ts'
import { type ShellWord, shellCommands } from './shell-words.ts'
import { stableDevice } from './stable-device.ts'

/** One `--option` of evsieve and the words behind it. */
interface Argument {
  readonly name: string
  readonly words: readonly ShellWord[]
}

/** Where a toggle sends its events: one of the places that it goes through. */
interface Destination {
  readonly domains: string[]
  readonly links: string[]
  repeat: boolean
}

/**
 * Reads the first command line of evsieve in a script, a unit or a file of arguments. Its devices become
 * sources; the places that its toggles go through become the host and guests; hooks that toggle become
 * hotkeys. Everything else is a note. Undefined for a text without such a command line.
 */
export function importEvsieve(text: string): Imported | undefined {
  const words = evsieveWords(text)
  if (words === undefined) return undefined
  const all = argumentsOf(words)
  const notes: string[] = []
  const places = destinations(all)
  const { names, guests } = nameDestinations(places, notes)
  const sources = all.flatMap((argument) => sourcesOf(argument, notes))
  const hotkeys = all.flatMap((argument) => hotkeysOf(argument, names, notes))
  for (const { name, words: rest } of all) {
    if (handled.has(name)) continue
    const reason = needless.get(name) ?? 'not carried over'
    notes.push(`${reason}: ${[name, ...rest.map(({ text: word }) => word)].join(' ')}`)
  }
  if (hotkeys.length === 0) notes.push('No key switches in it: both Ctrl keys do.')
  notes.push(...linkNotes(places, names))
  return { program: 'evsieve', sources, targets: guests, hotkeys, notes }
}

const handled = new Set(['--input', '--hook', '--toggle', '--output'])
const needless = new Map([
  ['--withhold', 'not needed, hotkeys never reach a guest'],
  ['--print', 'see evswitch monitor'],
])

/** The words behind the program's name, or all of them in a file that holds arguments only. */
function evsieveWords(text: string): readonly ShellWord[] | undefined {
  for (const words of shellCommands(text)) {
    const program = words.findIndex(({ text: word }) => /(^|[/=])evsieve$/.test(word))
    const rest = words.slice(program + 1)
    const isCommand = program >= 0 || rest[0]?.text.startsWith('--') === true
    if (isCommand && rest.some(({ text: word }) => word === '--input')) return rest
  }
  return undefined
}

function argumentsOf(words: readonly ShellWord[]): Argument[] {
  const found: { name: string; words: ShellWord[] }[] = []
  for (const word of words) {
    if (word.text.startsWith('--')) found.push({ name: word.text, words: [] })
    else found.at(-1)?.words.push(word)
  }
  return found
}

function sourcesOf({ name, words }: Argument, notes: string[]): Imported['sources'] {
  if (name !== '--input') return []
  const isGrabbed = words.some(({ text }) => text === 'grab' || text.startsWith('grab='))
  const paths = words.filter(({ text }) => /^[/$]/.test(text))
  return paths.flatMap(({ text, isOpen }) => {
    if (isOpen) {
      notes.push(`Only a shell knows which device this is; add it as a [[source]]: ${text}`)
      return []
    }
    if (!isGrabbed) notes.push(`evsieve read it without a grab; evswitch takes it: ${text}`)
    return [{ device: stableDevice(text), about: '' }]
  })
}

/** The places that all toggles go through together, by their order; else what the outputs are fed from. */
function destinations(all: readonly Argument[]): Destination[] {
  const toggles = all
    .filter(({ name }) => name === '--toggle')
    .map(({ words }) =>
      words
        .filter(({ text }) => text.startsWith('@') || text === '')
        .map(({ text }) => text.slice(1)),
    )
  const outputs = all.filter(({ name }) => name === '--output')
  const count = Math.max(1, ...toggles.map((domains) => domains.length - 1))
  return Array.from({ length: Math.min(count, 2 * guestsMax) }, (_, index) => {
    const domains = [...new Set(toggles.flatMap((toggle) => toggle[index + 1] ?? []))]
    const fed = outputs.filter(
      ({ words }) =>
        toggles.length === 0 || words.some(({ text }) => domains.includes(text.replace(/^@/, ''))),
    )
    const clauses = fed.flatMap(({ words }) => words.map(({ text }) => text))
    const links = clauses.flatMap((text) => /^create-link=(.+)$/s.exec(text)?.[1] ?? [])
    return { domains, links, repeat: !clauses.includes('repeat=disable') }
  })
}

/** Which place is the host, and what the others are called. */
function nameDestinations(places: readonly Destination[], notes: string[]) {
  const says = (place: Destination, pattern: RegExp) =>
    [...place.domains, ...place.links].some((text) => pattern.test(text))
  let host = places.findIndex((place) => says(place, /host/i))
  if (host < 0) host = places.findIndex(({ links }) => links.length === 0)
  if (host < 0) notes.push('None of its outputs is this machine; evswitch always has it, as host.')
  if (host > 0) notes.push('evsieve began with a guest; evswitch begins with this machine.')
  const names: string[] = []
  for (const [index, place] of places.entries()) {
    names.push(index === host ? hostTargetName : guestName(place, names))
  }
  const guests = places.flatMap(({ repeat }, index) => {
    const name = names[index] ?? hostTargetName
    return name === hostTargetName ? [] : [{ name, repeat }]
  })
  if (guests.length === 0) guests.push({ name: 'guest', repeat: true })
  return { names, guests }
}

/** A name from the domains without the word for the device: guest-kb and guest-ms are guest. */
function guestName({ domains }: Destination, taken: readonly string[]): string {
  const device = /[-_.](kb|kbd|keyboard|ms|mouse|m|k)$|^(kb|kbd|keyboard|ms|mouse)[-_.]/i
  const wish = domains.map((domain) => domain.replace(device, '')).find(isTargetName) ?? 'guest'
  let name = wish
  for (let number = 2; taken.includes(name); number++) name = `${wish.slice(0, 28)}${number}`
  return name
}

function isTargetName(text: string): boolean {
  try {
    checkTargetName(text)
    return true
  } catch {
    return false
  }
}

/** `--hook key:scrolllock toggle`, `toggle=:2`, `toggle=ID:2`. */
function hotkeysOf(
  { name, words }: Argument,
  names: readonly string[],
  notes: string[],
): ImportedHotkey[] {
  if (name !== '--hook') return []
  const clauses = words.map(({ text }) => text)
  const toggles = clauses.filter((text) => text === 'toggle' || text.startsWith('toggle='))
  const others = clauses.filter((text) => /^(exec-shell|send-key)=/.test(text))
  for (const text of others) notes.push(`not carried over: --hook with ${text}`)
  if (toggles.length === 0) {
    if (others.length === 0) notes.push(`not carried over: --hook ${clauses.join(' ')}`)
    return []
  }
  const keys = hookKeys(clauses.filter((text) => text.includes(':') && !text.includes('=')))
  if (keys === undefined) {
    notes.push(`not carried over, its keys are not those of a hotkey: --hook ${clauses.join(' ')}`)
    return []
  }
  const index = /:(\d{1,3})$/.exec(toggles[0] ?? '')?.[1]
  if (index === undefined) return [{ keys, target: undefined }]
  const target = names[Number(index) - 1]
  if (target !== undefined) return [{ keys, target }]
  notes.push(`not carried over, it goes to no output: --hook ${clauses.join(' ')}`)
  return []
}

/** `key:leftctrl`, `btn:side:1`, `key:%29@domain`; undefined where one is no press of a key. */
function hookKeys(events: readonly string[]): HotkeyKeys | undefined {
  const words: string[] = []
  for (const event of events) {
    const [, type, code] = /^(key|btn):(%?[\w-]+)(?::1?)?(?:@.*)?$/.exec(event) ?? []
    if (type === undefined || code === undefined) return undefined
    words.push(code.startsWith('%') ? code.slice(1) : `${type}_${code}`)
  }
  try {
    return parseHotkey(words.join('+'))
  } catch {
    return undefined
  }
}

function linkNotes(places: readonly Destination[], names: readonly string[]): string[] {
  return places.flatMap(({ links }, index) =>
    links
      .slice(0, 8)
      .map((link) =>
        names[index] === hostTargetName
          ? `Not needed, this machine reads its devices itself: ${link}`
          : `No longer there, ${names[index]} has other nodes: ${link}`,
      ),
  )
}
