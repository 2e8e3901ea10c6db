import { EvswitchError } from '../../errors.ts'
import type { XkbNames } from '../../native/xkb.ts'
import { nearest } from '../../nearest.ts'

/** What a file or a person says about a layout; what is left out is as usual. */
export type LayoutWish = Partial<XkbNames>

/** Longer than every name and list of options in use, short enough to be repeated in a message. */
const longest = 256
/** XKB_MAX_GROUPS: what X11 and libxkbcommon can do. */
const layoutsMax = 4

/** Names become names of files below the layouts' folder: no dots and slashes that lead out of it. */
const shapes: Readonly<Record<keyof XkbNames, RegExp>> = {
  rules: /^[\w-]*$/,
  model: /^[\w+-]*$/,
  layout: /^[\w-]+(,[\w-]+)*$/,
  variant: /^[\w+-]*(,[\w+-]*)*$/,
  options: /^([\w-]+:[\w.+()-]+(,[\w-]+:[\w.+()-]+)*)?$/,
}

const examples: Readonly<Record<keyof XkbNames, string>> = {
  rules: 'evdev',
  model: 'pc105',
  layout: 'de, or us,ru for two',
  variant: 'nodeadkeys',
  options: 'compose:ralt,caps:escape',
}

/** The names of a wish, each one checked before it is used. Throws 'bad-layout'. */
export function layoutNames(wish: LayoutWish): XkbNames {
  const names: XkbNames = {
    rules: wish.rules ?? 'evdev',
    model: wish.model ?? 'pc105',
    layout: wish.layout ?? 'us',
    variant: wish.variant ?? '',
    options: wish.options ?? '',
  }
  for (const key of ['rules', 'model', 'layout', 'variant', 'options'] as const) {
    if (names[key].length <= longest && shapes[key].test(names[key])) continue
    throw new EvswitchError(
      'bad-layout',
      `${JSON.stringify(shorten(names[key]))} is no keyboard ${nouns[key]}`,
      {
        remedy: `write it as in ${examples[key]}`,
      },
    )
  }
  const layouts = names.layout.split(',').length
  if (layouts > layoutsMax) {
    throw new EvswitchError(
      'bad-layout',
      `${layouts} keyboard layouts are more than there can be`,
      {
        remedy: `name ${layoutsMax} at most`,
      },
    )
  }
  const variants = names.variant.split(',').length
  if (names.variant !== '' && variants > layouts) {
    throw new EvswitchError(
      'bad-layout',
      `there are ${variants} keyboard variants for ${layouts} layout${layouts === 1 ? '' : 's'}`,
      {
        remedy: 'name one for each layout, or none',
      },
    )
  }
  return names
}

const nouns: Readonly<Record<keyof XkbNames, string>> = {
  rules: 'rules',
  model: 'model',
  layout: 'layout',
  variant: 'variant',
  options: 'option',
}

/** The layouts, models and options that a system knows: rules/evdev.lst of its layouts. */
export interface KnownNames {
  readonly models: ReadonlySet<string>
  /** With what people call them, in small letters: 'german'. */
  readonly layouts: ReadonlyMap<string, string>
  readonly options: ReadonlySet<string>
  /** Variants by layout. */
  readonly variants: ReadonlyMap<string, readonly string[]>
}

/** Reads such a list: sections that begin with '! model', then lines of a name, spaces, and words for people. */
export function readKnownNames(text: string): KnownNames {
  const models = new Set<string>()
  const layouts = new Map<string, string>()
  const options = new Set<string>()
  const variants = new Map<string, string[]>()
  const takers = new Map<string, (name: string, words: string) => void>([
    ['model', (name) => models.add(name)],
    ['layout', (name, words) => layouts.set(name, words.toLowerCase())],
    ['option', (name) => options.add(name)],
    ['variant', (name, words) => addVariant(variants, words, name)],
  ])
  let section = ''
  for (const line of text.split('\n')) {
    const [, heading] = /^!\s*(\w+)/.exec(line) ?? []
    if (heading !== undefined) section = heading
    const [, name, words = ''] = /^\s+(\S+)\s*(.*)$/.exec(line) ?? []
    if (name !== undefined) takers.get(section)?.(name, words)
  }
  return { models, layouts, options, variants }
}

/** '  nodeadkeys      de: German (no dead keys)' */
function addVariant(variants: Map<string, string[]>, words: string, name: string): void {
  const [layout = ''] = words.split(':')
  variants.set(layout, [...(variants.get(layout) ?? []), name])
}

/** What to do about a layout that cannot be had; undefined where nothing resembles it. */
export function layoutAdvice({ layout, variant }: XkbNames, known: KnownNames): string | undefined {
  const layouts = layout.split(',')
  const unknown = layouts.find((name) => !known.layouts.has(name))
  if (unknown !== undefined) return didYouMean(nearLayout(unknown, known.layouts))
  for (const [index, name] of variant.split(',').entries()) {
    const variants = known.variants.get(layouts[index] ?? '') ?? []
    if (name === '' || variants.includes(name)) continue
    return (
      didYouMean(nearest(name, variants)) ??
      (variants.length === 0
        ? `${layouts[index]} has no variants`
        : `variants of ${layouts[index]}: ${variants.join(', ')}`)
    )
  }
  return undefined
}

/** By its words before its letters: 'german' is no misspelt layout of Georgia. */
function nearLayout(wish: string, layouts: ReadonlyMap<string, string>): string | undefined {
  const wanted = wish.toLowerCase()
  const all = [...layouts]
  const [name] =
    all.find(([, words]) => words === wanted) ??
    all.find(([, words]) => words.startsWith(wanted)) ??
    []
  return name ?? nearest(wish, layouts.keys())
}

/** Sentences about names that libxkbcommon passes over without a word. */
export function unknownNames({ model, options }: XkbNames, known: KnownNames): string[] {
  const unknown = (noun: string, name: string, names: ReadonlySet<string>) => {
    if (name === '' || names.size === 0 || names.has(name)) return []
    const near = didYouMean(nearest(name, names))
    return [
      `there is no keyboard ${noun} ${name}: it has no effect${near === undefined ? '' : `; ${near}`}`,
    ]
  }
  return [
    ...unknown('model', model, known.models),
    ...options.split(',').flatMap((option) => unknown('option', option, known.options)),
  ]
}

function didYouMean(name: string | undefined): string | undefined {
  return name === undefined ? undefined : `did you mean ${name}?`
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text
}
