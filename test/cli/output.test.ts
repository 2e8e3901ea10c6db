import { spawnSync } from 'node:child_process'
import { openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** Runs the program with its standard output going there. */
function runInto(output: number): { status: number | null; stderr: string } {
  const args = ['--import', 'tsx', main, 'completion', 'bash']
  const { status, stderr } = spawnSync(process.execPath, args, {
    stdio: ['ignore', output, 'pipe'],
    encoding: 'utf8',
  })
  return { status, stderr }
}

test('a full disk is told in one line', () => {
  const full = openSync('/dev/full', 'w')
  expect(runInto(full)).toEqual({
    status: 1,
    stderr: 'evswitch: cannot write the output: ENOSPC\n',
  })
})
