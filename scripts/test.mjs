// npm test: every project of vitest.config.ts; arguments go to vitest (`npm test -- --project unit`).

import { testPackages } from '../test/packages.mjs'
import { bootstrap, needPackages } from './bootstrap.mjs'
import { become, EXIT, main, ROOT, SetupError } from './lib/step.mjs'

await main(import.meta.url, async (args) => {
  bootstrap()
  if (args.every((arg) => arg.startsWith('--') && !arg.startsWith('--project'))) prepareAll()
  process.chdir(ROOT)
  await become('node_modules/vitest/vitest.mjs', ['run', ...args])
})

/** What cannot be installed here is no failure yet: tests that need it are skipped, and say why. */
function prepareAll() {
  if (process.env['EVSWITCH_LAB'] === 'off' || process.getuid?.() !== 0) return
  try {
    needPackages(testPackages())
  } catch (error) {
    if (!(error instanceof SetupError) || error.exitCode !== EXIT.notInstalled) throw error
    process.stderr.write(`evswitch: ${error.message}\n`)
  }
}
