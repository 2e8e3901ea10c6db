import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { domainFixture, domainFixtures } from '../../guests/domain-fixtures.ts'
import { capture } from '../capture.ts'

let folder: string
let file: string
let config: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evswitch-libvirt-'))
  file = join(folder, 'domain.xml')
  config = join(folder, 'config.toml')
  writeFileSync(config, '')
})
afterEach(() => rmSync(folder, { recursive: true }))

const backups = () => ['--backups', join(folder, 'backups')]

describe('evswitch libvirt with --file', () => {
  test.each(domainFixtures)('edits %s in place and back, byte for byte', async (fixture) => {
    const before = Buffer.from(`\ufeff${domainFixture(fixture)}`)
    writeFileSync(file, before)
    chmodSync(file, 0o640)
    const flags = ['--file', file, ...backups()]
    const applied = await capture(['libvirt', 'apply', ...flags, '--config', config, '--replace'])
    expect(applied.code).toBe(0)
    expect(applied.out).toMatch(/the keyboard and mouse of the target guest are in\nwhat it was: /)
    expect(readFileSync(file, 'utf8')).toContain('evswitch-guest-event-kbd')
    expect(statSync(file).mode & 0o777).toBe(0o640)
    const [copy = ''] = readdirSync(join(folder, 'backups'))
    expect(readFileSync(join(folder, 'backups', copy))).toEqual(before)
    expect(statSync(join(folder, 'backups', copy)).mode & 0o777).toBe(0o600)
    expect(await capture(['libvirt', 'remove', ...flags])).toMatchObject({ code: 0, err: '' })
    expect(readFileSync(file)).toEqual(before)
    expect(readdirSync(folder).toSorted()).toEqual(['backups', 'config.toml', 'domain.xml'])
  })

  test('follows a link to the file that is meant', async () => {
    const link = join(folder, 'link.xml')
    writeFileSync(file, domainFixture('minimal'))
    symlinkSync('domain.xml', link)
    await capture(['libvirt', 'apply', '--file', link, '--config', config, ...backups()])
    expect(statSync(link).isFile()).toBe(true)
    expect(readFileSync(file, 'utf8')).toContain('evswitch-guest-event-kbd')
  })

  test.each([
    ['<domain', /domain\.xml: line 1, column 8: <domain> is not well-formed$/],
    ['<domains/>', /domain\.xml: this is no domain: its root element is <domains>\nvirsh dumpxml/],
    ['\xff\xfe', / is not text in UTF-8$/],
  ])('refuses %j and leaves it alone', async (content, message) => {
    const bytes = Buffer.from(content, 'latin1')
    writeFileSync(file, bytes)
    const { code, out, err } = await capture([
      'libvirt',
      'apply',
      ...['--file', file, '--config', config, ...backups()],
    ])
    expect([code, out]).toEqual([2, ''])
    expect(err.replace(/^evswitch: /, '').trimEnd()).toMatch(message)
    expect(readFileSync(file)).toEqual(bytes)
  })

  test('shows a diff and changes nothing', async () => {
    writeFileSync(file, domainFixture('windows-7'))
    const { out, err } = await capture(['libvirt', 'diff', '--file', file, '--config', config])
    expect(out).toMatch(/^--- .*domain\.xml\n\+\+\+ .* with evswitch\n@@ /)
    expect(err).toContain('warning: the emulated tablet')
    expect(readFileSync(file, 'utf8')).toBe(domainFixture('windows-7'))
  })
})

describe('evswitch libvirt show', () => {
  test('prints what to add, and where', async () => {
    const { out } = await capture(['libvirt', 'show', '--config', config])
    expect(out).toMatch(/^<!-- inside <devices> -->\n {4}<input type='evdev'>\n/)
    const old = await capture(['libvirt', 'show', '--config', config, '--command-line'])
    expect(old.out).toContain("    <qemu:arg value='input-linux,id=evswitch-guest-kbd,")
  })
})

test.each([[['list']], [['show']], [['diff']], [['apply']], [['remove']], [[]]])(
  'libvirt %j has a help that fits 80 columns',
  async (part) => {
    const { code, out } = await capture(['libvirt', ...part, '--help'])
    expect(code).toBe(0)
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
  },
)
