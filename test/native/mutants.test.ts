import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { build, huntIn, mutants } from './mutants.ts'

/**
 * Shows that the property test can fail: the same hunt finds each fault put into the core, within a fifth
 * of the scripts that it plays on the real one.
 */
const runs = 20_000
const seed = Number(process.env['EVSWITCH_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const folder = mkdtempSync(join(tmpdir(), 'evswitch-mutants-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe(`the property test (seed ${seed})`, () => {
  test('finds nothing in the core as it is, built as the mutants are', async () => {
    const library = await build(join(folder, 'none'), undefined)

    expect(await huntIn(library, seed, runs)).toMatchObject({ by: 'nothing' })
  })

  test.for(mutants)('catches the fault: $name', async (mutant) => {
    const library = await build(join(folder, String(mutants.indexOf(mutant))), mutant)
    const caught = await huntIn(library, seed, runs)

    process.stdout.write(`${mutant.name}: ${shown(caught)}\n`)
    expect(caught.by).not.toBe('nothing')
  })
})

function shown(caught: Awaited<ReturnType<typeof huntIn>>): string {
  if (caught.by === 'crash') return caught.text
  const { scripts, failure } = caught.hunt
  return failure ? `${failure.rule}, after ${scripts} scripts: ${failure.hex}` : `not caught`
}
