import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { completeLock, type Lock, missingPlatforms } from '../../scripts/lib/lock.mjs'

describe('our lock file', () => {
  const text = readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')
  const lock: Lock = JSON.parse(text)

  test('lists the packages of every platform (else: node scripts/complete-lock.mjs)', () => {
    expect(missingPlatforms(lock).map(({ path }) => path)).toEqual([])
  })

  test('names no registry, so that each machine asks its own', () => {
    const resolved = Object.values(lock.packages).filter((entry) => entry.resolved !== undefined)
    expect(resolved).toEqual([])
  })
})

test('a lock file is completed by platform, in order', () => {
  const optionalDependencies = { 'tool-linux-x64-musl': '1.0.0', 'tool-darwin-arm64': '1.0.0' }
  const lock = {
    packages: { 'node_modules/tool': { dev: true, optionalDependencies }, 'node_modules/z': {} },
  }
  const { packages } = completeLock(lock)
  expect(Object.keys(packages)).toEqual([
    'node_modules/tool',
    'node_modules/tool-darwin-arm64',
    'node_modules/tool-linux-x64-musl',
    'node_modules/z',
  ])
  expect(packages['node_modules/tool-linux-x64-musl']).toEqual({
    version: '1.0.0',
    os: ['linux'],
    cpu: ['x64'],
    libc: ['musl'],
    dev: true,
    optional: true,
  })
})
