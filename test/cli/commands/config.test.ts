import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { capture } from '../capture.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evswitch-config-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function file(content: string, name = 'config.toml'): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

describe('evswitch config', () => {
  test.each([[[]], [['check']], [['show']], [['import']], [['reference']]])(
    '%j has a help that fits 80 columns',
    async (part) => {
      const { code, out } = await capture(['config', ...part, '--help'])
      expect(code).toBe(0)
      for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
    },
  )

  test.each([
    [[], 'say what to do with the configuration\nthere are: check, show, import, reference'],
    [['chekc'], 'there is no command config "chekc"\ndid you mean check?'],
    [['check', 'a', 'b'], "too many arguments for 'check'. Expected 1 argument but got 2."],
  ])('%j is refused', async (args, message) => {
    expect(await capture(['config', ...args])).toEqual({
      code: 2,
      out: '',
      err: `evswitch: ${message}\n`,
    })
  })
})

describe('evswitch config check', () => {
  test('says that a right file is right, and what is doubtful in it', async () => {
    const path = file('[[source]]\ndevice = "event7"\n')
    expect(await capture(['config', 'check', path])).toEqual({
      code: 0,
      out: `${path}:2:10: warning: event7 may be another device after the next start
   2 | device = "event7"
     |          ^^^^^^^^
  evswitch devices shows a name that stays
${path} is right
`,
      err: '',
    })
  })

  test('tells all errors and ends with 6', async () => {
    const path = file('panik = 1\n[log]\nlevel = 1\n')
    expect(await capture(['config', 'check', path])).toEqual({
      code: 6,
      out: '',
      err: `evswitch: ${path} has 2 errors

${path}:1:1: unknown key "panik"
   1 | panik = 1
     | ^^^^^
  did you mean panic?

${path}:3:9: level must be "trace", "debug", "info", "warn", "error", "fatal" or "silent", not a number
   3 | level = 1
     |         ^
`,
    })
  })

  test('has all of it for scripts', async () => {
    const path = file('panik = 1\n')
    const { code, out } = await capture(['config', 'check', '--json', path])
    expect(code).toBe(6)
    expect(JSON.parse(out)).toEqual({
      file: path,
      problems: [
        {
          severity: 'error',
          line: 1,
          column: 1,
          message: 'unknown key "panik"',
          remedy: 'did you mean panic?',
        },
      ],
    })
  })

  test('of a file that is not there names it', async () => {
    const path = join(folder, 'none.toml')
    const { code, err } = await capture(['config', 'check', path])
    expect(code).toBe(6)
    expect(err).toContain(`there is no file ${path}\n`)
  })
})

describe('evswitch config show', () => {
  test('shows what holds, options before the file, and its output is right', async () => {
    const path = file('[[target]]\nname = "win10"\n')
    const { code, out } = await capture(['config', 'show', '--config', path, '--hotkey', 'f13'])
    expect(code).toBe(0)
    expect(out).toContain(`# ${path}\n`)
    expect(out).toMatch(/^name = "win10" +# line 2$/m)
    expect(out).toMatch(/^keys = "f13" +# --hotkey$/m)
    expect((await capture(['config', 'check', file(out, 'shown.toml')])).code).toBe(0)
  })

  test('has all of it for scripts', async () => {
    const path = file('log.level = "debug"\n')
    const { out } = await capture(['config', 'show', '--json', '--config', path])
    expect(JSON.parse(out)).toMatchObject({
      file: path,
      settings: { log: { level: { value: 'debug', from: `${path}:1:13` } } },
    })
  })
})

test('evswitch config import prints a file that is right', async () => {
  const path = file('{"devices": {"kbd": "/dev/input/by-id/usb-A-event-kbd"}}', 'a.json')
  const { code, out } = await capture(['config', 'import', path])
  expect(code).toBe(0)
  expect((await capture(['config', 'check', file(out)])).out).toMatch(/ is right\n$/)
})

test('evswitch config reference prints the page', async () => {
  const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')
  expect(await capture(['config', 'reference'])).toEqual({ code: 0, out: page, err: '' })
})

describe('evswitch run', () => {
  test('begins with nothing when its file has an error', async () => {
    const path = file('hotkey = 1\n')
    const { code, out, err } = await capture(['run', '--config', path])
    expect(code).toBe(6)
    expect(out).toBe('')
    expect(err).toContain(`${path}:1:1: hotkey must be an array of tables`)
  })

  test('says which line of its file an option contradicts', async () => {
    const path = file('[[hotkey]]\nkeys = "f13"\naction = "switch"\ntarget = "guest"\n')
    const { code, err } = await capture(['run', '--config', path, '--hotkey', 'f13'])
    expect(code).toBe(2)
    expect(err).toContain(`another hotkey has the same keys, f13 (${path}:2)\n`)
  })
})
