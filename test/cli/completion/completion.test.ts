import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { capture } from '../capture.ts'
import { CompletingShell, type Shell, whyNot } from './shells.ts'

/** The names of the nodes here, of whatever machine this is. */
const nodes = existsSync('/dev/input')
  ? readdirSync('/dev/input').filter((name) => name.startsWith('event'))
  : []

for (const shell of ['bash', 'zsh', 'fish'] satisfies Shell[]) {
  const reason = whyNot(shell)
  describe.skipIf(reason !== undefined)(
    `completion in ${shell}${reason ? `: ${reason}` : ''}`,
    () => {
      let completing: CompletingShell
      beforeAll(async () => {
        completing = await CompletingShell.start(shell)
        writeFileSync(join(completing.folder, 'try.jsonl'), '')
      })
      afterAll(() => completing.close())

      test.each([
        ['evswitch ide', ['identify']],
        ['evswitch conf', ['config']],
        ['evswitch config ', ['check', 'import', 'reference', 'show']],
        ['evswitch config sh', ['show']],
        ['evswitch run --host', ['--host-mode']],
        ['evswitch run --host-mode ', ['proxy', 'release']],
        ['evswitch run --host-mode pr', ['proxy']],
        ['evswitch run --repeat o', ['off', 'on']],
        ['evswitch run --target ho', ['host']],
        ['evswitch completion ', ['bash', 'fish', 'zsh']],
        ['evswitch help mon', ['monitor']],
        ['evswitch monitor --replay try', ['try.jsonl']],
        // A value is no command, and behind a command stand no others.
        ['evswitch run --target config --hotk', ['--hotkey']],
        ['evswitch devices conf', []],
      ])('%s', (line, words) => {
        expect(completing.complete(line)).toEqual(words)
      })

      test.skipIf(nodes.length === 0)('devices by their names', () => {
        expect(completing.complete('evswitch monitor event')).toEqual([...nodes].sort())
      })
    },
  )
}

describe('evswitch completion', () => {
  test.each([
    ['bash', 'evswitch'],
    ['zsh', '_evswitch'],
    ['fish', 'evswitch.fish'],
  ])('prints for %s what is installed: npm run docs writes it anew', async (shell, file) => {
    const path = new URL(`../../../completions/${file}`, import.meta.url)
    expect((await capture(['completion', shell])).out).toBe(readFileSync(path, 'utf8'))
  })

  test.each([
    [['completion'], "missing required argument 'shell'"],
    [
      ['completion', 'tcsh'],
      "command-argument value 'tcsh' is invalid for argument 'shell'. Allowed choices are bash, zsh, fish.",
    ],
  ])('%j is a usage error', async (args, message) => {
    expect(await capture(args)).toEqual({ code: 2, out: '', err: `evswitch: ${message}\n` })
  })

  test('has a help that fits 80 columns', async () => {
    const { out } = await capture(['completion', '--help'])
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
  })
})
