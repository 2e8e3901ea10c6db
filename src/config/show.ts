import { printable } from '../devices/sanitize.ts'
import { type Config, type Fields, type Schema, schema } from './schema.ts'
import type { Origin, Setting } from './setting.ts'
import { tomlValue } from './toml-text.ts'

type AnySettings = Readonly<Record<string, Setting<unknown>>>

/** A part of the schema with what a configuration holds for it. */
type Held =
  | { readonly kind: 'field' | 'group'; readonly fields: Fields; readonly settings: AnySettings }
  | { readonly kind: 'list'; readonly fields: Fields; readonly entries: readonly AnySettings[] }

/** A configuration as TOML that says the same, each value with its origin behind it; lines without their ends. */
export function configToml(config: Config): string[] {
  const tables = Object.keys(schema).flatMap((name) => tableLines(name, heldBy(config, name)))
  const said = tables.filter((lines) => lines.length > 0)
  return said.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]))
}

/** The same for scripts: each value as it would stand in the file, and where it is from. */
export function configJson(config: Config, file: string | undefined): Record<string, unknown> {
  const settings = Object.keys(schema).map((name) => [name, partJson(heldBy(config, name), file)])
  return { file: file ?? null, settings: Object.fromEntries(settings) }
}

function heldBy(config: Config, name: string): Held {
  const part = (schema as Schema)[name]
  const held = (config as Readonly<Record<string, unknown>>)[name]
  switch (part?.kind) {
    case 'list':
      return { kind: 'list', fields: part.fields, entries: held as readonly AnySettings[] }
    case 'group':
      return { kind: 'group', fields: part.fields, settings: held as AnySettings }
    case 'field':
      return {
        kind: 'field',
        fields: { [name]: part },
        settings: { [name]: held as Setting<unknown> },
      }
    case undefined:
      throw new TypeError(`the schema has no ${name}`)
  }
}

function tableLines(name: string, held: Held): string[][] {
  switch (held.kind) {
    case 'field':
      return [fieldLines(held.fields, held.settings)]
    case 'group': {
      const lines = fieldLines(held.fields, held.settings)
      return lines.length === 0 ? [] : [[`[${name}]`, ...lines]]
    }
    case 'list':
      return held.entries.map((entry) => [`[[${name}]]`, ...fieldLines(held.fields, entry)])
  }
}

function partJson(held: Held, file: string | undefined): unknown {
  switch (held.kind) {
    case 'field':
      return Object.values(fieldsJson(held.fields, held.settings, file))[0]
    case 'group':
      return fieldsJson(held.fields, held.settings, file)
    case 'list':
      return held.entries.map((entry) => fieldsJson(held.fields, entry, file))
  }
}

function fieldLines(fields: Fields, settings: AnySettings): string[] {
  const rows = said(fields, settings).map(({ name, value, origin }) => ({
    text: `${name} = ${tomlValue(value)}`,
    origin: origin.kind === 'file' ? `line ${origin.range.start.line}` : originText(origin),
  }))
  const width = Math.max(0, ...rows.map(({ text }) => text.length))
  return rows.map(({ text, origin }) => `${text.padEnd(width)}  # ${origin}`)
}

function fieldsJson(fields: Fields, settings: AnySettings, file: string | undefined) {
  return Object.fromEntries(
    said(fields, settings).map(({ name, value, origin }) => [
      name,
      { value, from: originText(origin, file) },
    ]),
  )
}

/** The settings that hold a value. */
function said(fields: Fields, settings: AnySettings) {
  return Object.entries(fields).flatMap(([name, { type }]) => {
    const setting = settings[name]
    if (setting?.value === undefined) return []
    return [{ name, value: type.plain(setting.value), origin: setting.origin }]
  })
}

/** 'default', '--hotkey', '/etc/evswitch/config.toml:3:8'. */
function originText(origin: Origin, file = 'file'): string {
  switch (origin.kind) {
    case 'default':
      return 'default'
    case 'option':
      return origin.option
    case 'file':
      return `${printable(file)}:${origin.range.start.line}:${origin.range.start.column}`
  }
}
