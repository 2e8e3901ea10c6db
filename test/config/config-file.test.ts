import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readConfigFile, readOwnConfigFile, usualConfigFile } from '../../src/config/config-file.ts'
import { fileBytesMax } from '../../src/config/limits.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evswitch-config-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function file(content: string | Uint8Array, mode = 0o644): string {
  const path = join(folder, 'config.toml')
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

const user = { uid: 1000 }
const root = { uid: 0 }

describe('the usual place', () => {
  test.each([
    [0, {}, '/etc/evswitch/config.toml'],
    [0, { XDG_CONFIG_HOME: '/x' }, '/etc/evswitch/config.toml'],
    [1000, {}, '/home/ann/.config/evswitch/config.toml'],
    [1000, { XDG_CONFIG_HOME: '' }, '/home/ann/.config/evswitch/config.toml'],
    [1000, { XDG_CONFIG_HOME: 'relative' }, '/home/ann/.config/evswitch/config.toml'],
    [1000, { XDG_CONFIG_HOME: '/x' }, '/x/evswitch/config.toml'],
  ])('of user %i with %j is %s', (uid, env, path) => {
    expect(usualConfigFile({ uid, env, home: '/home/ann' })).toBe(path)
  })
})

describe('a file', () => {
  test('is read, without a byte order mark', () => {
    expect(readConfigFile(file('\ufeffa = 1\n'), user)).toBe('a = 1\n')
  })

  test('that is not there is no text', () => {
    expect(readConfigFile(join(folder, 'none'), user)).toBeUndefined()
    expect(readConfigFile(join(file(''), 'below'), user)).toBeUndefined()
  })

  test('may be behind a link', () => {
    const link = join(folder, 'link')
    symlinkSync(file('a = 1'), link)
    expect(readConfigFile(link, root)).toBe('a = 1')
  })

  test('may be as large as the limit, and no larger', () => {
    expect(readConfigFile(file('#'.repeat(fileBytesMax)), user)).toHaveLength(fileBytesMax)
    expect(() => readConfigFile(file('#'.repeat(fileBytesMax + 1)), user)).toThrow(
      'is no configuration: it is larger than 64 KiB',
    )
  })

  test('that is not UTF-8 is refused', () => {
    expect(() => readConfigFile(file(new Uint8Array([0x61, 0xff])), user)).toThrow(
      'is no configuration: it is not text in UTF-8',
    )
  })

  test('that every user may write is refused to root only', () => {
    const path = file('', 0o666)
    expect(readConfigFile(path, user)).toBe('')
    expect(() => readConfigFile(path, root)).toThrow(
      `${path} is no configuration: every user may write it, and root is to obey it\nsudo chmod o-w ${path}`,
    )
    expect(readConfigFile(file('', 0o664), root)).toBe('')
  })

  test('that is none is refused at once: a folder, a device without an end, a pipe that nobody writes', () => {
    mkdirSync(join(folder, 'd'))
    execFileSync('mkfifo', [join(folder, 'pipe')])
    for (const path of [join(folder, 'd'), '/dev/zero', join(folder, 'pipe')]) {
      expect(() => readConfigFile(path, user)).toThrow('is no configuration: it is not a file')
    }
  })
})

describe('a file with programs to run', () => {
  const me = { uid: process.geteuid?.() ?? 0 }

  test('is read when nobody else can have written it', () => {
    expect(readOwnConfigFile(file('a = 1', 0o644), me)).toBe('a = 1')
    expect(readOwnConfigFile(join(folder, 'none'), me)).toBeUndefined()
  })

  test.each([0o664, 0o646, 0o666])('is refused when others may write it (mode %o)', (mode) => {
    const path = file('', mode)
    expect(() => readOwnConfigFile(path, me)).toThrow(
      `${path} is no configuration: others may write it, and its hooks run as you\nchmod go-w ${path}`,
    )
  })

  test('is refused when it belongs to somebody else, unless that is root', () => {
    const path = file('')
    const somebody = { uid: me.uid + 1 }
    if (me.uid === 0) {
      expect(readOwnConfigFile(path, somebody)).toBe('')
      chownSync(path, 4321, 4321)
    }
    expect(() => readOwnConfigFile(path, somebody)).toThrow('it belongs to another user')
  })
})
