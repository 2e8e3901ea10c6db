import { PATIENCE_MS } from './deadline.ts'
import type { LabVm } from './vm.ts'

/** A thread of a process, and how often it went to sleep and was woken in a time. */
export interface ThreadWakeUps {
  readonly id: string
  readonly name: string
  readonly count: number
}

/** The wake-ups of each thread of a process during so many seconds of the machine; the main thread is the first. */
export async function wakeUps(vm: LabVm, pid: string, seconds: number): Promise<ThreadWakeUps[]> {
  const look = `grep -H -E '^(Name|voluntary_ctxt_switches):' /proc/${pid}/task/*/status`
  const text = await vm.check(`${look}; sleep ${seconds}; echo later; ${look}`, {
    deadlineMs: 1000 * seconds + PATIENCE_MS,
  })
  const [before = '', after = ''] = text.split('later\n')
  const earlier = new Map(threadsOf(before).map(({ id, count }) => [id, count]))
  return threadsOf(after)
    .map(({ id, name, count }) => ({ id, name, count: count - (earlier.get(id) ?? 0) }))
    .sort((one, other) => Number(other.id === pid) - Number(one.id === pid))
}

function threadsOf(text: string): ThreadWakeUps[] {
  const fact = (name: string) =>
    new Map(
      [...text.matchAll(new RegExp(`^/proc/\\d+/task/(\\d+)/status:${name}:\\s+(.*)$`, 'gm'))].map(
        ([, id = '', value = '']) => [id, value],
      ),
    )
  const counts = fact('voluntary_ctxt_switches')
  return [...fact('Name')].map(([id, name]) => ({ id, name, count: Number(counts.get(id)) }))
}
