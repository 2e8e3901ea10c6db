// Bootstraps, then goes on as the script named: `node scripts/run.mjs bench/added.ts --json`.

import { bootstrap } from './bootstrap.mjs'
import { become, main, SetupError } from './lib/step.mjs'

await main(import.meta.url, async ([file, ...args]) => {
  if (!file) throw new SetupError('usage: node scripts/run.mjs FILE [ARGUMENT...]', 2)
  bootstrap()
  await become(file, args)
})
