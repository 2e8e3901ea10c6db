import fc from 'fast-check'
import { expect, test } from 'vitest'
import { simApi } from '../../src/native/sim.ts'

const runs = Number(process.env['EVSWITCH_RUNS'] ?? 20_000)
const seed = Number(process.env['EVSWITCH_SEED'] ?? Math.floor(Math.random() * 2 ** 31))

/** STAGE_CLONES of native/sim/play.c. */
const withClones = 1 << 3

test(`a clone and its device are in the same place, and at rest when left, in ${runs.toLocaleString('en')} random scripts`, {
  timeout: 30_000 + 10 * runs,
}, () => {
  const api = simApi()
  const scripts = fc.tuple(fc.nat(7), fc.uint8Array({ maxLength: 200, size: 'max' }))
  const holds = ([stage, steps]: [number, Uint8Array]) =>
    api.play(Uint8Array.of(stage | withClones, ...steps)).brokenRule === undefined
  const { counterexample } = fc.check(fc.property(scripts, holds), { seed, numRuns: runs })
  if (counterexample === null) return
  const [[stage, steps]] = counterexample
  const script = Uint8Array.of(stage | withClones, ...steps)
  expect.fail(
    `${api.play(script).brokenRule}, seed ${seed}\nnpm run replay -- ${Buffer.from(script).toString('hex')}`,
  )
})
