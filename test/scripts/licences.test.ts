import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { licencesOf } from '../../scripts/lib/licences.mjs'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'evswitch-licences-'))
})

afterEach(() => rmSync(root, { recursive: true }))

function put(name: string, licence: string): void {
  const folder = join(root, 'node_modules', name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name, version: '1.2.3', license: 'MIT' }),
  )
  writeFileSync(join(folder, 'LICENSE.md'), licence)
}

test('each package whose code is there once, by its licence', () => {
  put('one', 'Copyright of one')
  put('@scope/two', 'Copyright of two')
  put('unused', 'Copyright of nobody')
  const text = licencesOf(root, {
    inputs: {
      'src/main.ts': {},
      'node_modules/one/index.js': {},
      'node_modules/one/lib/more.js': {},
      'node_modules/@scope/two/index.js': {},
    },
  })
  expect(text).toBe(
    '@scope/two 1.2.3 (MIT)\n\nCopyright of two\n\n\none 1.2.3 (MIT)\n\nCopyright of one\n',
  )
})
