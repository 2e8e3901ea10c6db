import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { builtFile, make, runProgram } from './make.ts'

// Scripts that broke a rule once, played by the core as it is now, under AddressSanitizer.
await make('build/asan/replay')

const seeds = fileURLToPath(new URL('../core/seeds', import.meta.url))
const replay = builtFile('asan/replay')

const files = readdirSync(seeds).filter((name) => name.endsWith('.hex'))
const scripts = files.flatMap((file) =>
  readFileSync(join(seeds, file), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [hex = '', what = 'kept by a test'] = line.split('#').map((part) => part.trim())
      return { name: `${file}: ${what}`, hex }
    }),
)

describe('a script that broke a rule once breaks none now', () => {
  test.for(scripts)('$name ($hex)', async ({ hex }) => {
    expect(await runProgram(replay, hex)).toContain('every rule holds')
  })

  test('and a script that is no hexadecimal is refused', async () => {
    await expect(runProgram(replay, 'xy')).rejects.toThrow('xy')
  })
})
