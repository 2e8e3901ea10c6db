import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, type RunnerTestCase } from 'vitest'
import { ROOT } from './cache.ts'
import { LabUnavailable } from './lab-error.ts'
import { bootLab, type LabOptions, type LabVm } from './vm.ts'

/** The machine that the tests of a file share. */
export interface SharedLab {
  /** In the state after boot when a test begins; only to be read inside tests and their hooks. */
  readonly vm: LabVm
}

interface Running {
  readonly key: string
  readonly vm: LabVm
}

/** Kept where the next test file finds it, when the runner does not start a process for each. */
const shelf = globalThis as {
  evswitchLab?: Running | undefined
  evswitchLabRecord?: LabRecord
}

/**
 * A machine for the tests of this file (or describe block): booted before the first one, put back to its
 * first state before each, and booted again when one has ended it. Where the lab cannot run the tests are
 * skipped with the reason; EVSWITCH_LAB=required makes that a failure, EVSWITCH_LAB=off skips always.
 */
export function sharedLab(options: LabOptions = {}): SharedLab {
  let missing: string | undefined
  let vm: LabVm | undefined
  const tests: RunnerTestCase[] = []

  beforeAll(async () => {
    try {
      vm = await takeMachine(options)
    } catch (error) {
      if (!(error instanceof LabUnavailable) || isRequired()) throw error
      missing = error.message
      process.stderr.write(`lab: tests are skipped: ${missing}\n`)
    }
  })

  beforeEach(async ({ skip, task }) => {
    tests.push(task)
    if (missing !== undefined) skip(missing)
    const known = vm
    vm = await takeMachine(options)
    if (vm === known) await resetOrEnd(vm)
  })

  afterAll(() => record(tests, vm?.kernelRelease))

  return {
    get vm() {
      if (!vm) throw new Error('the lab is there only while tests run')
      return vm
    },
  }
}

/** A machine that a test left in a state beyond repair is not for the tests that follow. */
async function resetOrEnd(vm: LabVm): Promise<void> {
  try {
    await vm.reset()
  } catch (error) {
    await vm.shutdown()
    throw error
  }
}

function isRequired(): boolean {
  return process.env['EVSWITCH_LAB'] === 'required'
}

/** The running machine when it is of this kind and alive; else a new one in its place. */
async function takeMachine(options: LabOptions): Promise<LabVm> {
  if (process.env['EVSWITCH_LAB'] === 'off') throw new LabUnavailable('EVSWITCH_LAB is off')
  const key = JSON.stringify(options)
  const running = shelf.evswitchLab
  if (running?.key === key && !running.vm.hasEnded) return running.vm
  await running?.vm.shutdown()
  shelf.evswitchLab = undefined
  const vm = await bootLab(options)
  shelf.evswitchLab = { key, vm }
  return vm
}

/** What CI tells about the lab: how many tests had a machine, how many did not, and on which kernels. */
interface LabRecord {
  scenarios: number
  skipped: number
  kernels: string[]
}

const RECORDS = join(ROOT, 'test-results/lab')

/** Each worker keeps a file of its own; scripts/ci-summary.mjs adds them up. */
function record(tests: readonly RunnerTestCase[], kernel: string | undefined): void {
  const sum = shelf.evswitchLabRecord ?? { scenarios: 0, skipped: 0, kernels: [] }
  shelf.evswitchLabRecord = sum
  for (const test of tests) {
    if (test.result?.state === 'skip') sum.skipped++
    else sum.scenarios++
  }
  if (kernel !== undefined && !sum.kernels.includes(kernel)) sum.kernels.push(kernel)
  mkdirSync(RECORDS, { recursive: true })
  writeFileSync(join(RECORDS, `${process.pid}.json`), `${JSON.stringify(sum)}\n`)
}
