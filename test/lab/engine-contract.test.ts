import { describe, expect, test } from 'vitest'
import { contract } from '../engine/contract.ts'
import type { ContractResult } from './engine-contract.ts'
import { sharedLab } from './shared-lab.ts'

const lab = sharedLab()

/** One process inside runs all cases, because Node takes seconds to start there. */
let results: Promise<ReadonlyMap<string, string>> | undefined

async function runInside(): Promise<ReadonlyMap<string, string>> {
  const script = ['node', '--import', 'tsx', 'test/lab/engine-contract.ts']
  const { stdout, stderr } = await lab.vm.run(script, { deadlineMs: 300_000 })
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
  const found = lines.map((line) => JSON.parse(line) as ContractResult)
  if (found.length < contract.length) throw new Error(`it ended early\n${stdout}${stderr}`)
  return new Map(found.map(({ name, error }) => [name, error]))
}

describe('the engine on a real kernel', () => {
  for (const { name } of contract) {
    test(name, async () => {
      results ??= runInside()
      expect((await results).get(name)).toBe('')
    })
  }
})
