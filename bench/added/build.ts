/** Builds what runs in the lab, on this side: the lab sees the same files. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../test/lab/cache.ts'
import { runTool } from '../../test/lab/programs.ts'
import type { Forwarder } from './forwarders.ts'

export const BENCH_DIR = join(ROOT, 'bench')
export const BUILD_DIR = join(BENCH_DIR, 'build')

const ENGINE_LIBRARY = 'native/build/libevswitch.so'

/** Throws with the compiler's words when something does not build. */
export function buildPrograms(forwarders: readonly Forwarder[]): void {
  const targets = new Set(['all', ...forwarders.map((forwarder) => forwarder.makeTarget)])
  if (targets.has('evswitch') && !existsSync(join(ROOT, ENGINE_LIBRARY))) {
    throw new Error(`${ENGINE_LIBRARY} is not there: run \`npm run build\` first`)
  }
  runTool('make', ['--silent', '-C', BENCH_DIR, ...targets])
}
