// npm test: every project of vitest.config.ts; arguments go to vitest (`npm test -- --project unit`).

import { bootstrap } from './bootstrap.mjs'
import { become, main, ROOT } from './lib/step.mjs'

await main(import.meta.url, async (args) => {
  bootstrap()
  process.chdir(ROOT)
  await become('node_modules/vitest/vitest.mjs', ['run', ...args])
})
