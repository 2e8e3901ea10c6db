/** What one clock's measurement is made of. */

import { FIGURES, type Figures, type FrameKind } from '../added/samples.ts'
import type { WayGroup } from './ways.ts'

/** Instructions of one emulated processor, or the time that everybody has. */
export type Clock = 'virtual' | 'ordinary'

export interface Plan {
  readonly clock: Clock
  /** Of each way, kind and round. */
  readonly frames: number
  readonly rounds: number
  /** The figure that ratios are made of. */
  readonly ratioOf: 'meanNs' | 'p50Ns'
}

/** The median of the rounds, figure by figure; of `maxNs` the worst. */
export type Row = {
  readonly way: string
  readonly group: WayGroup
  readonly endToEnd: Figures
  readonly added: Figures
  /** Of what is added, against the epoll reference in the same round: the median of the rounds. */
  readonly ratioToEpoll?: number
}

export interface Section {
  readonly kind: FrameKind
  readonly direct: Figures
  readonly rows: readonly Row[]
}

export interface Part extends Plan {
  readonly complete: boolean
  /** Ways that gave no figures, and why. */
  readonly failures: readonly string[]
  readonly sections: readonly Section[]
}

/** Figure by figure the median, and the worst maximum. */
export function median(all: readonly Figures[]): Figures {
  const entries = FIGURES.map((name) => {
    const sorted = all.map((figures) => figures[name]).sort((a, b) => a - b)
    const index = name === 'maxNs' ? sorted.length - 1 : Math.floor((sorted.length - 1) / 2)
    return [name, sorted[index] ?? Number.NaN] as const
  })
  return Object.fromEntries(entries) as Record<(typeof FIGURES)[number], number>
}
