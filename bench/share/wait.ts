import { setTimeout as sleep } from 'node:timers/promises'

const patienceMs = 120_000

/** Waits for a fact. */
export async function waitUntil(
  what: string,
  isSo: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = performance.now() + patienceMs
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`it has not happened that ${what}`)
    await sleep(20)
  }
}
