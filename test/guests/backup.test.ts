import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { removeBackups, writeBackup } from '../../src/guests/backup.ts'

let folder: string
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'evswitch-backup-')), 'backups')
})
afterEach(() => rmSync(join(folder, '..'), { recursive: true }))

const now = new Date('2026-11-25T04:12:00Z')

test('each copy has a file of its own, whatever the domain is called', () => {
  const names = ['win10', 'win10', '../etc', '..'].map((domain) =>
    writeBackup(folder, domain, '<domain/>', now).slice(folder.length + 1),
  )
  expect(names).toEqual([
    'win10-2026-11-25T04-12-00.xml',
    'win10-2026-11-25T04-12-00-2.xml',
    '_etc-2026-11-25T04-12-00.xml',
    'domain-2026-11-25T04-12-00.xml',
  ])
})

test('the copies of one domain go, those of others stay, and an empty folder goes, too', () => {
  for (const domain of ['win10', 'win10', 'win10-old', 'win']) {
    writeBackup(folder, domain, '<domain/>', now)
  }
  removeBackups(folder, 'win10')
  expect(readdirSync(folder).toSorted()).toEqual([
    'win-2026-11-25T04-12-00.xml',
    'win10-old-2026-11-25T04-12-00.xml',
  ])
  removeBackups(folder, 'win')
  removeBackups(folder, 'win10-old')
  expect(() => readdirSync(folder)).toThrow('ENOENT')
  removeBackups(folder, 'win10')
})
