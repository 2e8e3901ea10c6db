import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { build, huntIn, mutants } from './mutants.ts'

/**
 * Shows that the property tests can fail: the same hunts find each fault put into the core, within less
 * than half of the scripts that they play on the real one.
 */
const runs = 40_000
const calmRuns = 300
const seed = Number(process.env['EVSWITCH_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const folder = mkdtempSync(join(tmpdir(), 'evswitch-mutants-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe(`the property tests (seed ${seed})`, () => {
  test('find nothing in the core as it is, built as the mutants are', async () => {
    const library = await build(join(folder, 'none'), undefined)

    expect(await huntIn(library, seed, runs, calmRuns)).toMatchObject({ by: 'nothing' })
  })

  test.for(mutants)('catch the fault: $name', async (mutant) => {
    const library = await build(join(folder, String(mutants.indexOf(mutant))), mutant)
    const caught = await huntIn(library, seed, runs, calmRuns)

    process.stdout.write(`${mutant.name}: ${caught.text}\n`)
    expect(caught.by).not.toBe('nothing')
  })
})
