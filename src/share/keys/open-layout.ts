import { readFileSync } from 'node:fs'
import { EvswitchError, messageOf } from '../../errors.ts'
import { openXkb, type Xkb, type XkbNames, xkbLibraryName } from '../../native/xkb.ts'
import type { Layout } from './layout.ts'
import {
  type LayoutWish,
  layoutAdvice,
  layoutNames,
  readKnownNames,
  unknownNames,
} from './layout-names.ts'
import { type ReadFile, systemLayout } from './system-layout.ts'
import { usLayout } from './us-layout.ts'
import { layoutLabel, openXkbLayout } from './xkb-layout.ts'

export interface OpenLayoutOptions {
  /** The layout that is wanted. Default: the one that the system was set up with. */
  readonly wish?: LayoutWish | undefined
  /** libxkbcommon. Default: the system's. */
  readonly library?: string
  /** Default: the file system's. */
  readonly readFile?: ReadFile
}

export interface OpenedLayout {
  /** The caller's to close. */
  readonly layout: Layout
  /** One line each on what is other than wanted, and what that means. */
  readonly notes: readonly string[]
}

/** Where xkb-data and xkeyboard-config put the names of everything. */
const namesFile = '/usr/share/X11/xkb/rules/evdev.lst'

/**
 * Opens a layout. Throws 'bad-layout' when one was asked for that is not there. Whatever else is missing has a
 * substitute, the built-in US keyboard at the end, and a note.
 */
export function openLayout(options: OpenLayoutOptions = {}): OpenedLayout {
  const { wish, library = xkbLibraryName, readFile = readText } = options
  const system = wish === undefined ? systemLayout(readFile) : undefined
  const names = system === undefined ? layoutNames(wish ?? {}) : namesOrProblem(system.wish)
  if (typeof names === 'string') return substitute(`${system?.path}: ${names}`)
  const xkb = openXkb(library)
  if (xkb === undefined) {
    return substitute(`the library ${library} (package libxkbcommon0) is not installed`, names)
  }
  const known = readKnownNames(readFile(namesFile) ?? '')
  const layout = openXkbLayout(xkb, names)
  if (layout !== undefined) return { layout, notes: unknownNames(names, known) }
  if (!hasLayouts(xkb)) {
    return substitute('keyboard layouts (package xkb-data) are not installed', names)
  }
  const problem = `there is no keyboard layout ${layoutLabel(names)}`
  const remedy = layoutAdvice(names, known)
  if (system === undefined) throw new EvswitchError('bad-layout', problem, { remedy })
  const advice = remedy === undefined ? '' : ` (${remedy})`
  return substitute(`${system.path}: ${problem}${advice}`)
}

/** The built-in layout, and what that means for somebody who has another one. */
function substitute(reason: string, names?: XkbNames): OpenedLayout {
  const label = names === undefined ? 'us' : layoutLabel(names)
  const loss = `keys are those of a US keyboard${label === 'us' ? '' : `, not of ${label}`}`
  return { layout: usLayout, notes: [`${reason}: ${loss}`] }
}

function namesOrProblem(wish: LayoutWish): XkbNames | string {
  try {
    return layoutNames(wish)
  } catch (error) {
    return messageOf(error).replace('\n', '; ')
  }
}

/** Whether there are any: a layout that cannot be had is nobody's mistake otherwise. */
function hasLayouts(xkb: Xkb): boolean {
  const us = xkb.compile(layoutNames({}))
  us?.close()
  return us !== undefined
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
