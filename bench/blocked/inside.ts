/**
 * The part of bench/blocked.ts that runs inside the lab: one process with the engine and JavaScript, as evswitch run is.
 * Prints a line of JSON for each measurement.
 */

import { Metronome } from '../../src/bench/metronome.ts'
import { benchTargets, Route } from '../../src/bench/route.ts'

const HZ = 1000
const WARM_UP_FRAMES = 500
const BUSY_MS = 5000
const FRAMES = Number(process.argv[2])

const { signal } = new AbortController()

/** Nothing else of JavaScript happens meanwhile. */
function beBusy(): void {
  const endMs = performance.now() + BUSY_MS
  while (performance.now() < endMs);
}

for (const realtime of [true, false]) {
  using metronome = await Metronome.start({ kind: 'mouse', signal })
  await using route = await Route.open({ realtime, targets: [benchTargets[0]], signal })
  await route.connect(metronome)
  await metronome.beat(HZ, WARM_UP_FRAMES, signal)
  for (const isBusy of [false, true]) {
    const startedMs = performance.now()
    const beating = metronome.beat(HZ, FRAMES, signal)
    if (isBusy) beBusy()
    const { sent, received, tookNs } = await beating
    // All frames were sent while it was busy, or their end would come later.
    if (isBusy && performance.now() > startedMs + BUSY_MS + 500) {
      throw new Error('the frames did not come while JavaScript was busy')
    }
    console.log(JSON.stringify({ realtime, isBusy, sent, received, tookNs }))
  }
}
