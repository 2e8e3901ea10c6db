import type { Latency } from '../engine/types.ts'
import type { Bar } from './histogram.ts'
import type { Machine } from './machine.ts'
import type { Figures } from './samples.ts'

export type FrameKind = 'mouse' | 'key'

/** `direct`: the reader on the device itself, which is what any program in between adds to. */
export type Way = 'direct' | 'evswitch'

/** What one measurement is of. */
export interface Case {
  readonly way: Way
  readonly kind: FrameKind
  /** Frames a second. */
  readonly hz: number
  /** Every processor has something else to do, at ordinary priority. */
  readonly busy: boolean
  /** The engine has SCHED_FIFO. */
  readonly realtime: boolean
}

/** What became of the frames of a case. */
export interface CaseResult extends Case {
  readonly sent: number
  readonly lost: number
  /** Frames a second that were really sent. */
  readonly reachedHz: number
  /** The machine sent as many frames as wanted, in time; otherwise the latencies say nothing of the rate. */
  readonly held: boolean
  /** From when the frame was due to when the reader had it: see docs/benchmarking.md, coordinated omission. */
  readonly latency: Figures
  /** From the moment before it was written; what `latency` has more is the sender's own lateness. */
  readonly sinceSent: Figures
  /** How late the sender was. */
  readonly late: Figures
  /** The engine's own figure: the kernel's stamp of the frame to its write done; only of evswitch. */
  readonly engine: Latency | undefined
  /** Processor time of the engine's thread; undefined where the kernel does not count it. */
  readonly cpuUsPerThousandFrames: number | undefined
  /** Of `latency`. */
  readonly bars: readonly Bar[]
  /** The worst of `latency` in each part of the run: seconds since its start, ns. */
  readonly timeline: readonly (readonly [seconds: number, worstNs: number])[]
}

export interface SwitchResult {
  readonly realtime: boolean
  readonly switches: number
  /** The completing press, before it is written, to the first event at a reader of the new target. */
  readonly firstEvent: Figures
  /** The engine's own figure: the kernel's stamp of the press to routing changed. */
  readonly engine: Latency
}

export interface ThroughputResult {
  readonly devices: number
  readonly realtime: boolean
  /** Frames a second and device. The highest of those tried at which none was lost. */
  readonly losslessHz: number | undefined
  /** The lowest of those tried at which frames were lost or could not be sent in time. */
  readonly failedHz: number | undefined
  readonly failure: 'lost' | 'not-held' | undefined
}

/** Everything that `evswitch bench` found. */
export interface BenchReport {
  readonly evswitch: 'bench'
  readonly version: 1
  readonly startedAt: string
  /** False for a run that was interrupted: what is here was measured, and something is missing. */
  readonly complete: boolean
  readonly measured: number
  readonly planned: number
  readonly machine: Machine
  readonly secondsPerCase: number
  /** What a reader of the figures must know, such as a priority that was refused. */
  readonly notes: readonly string[]
  readonly cases: readonly CaseResult[]
  readonly switching: readonly SwitchResult[]
  readonly throughput: readonly ThroughputResult[]
  /** Resident memory of this process, Node included, in MiB. */
  readonly memoryMib: number | undefined
}
