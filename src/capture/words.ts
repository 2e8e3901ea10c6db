import { basename } from 'node:path'
import type { Device } from '../devices/device.ts'

/** A word or two for what a node is, as `evswitch devices` has them. */
export function kindWords({ kind, traits }: Device): string {
  if (traits.includes('absolute-pointer')) return 'abs. mouse'
  if (kind === 'other' && traits.includes('keys')) return 'media keys'
  if (kind === 'switch' && traits.includes('keys')) return 'system keys'
  if (traits.includes('accelerometer')) return 'motion sensor'
  return kind
}

/** 'event5 (-if01-event-mouse)': the end of its link is what tells it from the other nodes of its device. */
export function nodeWords(device: Device): string {
  const end = linkEnd(device)
  return end === undefined ? device.eventName : `${device.eventName} (${end})`
}

/** '-if01-event-kbd' of the node's by-id link; undefined where it has none. */
function linkEnd({ byId }: Device): string | undefined {
  const ends = byId.map((link) => /(-if[0-9a-f]+)?-event(-[a-z]+)?$/.exec(basename(link))?.[0])
  return ends.find((end) => end !== undefined)
}

/** 'a', 'a and b', 'a, b and c'. */
export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? ''
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`
}

/** The words that the names of all nodes begin with: "MOSART Semi. 2.4G Keyboard Mouse". */
export function unitName(nodes: readonly Device[]): string {
  const [first = [], ...rest] = nodes.map(({ name }) => name.split(' '))
  const differs = first.findIndex((word, at) => rest.some((words) => words[at] !== word))
  const common = differs < 0 ? first : first.slice(0, differs)
  return (common.length > 0 ? common : first).join(' ')
}
