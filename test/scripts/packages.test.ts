import { expect, test } from 'vitest'
import { missingPackages } from '../../scripts/lib/packages.mjs'

test('a package is there when its command is', () => {
  expect(missingPackages([{ package: 'dash', command: 'sh' }])).toEqual([])
  expect(missingPackages([{ package: 'ghost', command: 'no-such-command' }])).toEqual(['ghost'])
})

test('a package is there when its file is', () => {
  expect(missingPackages([{ package: 'base-files', file: '/etc/passwd' }])).toEqual([])
  expect(missingPackages([{ package: 'ghost', file: '/no/such/file' }])).toEqual(['ghost'])
})

test('a package that dpkg does not know is missing', () => {
  expect(missingPackages([{ package: 'evswitch-no-such-package' }])).toEqual([
    'evswitch-no-such-package',
  ])
})

test('a package that two things are wanted from is named once', () => {
  const needed = ['one', 'two'].map((name) => ({ package: 'ghost', command: `no-such-${name}` }))
  expect(missingPackages(needed)).toEqual(['ghost'])
})
