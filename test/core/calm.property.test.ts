import { describe, expect, test } from 'vitest'
import { simApi } from '../../src/native/sim.ts'
import { huntCalmly } from './calm-property.ts'

const runs = Number(process.env['EVSWITCH_CALM_RUNS'] ?? 3_000)
const seed = Number(process.env['EVSWITCH_SEED'] ?? Math.floor(Math.random() * 2 ** 31))

describe('the switching core', () => {
  test(`shows every target what the model says in ${runs.toLocaleString('en')} calm scripts`, {
    timeout: 30_000 + 50 * runs,
  }, () => {
    const { scripts, steps, failure } = huntCalmly(simApi(), seed, runs)

    process.stdout.write(
      `model: ${scripts.toLocaleString('en')} scripts, ` +
        `${steps.toLocaleString('en')} steps, seed ${seed}\n`,
    )
    if (failure) expect.fail(`${failure}\n\nagain: EVSWITCH_SEED=${seed} npm test -- test/core`)
    expect(scripts).toBe(runs)
  })
})
