/*
 * node --import block.mjs ...     a Node process whose JavaScript can be blocked from outside
 *
 * At SIGUSR2 it is busy for BLOCK_MS milliseconds, as a program in an endless loop would be. Says "blocked" and
 * "free" on stderr.
 */
import { writeSync } from 'node:fs'

const durationMs = Number(process.env['BLOCK_MS'])

process.on('SIGUSR2', () => {
  writeSync(2, 'blocked\n')
  const end = performance.now() + durationMs
  while (performance.now() < end);
  writeSync(2, 'free\n')
})
