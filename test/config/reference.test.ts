import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { decodeConfig } from '../../src/config/decode.ts'
import { configReference } from '../../src/config/reference.ts'
import { type Schema, schema } from '../../src/config/schema.ts'

const docs = new URL('../../docs/', import.meta.url)

describe('the reference', () => {
  test('in docs/ is that of the schema: npm run docs writes it anew', () => {
    expect(readFileSync(new URL('configuration.md', docs), 'utf8')).toBe(configReference())
  })

  test('has every key, in lines of at most 120 characters', () => {
    const text = configReference()
    for (const [name, part] of Object.entries(schema as Schema)) {
      const keys = part.kind === 'field' ? [name] : Object.keys(part.fields)
      for (const key of keys) expect(text).toContain(`### \`${key}\``)
    }
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(120)
  })
})

test('the example in docs/ is right', () => {
  const text = readFileSync(new URL('config.example.toml', docs), 'utf8')
  const { config, diagnostics } = decodeConfig(text)
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  expect(config?.target.map(({ name }) => name.value)).toEqual(['win10', 'mac', 'laptop'])
})

test('what the README shows is right', () => {
  const readme = readFileSync(new URL('../README.md', docs), 'utf8')
  const examples = [...readme.matchAll(/```toml\n(.*?)```/gs)].map(([, text = '']) => text)
  expect(examples).not.toEqual([])
  for (const text of examples) expect(decodeConfig(text).diagnostics).toEqual([])
})
