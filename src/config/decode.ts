import { printable } from '../devices/sanitize.ts'
import { EvswitchError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { defaultConfig, defaultSetting, defaultSettings } from './defaults.ts'
import { type Diagnostic, inOrder } from './diagnostic.ts'
import type { Finding } from './finding.ts'
import { findings, tooMany } from './rules.ts'
import {
  type Config,
  type DraftConfig,
  type Field,
  type Fields,
  type Group,
  type List,
  type Schema,
  schema,
} from './schema.ts'
import { type Origin, type Range, rangeOf, type Setting } from './setting.ts'
import { readToml, type TomlEntry, type TomlTable, type TomlValue } from './toml-tree.ts'
import type { ValueType } from './value-types.ts'

export interface Decoded {
  /** Undefined where a diagnostic is an error. */
  readonly config: Config | undefined
  /** By place in the file. */
  readonly diagnostics: readonly Diagnostic[]
}

/** Reads the text of a configuration file. Everything that is wrong with it is told at once; never throws. */
export function decodeConfig(text: string): Decoded {
  const root = readToml(text)
  if ('severity' in root) return { config: undefined, diagnostics: [root] }
  const decoder = new Decoder()
  const draft = decoder.decode(root)
  const found = findings(draft).map(diagnosticOf)
  const diagnostics = inOrder([...decoder.diagnostics, ...found])
  const isGood = diagnostics.every(({ severity }) => severity === 'warning')
  // A draft without an error lacks nothing.
  return { config: isGood ? (draft as Config) : undefined, diagnostics }
}

const startOfFile: Range = { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } }

function diagnosticOf({ places, showsAll, ...finding }: Finding): Diagnostic {
  const [range = startOfFile, ...others] = places.flatMap((place) => rangeOf(place) ?? [])
  return { ...finding, range, others: showsAll === true ? others : [] }
}

type Draft = Record<string, Setting<unknown> | undefined>

/** Walks the schema, never the file's own names: a name that the schema lacks is told and goes nowhere. */
class Decoder {
  readonly diagnostics: Diagnostic[] = []

  decode(root: TomlTable): DraftConfig {
    const parts = Object.entries(schema as Schema).map(([name, part]) => [
      name,
      this.#part(name, part, this.#entryOf(root, name)),
    ])
    this.#unknownKeys(root, [...new Set(Object.keys(schema).map(outerName))], 'the top of the file')
    for (const name of new Set(Object.keys(schema).filter(isInner).map(outerName))) {
      const { value } = root.entries.get(name) ?? {}
      if (value?.kind === 'table') this.#unknownKeys(value, innerNames(name), `[${name}]`)
    }
    return Object.fromEntries(parts) as DraftConfig
  }

  /** Of a table within another, too. */
  #entryOf(root: TomlTable, name: string): TomlEntry | undefined {
    const entry = root.entries.get(outerName(name))
    if (!isInner(name) || entry === undefined) return entry
    if (entry.value.kind === 'table') return entry.value.entries.get(name.split('.')[1] ?? '')
    // As if the table itself were the other thing: told once, for the first one that it holds.
    return name === Object.keys(schema).find((each) => outerName(each) === outerName(name))
      ? entry
      : undefined
  }

  #part(name: string, part: Schema[string], entry: TomlEntry | undefined): unknown {
    switch (part.kind) {
      case 'field':
        return entry === undefined ? defaultSetting(part) : this.#value(name, part, entry)
      case 'group':
        return this.#group(name, part, entry)
      case 'list':
        return this.#list(name, part, entry)
    }
  }

  #group(name: string, { fields }: Group, entry: TomlEntry | undefined): Draft {
    if (entry === undefined) return defaultSettings(fields)
    const { value } = entry
    if (value.kind === 'table') return this.#table(fields, value, `[${name}]`)
    const items = value.kind === 'array' && value.items[0]?.kind === 'table'
    this.#tell(
      entry.key,
      `${name} must be one table, not ${describe(value)}`,
      items ? `write [${name}] with one pair of brackets` : `write [${name}], and its keys below`,
    )
    return {}
  }

  #list(name: string, part: List, entry: TomlEntry | undefined): unknown {
    if (entry === undefined) return (defaultConfig as Record<string, unknown>)[name]
    const { value, key } = entry
    if (value.kind !== 'array') {
      const remedy =
        value.kind === 'table'
          ? `write [[${name}]] with two pairs of brackets: there can be several`
          : `write [[${name}]], and its keys below`
      this.#tell(key, `${name} must be an array of tables, not ${describe(value)}`, remedy)
      return []
    }
    if (value.items.length === 0) this.#tell(value.range, `there is no ${name}`, part.whenEmpty)
    const surplus = value.items[part.max]
    if (surplus !== undefined) {
      this.#tell(surplus.range, tooMany(name, value.items.length, part.max))
    }
    return value.items.slice(0, part.max).map((item) => {
      if (item.kind === 'table') {
        return this.#entry(name, part.fields, item)
      }
      this.#tell(item.range, `an entry of ${name} must be a table, not ${describe(item)}`)
      return {}
    })
  }

  #entry(name: string, fields: Fields, table: TomlTable): Draft {
    for (const [key, { presence, type }] of Object.entries(fields)) {
      if (presence !== 'required' || table.entries.has(key)) continue
      this.#tell(table.range, `this ${name} has no ${key}`, `add ${key} = ..., ${type.expects}`)
    }
    return this.#table(fields, table, `[[${name}]]`)
  }

  #table(fields: Fields, table: TomlTable, title: string): Draft {
    const settings = Object.entries(fields).map(([key, field]) => {
      const entry = table.entries.get(key)
      if (entry !== undefined) return [key, this.#value(key, field, entry)]
      return [key, field.presence === 'required' ? undefined : defaultSetting(field)]
    })
    this.#unknownKeys(table, Object.keys(fields), title)
    return Object.fromEntries(settings)
  }

  #value(key: string, { type }: Field, { value }: TomlEntry): Setting<unknown> | undefined {
    const origin: Origin = { kind: 'file', range: value.range }
    try {
      const read = this.#read(type, value)
      if (read !== undefined) return { value: read, origin }
      this.#tell(value.range, `${key} must be ${type.expects}, not ${describe(value)}`)
    } catch (error) {
      if (!(error instanceof EvswitchError)) throw error
      this.#tell(value.range, `${key}: ${error.summary}`, error.remedy)
    }
    return undefined
  }

  #read(type: ValueType<unknown>, value: TomlValue): unknown {
    if (type.readTree !== undefined) {
      return type.readTree(value, (range, message, remedy) => this.#tell(range, message, remedy))
    }
    return value.kind === 'table' || value.kind === 'array' ? undefined : type.read(value)
  }

  #unknownKeys(table: TomlTable, known: readonly string[], title: string): void {
    for (const [name, { key }] of table.entries) {
      if (known.includes(name)) continue
      this.#tell(key, `unknown key "${printable(name)}"`, keyAdvice(name, known, title))
    }
  }

  #tell(range: Range, message: string, remedy?: string): void {
    this.diagnostics.push({ severity: 'error', code: 'bad-config', range, message, remedy })
  }
}

function isInner(name: string): boolean {
  return name.includes('.')
}

/** 'share' of 'share.join'. */
function outerName(name: string): string {
  return name.split('.')[0] ?? name
}

/** 'join' and the others within 'share'. */
function innerNames(outer: string): string[] {
  return Object.keys(schema)
    .filter((name) => isInner(name) && outerName(name) === outer)
    .map((name) => name.slice(outer.length + 1))
}

/** The nearest key of the table; else the table that has such a key; else all keys of the table. */
function keyAdvice(name: string, known: readonly string[], title: string): string {
  const near = nearest(name, known)
  if (near !== undefined) return `did you mean ${near}?`
  const elsewhere = placesOf(name)
  if (elsewhere.length > 0) return `${name} belongs ${elsewhere.join(' or ')}`
  return `${title} can have: ${known.map(keyTitle).join(', ')}`
}

/** Where the schema has a key of this name: 'in [log]'. */
function placesOf(name: string): string[] {
  return Object.entries(schema as Schema).flatMap(([key, part]) => {
    if (part.kind === 'field')
      return key === name ? ['at the top of the file, before all tables'] : []
    if (part.kind === 'group' && key === name) return [`at the start of a line, as [${key}]`]
    if (part.kind === 'list' && key === name) return [`at the start of a line, as [[${key}]]`]
    if (!Object.hasOwn(part.fields, name)) return []
    return [part.kind === 'group' ? `in [${key}]` : `in [[${key}]]`]
  })
}

function keyTitle(name: string): string {
  const inner = innerNames(name)
  if (inner.length > 0) return inner.map((each) => `[${name}.${each}]`).join(', ')
  const part = Object.hasOwn(schema, name) ? (schema as Schema)[name] : undefined
  if (part?.kind === 'group') return `[${name}]`
  return part?.kind === 'list' ? `[[${name}]]` : name
}

function describe(value: TomlValue): string {
  switch (value.kind) {
    case 'array':
      return 'an array'
    case 'table':
      return 'a table'
    case 'text':
      return 'a text'
    case 'integer':
    case 'number':
      return 'a number'
    case 'boolean':
      return String(value.value)
    case 'date':
      return 'a date'
  }
}
