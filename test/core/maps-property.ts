import fc from 'fast-check'
import type { SimApi } from '../../src/native/sim.ts'
import { encode, type Step, stageNumbers, stepNames, stepNumbers, stepOf } from './script.ts'
import type { Hunt } from './switching-property.ts'

/** STAGE_MAPS of native/sim/play.c. */
const withMaps = 1 << 4

/** STEP_MAP, STEP_WAIT and STEP_CLASSIFY; those of clones stand before them. */
const stepMap = stepNames.length + 3
const byte = fc.nat(255)

/** As set_map() in play.c reads it: any bytes are a map. */
const map = fc
  .array(byte, { minLength: 30, maxLength: 30, size: 'max' })
  .map((args): Step => ({ step: stepMap, args }))
const wait = byte.map((ms): Step => ({ step: stepMap + 1, args: [ms] }))
const classify = fc
  .tuple(fc.nat(3), fc.nat(1))
  .map((args): Step => ({ step: stepMap + 2, args: [...args] }))
const usual = fc.nat(stepNumbers - 1).map(stepOf)

const scripts = fc.record({
  stage: fc.nat(stageNumbers - 1),
  first: map,
  steps: fc.array(
    fc.oneof(
      { weight: 20, arbitrary: usual },
      { weight: 1, arbitrary: map },
      { weight: 2, arbitrary: wait },
      { weight: 1, arbitrary: classify },
    ),
    { maxLength: 100, size: 'max' },
  ),
})

/**
 * Plays random scripts with random maps, which are replaced while keys are held, until one breaks a rule of switching or
 * `runs` have not: above all, nothing that a rule or a macro pressed stays down.
 */
export function huntMapped(api: Pick<SimApi, 'play'>, seed: number, runs: number): Hunt {
  let steps = 0
  let played = 0
  const bytesOf = (stage: number, all: readonly Step[]) => encode(stage | withMaps, all)
  const property = fc.property(scripts, ({ stage, first, steps: rest }) => {
    const result = api.play(bytesOf(stage, [first, ...rest]))
    played++
    steps += result.steps
    return result.brokenRule === undefined
  })
  const details = fc.check(property, { seed, numRuns: runs })
  const [script] = details.counterexample ?? []
  const bytes = script && bytesOf(script.stage, [script.first, ...script.steps])
  const failure = bytes && {
    rule: api.play(bytes).brokenRule ?? 'unknown',
    hex: Buffer.from(bytes).toString('hex'),
    script: '',
  }
  return { seed, scripts: details.failed ? details.numRuns : played, steps, failure }
}
