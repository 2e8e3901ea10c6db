import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { allCommands, commandTree } from '../../src/cli/command-tree.ts'
import { manPage } from '../../src/cli/man-page.ts'
import { wholeProgram } from '../../src/cli/program.ts'

const path = fileURLToPath(new URL('../../man/evswitch.1', import.meta.url))
const packageUrl = new URL('../../package.json', import.meta.url)
const { version } = JSON.parse(readFileSync(packageUrl, 'utf8')) as { version: string }
const nowhere = { out: () => {}, err: () => {}, columns: 80, backlogBytes: 0 }

/** Undefined where the program is missing. */
function run(program: string, ...args: string[]): { output: string; errors: string } | undefined {
  const { error, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  return error === undefined ? { output: stdout, errors: stderr } : undefined
}

describe('the manual page', () => {
  test('is what the commands say of themselves: npm run docs writes it anew', async () => {
    const page = manPage(commandTree(await wholeProgram(nowhere)), version)
    expect(readFileSync(path, 'utf8')).toBe(page)
  })

  test('tells of every command and every option', async () => {
    const page = readFileSync(path, 'utf8').replaceAll('\\-', '-')
    for (const { path: command, options } of allCommands(
      commandTree(await wholeProgram(nowhere)),
    )) {
      if (command !== 'evswitch help') expect(page).toContain(command)
      for (const { flags } of options) expect(page).toContain(`.B ${flags}`)
    }
  })

  test('is formatted without a warning, in lines of 80 columns, and examples stay as they are', ({
    skip,
  }) => {
    const formatted = run('groff', '-man', '-ww', '-rLL=78n', '-Tascii', '-P-cbou', path)
    if (formatted === undefined) return skip('groff is not installed')
    expect(formatted.errors).toBe('')
    const text = formatted.output
    expect(text).toContain('evswitch run --clone x-box --clone wacom')
    expect(text).toMatch(/EVSWITCH\(1\)/)
  })

  test('is right in the eyes of mandoc', ({ skip }) => {
    const linted = run('mandoc', '-Tlint', '-Wwarning', path)
    if (linted === undefined) return skip('mandoc is not installed')
    // A page that is made has no date of its own.
    const warnings = linted.output.split('\n').filter((line) => !/missing date/.test(line))
    expect(warnings.join('\n')).toBe('')
  })
})
