import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nativeFolder, runProgram } from './make.ts'

const seconds = 5
const script = join(nativeFolder, '../scripts/fuzz.mjs')
const hasClang = spawnSync('clang-19', ['--version']).status === 0
// CI installs what it needs; elsewhere a test installs nothing.
const mayInstall = process.env['CI'] !== undefined && process.getuid?.() === 0

describe('a short run of libFuzzer', () => {
  test.for(['play', 'feed'])('over %s finds nothing', async (target, { skip }) => {
    skip(!hasClang && !mayInstall, 'clang-19 is not installed')
    const output = await runProgram(
      process.execPath,
      ...[script, '--no-record', '--seconds', String(seconds), target],
    )

    process.stdout.write(output)
    expect(output).toContain(' 0 crashes')
  })
})
