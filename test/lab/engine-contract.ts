// Runs inside the machine: the contract of test/engine/contract.ts on the real engine. One JSON line a case.
import { contract } from '../engine/contract.ts'
import { KernelWorld } from './engine-world.ts'

/** What became of one case; `error` is empty when it is kept. */
export interface ContractResult {
  readonly name: string
  readonly error: string
}

if (process.argv[1] === import.meta.filename) {
  for (const { name, run } of contract) {
    const result: ContractResult = { name, error: await errorOf(run) }
    process.stdout.write(`${JSON.stringify(result)}\n`)
  }
}

async function errorOf(run: (typeof contract)[number]['run']): Promise<string> {
  try {
    await run((options) => KernelWorld.create(options))
    return ''
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}
