/** The script that the lab runs: every forwarder and both kinds of frames, one after another. */

import { basename, join } from 'node:path'
import type { Forwarder } from './forwarders.ts'
import { DIRECT_FIRST, DIRECT_LAST, runLabel } from './report.ts'
import { FRAME_KINDS, type FrameKind } from './samples.ts'

/** One word of a shell command, whatever it contains. */
function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}

/** One run of `pace`, program first; without a forwarder it measures the direct way. */
export function paceArguments(
  buildDir: string,
  kind: FrameKind,
  frames: number,
  name: string,
  forwarder?: Forwarder,
): string[] {
  const words = [join(buildDir, 'pace'), '--kind', kind, '--frames', String(frames)]
  words.push('--label', runLabel(kind, name))
  if (forwarder?.settleMs !== undefined) words.push('--settle-ms', String(forwarder.settleMs))
  if (forwarder?.destination !== undefined) {
    const node = kind === 'mouse' ? 'mouse' : 'kbd'
    words.push('--destination', forwarder.destination.replace('{kind}', node))
  }
  if (forwarder !== undefined) words.push('--', ...forwarder.command)
  return words
}

/**
 * A bash script. It reads every program once before anything is timed: a page that is still on the
 * disk would let the guest's clock jump.
 */
export function makeScript(
  buildDir: string,
  forwarders: readonly Forwarder[],
  frames: number,
): string {
  const programs = new Set([
    join(buildDir, 'pace'),
    ...forwarders.flatMap((forwarder) => forwarder.command.slice(0, 1)),
  ])
  const measure = (kind: FrameKind, name: string, forwarder?: Forwarder): string => {
    const words = paceArguments(buildDir, kind, frames, name, forwarder)
    return `${words.map(quote).join(' ')} || { echo ${quote(`could not measure ${runLabel(kind, name)}`)} >&2; exit 1; }`
  }
  return [
    'set -u',
    ...[...programs].map((program) => `cat ${quote(program)} > /dev/null # ${basename(program)}`),
    ...FRAME_KINDS.flatMap((kind) => [
      measure(kind, DIRECT_FIRST),
      ...forwarders.map((forwarder) => measure(kind, forwarder.name, forwarder)),
      measure(kind, DIRECT_LAST),
    ]),
    '',
  ].join('\n')
}
