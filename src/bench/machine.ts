import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem, version } from 'node:os'

/** What figures of this machine depend on. Texts are as the kernel gives them; undefined where it says nothing. */
export interface Machine {
  readonly kernel: string
  readonly processor: string
  readonly processors: number
  readonly memoryMib: number
  /** How the processor's frequency is chosen: 'performance', 'powersave', 'schedutil'. */
  readonly governor: string | undefined
  /** 'full', 'voluntary', 'none', 'lazy', or what the kernel was built with. */
  readonly preemption: string | undefined
  /** PREEMPT_RT. */
  readonly realtimeKernel: boolean
  readonly clock: string | undefined
  /** The kernel itself runs in a virtual machine. */
  readonly virtual: boolean
  readonly node: string
}

/** Describes this machine. `root` stands before /sys and /proc. */
export function describeMachine(root = '/'): Machine {
  const read = (path: string) => readText(`${root}${path}`)
  const build = version()
  const flags = read('proc/cpuinfo') ?? ''
  return {
    kernel: `${release()} ${build}`,
    processor: cpus()[0]?.model.trim() || 'unknown',
    processors: availableParallelism(),
    memoryMib: Math.round(totalmem() / 2 ** 20),
    governor: read('sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'),
    preemption: preemption(read('sys/kernel/debug/sched/preempt'), build),
    realtimeKernel: existsSync(`${root}sys/kernel/realtime`) || build.includes('PREEMPT_RT'),
    clock: read('sys/devices/system/clocksource/clocksource0/current_clocksource'),
    virtual: /^flags\s*:.*\bhypervisor\b/m.test(flags),
    node: process.version,
  }
}

/** 'none voluntary (full)' names what holds now; only root can read it. */
function preemption(choice: string | undefined, build: string): string | undefined {
  const chosen = /\((\w+)\)/.exec(choice ?? '')?.[1]
  return chosen ?? /PREEMPT\w*/.exec(build)?.[0]
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}
