import { expect, test } from 'vitest'
import { simApi } from '../../src/native/sim.ts'
import { huntChanged } from './changes-property.ts'

const runs = Number(process.env['EVSWITCH_RUNS'] ?? 20_000)
const seed = Number(process.env['EVSWITCH_SEED'] ?? Math.floor(Math.random() * 2 ** 31))

test(`every rule holds while everything changes, in ${runs.toLocaleString('en')} random scripts`, {
  timeout: 30_000 + 10 * runs,
}, () => {
  const { scripts, steps, failure } = huntChanged(simApi(), seed, runs)

  process.stdout.write(
    `changes: ${scripts.toLocaleString('en')} scripts, ${steps.toLocaleString('en')} steps, seed ${seed}\n`,
  )
  if (failure) expect.fail(`${failure.rule}, seed ${seed}\nnpm run replay -- ${failure.hex}`)
  expect(scripts).toBe(runs)
  expect(steps).toBeGreaterThan(10 * runs)
})
