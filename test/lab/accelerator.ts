import { accessSync, constants, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { release as hostRelease } from 'node:os'
import { join } from 'node:path'
import { CACHE, makeCache } from './cache.ts'
import { within } from './deadline.ts'
import type { Kernel } from './kernel.ts'
import { type Accelerator, machineArguments } from './lab-options.ts'
import { Machine } from './machine.ts'

/** A machine that runs on KVM needs about 2 s to its agent. */
const KVM_DEADLINE_MS = 20_000

/**
 * KVM when this kernel really boots on it, else emulation. That /dev/kvm can be opened says little: inside
 * some virtual machines it is there and every kernel hangs. It is tried once and the verdict kept.
 */
export async function chooseAccelerator(
  kernel: Kernel,
  wanted: Accelerator | 'auto' = 'auto',
): Promise<Accelerator> {
  if (wanted !== 'auto') return wanted
  if (!canOpenKvm()) return 'tcg'
  const file = join(CACHE, `kvm-boots-${kernel.release}-on-${hostRelease()}.json`)
  if (!existsSync(file)) {
    process.stderr.write('lab: trying once whether KVM boots here ...\n')
    makeCache()
    const verdict = JSON.stringify(await tryKvm(kernel))
    // Two that look at once both try; neither may read half a verdict.
    writeFileSync(`${file}.${process.pid}`, verdict)
    renameSync(`${file}.${process.pid}`, file)
  }
  const { boots } = JSON.parse(readFileSync(file, 'utf8')) as KvmVerdict
  return boots ? 'kvm' : 'tcg'
}

interface KvmVerdict {
  readonly boots: boolean
  /** For the person who looks why it does not. */
  readonly reason?: string
}

function canOpenKvm(): boolean {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}

async function tryKvm(kernel: Kernel): Promise<KvmVerdict> {
  const machine = new Machine(machineArguments(kernel, 'kvm', ['ps2'], {}))
  try {
    await within(KVM_DEADLINE_MS, machine.agent.hello, () => machine.explain('no answer'))
    return { boots: true }
  } catch (error) {
    return { boots: false, reason: String(error) }
  } finally {
    await machine.stop()
  }
}
