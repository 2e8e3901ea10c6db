import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { builtFile, caseNames, make, nativeFolder, runProgram } from './make.ts'

// Each case of native/test/*_test.c, in a process of its own, so that what it breaks is only its own.
await make('asan', 'tsan')

const programs = readdirSync(join(nativeFolder, 'test'))
  .filter((file) => file.endsWith('_test.c'))
  .map((file) => file.replace(/\.c$/, ''))
const withThreads = programs.filter((name) => /^(ring|slow|engine)_/.test(name))

for (const program of programs) {
  await cases(`${program} under AddressSanitizer`, builtFile(`asan/${program}`))
}
for (const program of withThreads) {
  await cases(`${program} under ThreadSanitizer`, builtFile(`tsan/${program}`))
}

async function cases(title: string, file: string): Promise<void> {
  const names = await caseNames(file)
  describe(title, () => {
    test.for(names)('%s', async (name) => void (await runProgram(file, name)))
  })
}
