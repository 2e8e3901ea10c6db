import { expect, test } from 'vitest'
import { limits } from '../../src/control/limits.ts'
import { flood, routeDuring } from './control-flood.ts'
import { sharedLab } from './shared-lab.ts'

const lab = sharedLab()

/** bench/flood.ts has ten thousand. */
const CONNECTIONS = 300
/** The engine may wait 1.3 s for a processor and lose nothing; bench/flood.ts moves faster, and looks at the latency. */
const SLOW_HZ = 25
/** Descriptors of the service beside its clients: devices, nodes, threads, files. */
const OTHER_DESCRIPTORS = 64
/** Resident, with what waits for clients that do not read. */
const MOST_KB = 160 * 1024

test('clients that do everything wrong end nothing, hold little, and cost the guest no frame', async () => {
  const { sent, keysSeen, before, after, result } = await routeDuring(
    lab.vm,
    { hz: SLOW_HZ },
    async (service) => await flood(lab.vm, service, CONNECTIONS),
  )
  expect(result.connections).toBe(CONNECTIONS)
  expect(result.mostDescriptors).toBeLessThan(limits.clients + OTHER_DESCRIPTORS)
  expect(result.mostResidentKb).toBeLessThan(MOST_KB)
  // The same process, and the guest has the input still.
  expect(after).toMatchObject({ pid: before.pid, active: 'guest' })
  const frames = sent.frames + 2 * sent.keys
  expect(after.counters.framesIn - before.counters.framesIn).toBe(frames)
  expect(after.counters.framesOut - before.counters.framesOut).toBe(frames)
  expect(after.counters).toMatchObject({ drops: 0, writeErrors: 0, eventsLost: 0 })
  expect(keysSeen).toBe(2 * sent.keys)
})
