import type { Frame } from '../../src/capture/frames.ts'

/** A frame of `[type, code, value]` events, read 50 µs after the kernel made it. */
export function frameOf(
  timeUs: number,
  ...events: readonly (readonly [number, number, number])[]
): Frame {
  const kernelNs = BigInt(timeUs) * 1000n
  return {
    events: events.map(([type, code, value]) => ({ type, code, value })),
    kernelNs,
    readNs: kernelNs + 50_000n,
    dropped: false,
    cut: 0,
  }
}
