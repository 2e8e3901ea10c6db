import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { simApi } from '../../src/native/sim.ts'
import { type Failure, hunt } from './switching-property.ts'

const runs = Number(process.env['EVSWITCH_RUNS'] ?? 100_000)
const seed = Number(process.env['EVSWITCH_SEED'] ?? Math.floor(Math.random() * 2 ** 31))

describe('the switching core', () => {
  test(`keeps every rule of switching in ${runs.toLocaleString('en')} random scripts`, {
    timeout: 30_000 + 10 * runs,
  }, () => {
    const result = hunt(simApi(), seed, runs)

    process.stdout.write(
      `property: ${result.scripts.toLocaleString('en')} scripts, ` +
        `${result.steps.toLocaleString('en')} steps, seed ${seed}\n`,
    )
    if (result.failure) expect.fail(report(result.failure, keep(result.failure)))
    expect(result.scripts).toBe(runs)
    expect(result.steps).toBeGreaterThan(10 * runs)
  })
})

/** From now on the script is played under sanitizers with every test run: test/native/seeds.test.ts. */
function keep({ hex, rule }: Failure): string {
  const name = `${createHash('sha256').update(hex).digest('hex').slice(0, 12)}.hex`
  writeFileSync(new URL(`seeds/${name}`, import.meta.url), `${hex} # ${rule}\n`)
  return `test/core/seeds/${name}`
}

function report({ rule, hex, script }: Failure, file: string): string {
  return [
    rule,
    '',
    script,
    '',
    `again:            EVSWITCH_SEED=${seed} npm test -- test/core`,
    `under sanitizers: npm run replay -- ${hex}`,
    `kept in:          ${file}`,
  ].join('\n')
}
