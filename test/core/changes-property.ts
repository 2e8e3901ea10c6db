import fc from 'fast-check'
import type { SimApi } from '../../src/native/sim.ts'
import { encode, type Step, stageNumbers, stepNames, stepNumbers, stepOf } from './script.ts'
import type { Hunt } from './switching-property.ts'

/** STAGE_CHANGES of native/sim/play.c. */
const withChanges = 1 << 5

/** STEP_CHANGE; those of clones and maps stand before it. */
const stepChange = stepNames.length + 6

/** As change() in play.c reads it: what, on which device, and how. */
const change = fc
  .tuple(fc.nat(10), fc.nat(3), fc.nat(255))
  .map((args): Step => ({ step: stepChange, args: [...args] }))
const usual = fc.nat(stepNumbers - 1).map(stepOf)

const scripts = fc.record({
  stage: fc.nat(stageNumbers - 1),
  steps: fc.array(fc.oneof({ weight: 8, arbitrary: usual }, { weight: 1, arbitrary: change }), {
    maxLength: 100,
    size: 'max',
  }),
})

/**
 * Plays random scripts in which targets come and go, devices are pinned, hotkeys are replaced and locked, the machine
 * sleeps and the engine is killed, until one breaks a rule of switching or `runs` have not.
 */
export function huntChanged(api: Pick<SimApi, 'play'>, seed: number, runs: number): Hunt {
  let steps = 0
  let played = 0
  const property = fc.property(scripts, ({ stage, steps: all }) => {
    const result = api.play(encode(stage | withChanges, all))
    played++
    steps += result.steps
    return result.brokenRule === undefined
  })
  const details = fc.check(property, { seed, numRuns: runs })
  const [script] = details.counterexample ?? []
  const bytes = script && encode(script.stage | withChanges, script.steps)
  const failure = bytes && {
    rule: api.play(bytes).brokenRule ?? 'unknown',
    hex: Buffer.from(bytes).toString('hex'),
    script: '',
  }
  return { seed, scripts: details.failed ? details.numRuns : played, steps, failure }
}
