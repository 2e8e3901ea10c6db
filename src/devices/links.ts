import { readdirSync, readlinkSync } from 'node:fs'
import { basename, join } from 'node:path'

/** Links to one node, as paths that can be opened, sorted. */
export interface NodeLinks {
  readonly byId: readonly string[]
  readonly byPath: readonly string[]
}

export const byIdDirectory = '/dev/input/by-id'
export const byPathDirectory = '/dev/input/by-path'

const noLinks: NodeLinks = { byId: [], byPath: [] }

/** The stable links of every evdev node, by its name ('event3'). Directories that are missing hold none. */
export function readLinks(root = '/'): (eventName: string) => NodeLinks {
  const byId = linksIn(byIdDirectory, root)
  const byPath = linksIn(byPathDirectory, root)
  return (eventName) => {
    const links = { byId: byId.get(eventName) ?? [], byPath: byPath.get(eventName) ?? [] }
    return links.byId.length + links.byPath.length === 0 ? noLinks : links
  }
}

function linksIn(directory: string, root: string): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const name of entries(join(root, directory))) {
    const eventName = linkedEvent(join(root, directory, name))
    if (eventName === undefined) continue
    const list = found.get(eventName) ?? []
    list.push(`${directory}/${name}`)
    found.set(eventName, list)
  }
  return found
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory).sort()
  } catch {
    return []
  }
}

/** 'event3' for a link to it, undefined for links to other nodes and for what is no link. */
function linkedEvent(path: string): string | undefined {
  try {
    const name = basename(readlinkSync(path))
    return /^event\d+$/.test(name) ? name : undefined
  } catch {
    return undefined
  }
}
