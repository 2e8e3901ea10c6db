import fc from 'fast-check'
import type { PlayResult, SimApi } from '../../src/native/sim.ts'
import {
  describeScript,
  encode,
  type Step,
  stageNumbers,
  stepNumbers,
  stepOf,
  toHex,
} from './script.ts'

export interface Hunt {
  readonly seed: number
  /** Scripts that were played, those of shrinking not counted. */
  readonly scripts: number
  readonly steps: number
  /** The shortest script found that breaks a rule; undefined when every one holds. */
  readonly failure: Failure | undefined
}

export interface Failure {
  readonly rule: string
  readonly hex: string
  /** In words. */
  readonly script: string
}

const scriptSteps = 100

const scripts = fc.record({
  stage: fc.nat(stageNumbers - 1),
  steps: fc.array(fc.nat(stepNumbers - 1).map(stepOf), { maxLength: scriptSteps, size: 'max' }),
})

interface Script {
  readonly stage: number
  readonly steps: readonly Step[]
}

/**
 * Plays random scripts on the core until one breaks a rule of switching or `runs` have not: whatever
 * fingers, devices, consumers, commands and the kernel's delays do, in whatever order, rules 1 to 4, 6 and
 * 10 hold (native/sim/sim.c, `enum rule`).
 */
export function hunt(api: Pick<SimApi, 'play'>, seed: number, runs: number): Hunt {
  let steps = 0
  let played = 0
  const holds = ({ stage, steps: script }: Script) => {
    const result = api.play(encode(stage, script))
    played++
    steps += result.steps
    return result.brokenRule === undefined
  }
  const details = fc.check(fc.property(scripts, holds), { seed, numRuns: runs })
  const [script] = details.counterexample ?? []
  const failure = script && failureOf(script, api.play(encode(script.stage, script.steps)))
  return { seed, scripts: details.failed ? details.numRuns : played, steps, failure }
}

function failureOf({ stage, steps }: Script, { brokenRule = 'unknown' }: PlayResult): Failure {
  return {
    rule: brokenRule,
    hex: toHex(encode(stage, steps)),
    script: describeScript(stage, steps),
  }
}
