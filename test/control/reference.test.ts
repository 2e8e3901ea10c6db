import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { methods, notifications } from '../../src/control/protocol.ts'
import { controlReference } from '../../src/control/reference.ts'

test('the page in docs/ is that of the protocol: npm run docs writes it anew', () => {
  const page = new URL('../../docs/control.md', import.meta.url)
  expect(readFileSync(page, 'utf8')).toBe(controlReference())
})

test('the page has everything, in lines of at most 120 characters outside of tables', () => {
  const text = controlReference()
  for (const name of [...Object.keys(methods), ...Object.keys(notifications)]) {
    expect(text).toContain(`\n### \`${name}\`\n`)
  }
  for (const line of text.split('\n')) {
    if (!line.startsWith('|')) expect(line.length, line).toBeLessThanOrEqual(120)
  }
})
