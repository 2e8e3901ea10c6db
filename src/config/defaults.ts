import { type Config, type Field, type Fields, type Schema, schema } from './schema.ts'
import type { Setting } from './setting.ts'

type AnySettings = Record<string, Setting<unknown>>

/** What holds when nobody says anything. */
export const defaultConfig = fromSchema(schema) as Config

/** The keys of an entry that nobody wrote. */
export function defaultSettings(fields: Fields): AnySettings {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, defaultSetting(field)]),
  )
}

export function defaultSetting(field: Field): Setting<unknown> {
  return { value: field.default, origin: { kind: 'default' } }
}

function fromSchema(described: Schema): unknown {
  return Object.fromEntries(
    Object.entries(described).map(([name, part]) => [name, partDefaults(part)]),
  )
}

function partDefaults(part: Schema[string]): unknown {
  switch (part.kind) {
    case 'field':
      return defaultSetting(part)
    case 'group':
      return defaultSettings(part.fields)
    case 'list':
      return part.defaults.map((values) => settingsOf(values))
  }
}

function settingsOf(values: Readonly<Record<string, unknown>>): AnySettings {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, { value, origin: { kind: 'default' } }]),
  )
}
