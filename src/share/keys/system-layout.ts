import { parseEnv } from 'node:util'
import type { LayoutWish } from './layout-names.ts'

/** The text of a file, or undefined where it cannot be read. */
export type ReadFile = (path: string) => string | undefined

export interface SystemLayout {
  readonly wish: LayoutWish
  /** The file that says so; undefined when none does. */
  readonly path: string | undefined
}

/** keyboard(5), of Debian's keyboard-configuration */
const debianFile = '/etc/default/keyboard'
/** vconsole.conf(5), of systemd */
const consoleFile = '/etc/vconsole.conf'
/** What localectl writes for X11. */
const xorgFile = '/etc/X11/xorg.conf.d/00-keyboard.conf'
/** How systemd turns the names of console keymaps into those of layouts. */
const keymapsFile = '/usr/share/systemd/kbd-model-map'

/** The layout that this system was set up with, as its files have it: unchecked. */
export function systemLayout(readFile: ReadFile): SystemLayout {
  const found =
    fromVariables(readFile, debianFile) ??
    fromVariables(readFile, consoleFile) ??
    fromXorg(readFile) ??
    fromKeymap(readFile)
  return found ?? { wish: {}, path: undefined }
}

function fromVariables(readFile: ReadFile, path: string): SystemLayout | undefined {
  const variables = variablesOf(readFile, path)
  if (!variables['XKBLAYOUT']) return undefined
  return {
    path,
    wish: wishOf({
      model: variables['XKBMODEL'],
      layout: variables['XKBLAYOUT'],
      variant: variables['XKBVARIANT'],
      options: variables['XKBOPTIONS'],
    }),
  }
}

function fromXorg(readFile: ReadFile): SystemLayout | undefined {
  const text = readFile(xorgFile) ?? ''
  const options = new Map(
    [...text.matchAll(/^\s*Option\s+"Xkb(\w+)"\s+"([^"]*)"/gim)].map(([, name = '', value]) => [
      name.toLowerCase(),
      value,
    ]),
  )
  if (!options.get('layout')) return undefined
  return {
    path: xorgFile,
    wish: wishOf({
      model: options.get('model'),
      layout: options.get('layout'),
      variant: options.get('variant'),
      options: options.get('options'),
    }),
  }
}

/** KEYMAP=de-latin1-nodeadkeys: by systemd's own table. */
function fromKeymap(readFile: ReadFile): SystemLayout | undefined {
  const keymap = variablesOf(readFile, consoleFile)['KEYMAP']
  if (!keymap) return undefined
  const rows = (readFile(keymapsFile) ?? '').split('\n').map((line) => line.trim().split(/\s+/))
  const row = rows.find(([name]) => name === keymap)
  if (row === undefined) return undefined
  const [, layout, model, variant, options] = row.map((cell) => (cell === '-' ? '' : cell))
  return { path: consoleFile, wish: wishOf({ model, layout, variant, options }) }
}

function variablesOf(readFile: ReadFile, path: string): NodeJS.Dict<string> {
  return parseEnv(readFile(path) ?? '')
}

/** Without what is empty or missing: that is as usual. */
function wishOf(values: { readonly [K in keyof LayoutWish]: string | undefined }): LayoutWish {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value))
}
