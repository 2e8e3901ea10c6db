// npm run lab: a virtual machine with keyboards and mice; `npm run lab -- --help` explains.

import { bootstrap } from './bootstrap.mjs'
import { become, main } from './lib/step.mjs'

await main(import.meta.url, async (args) => {
  bootstrap('dependencies')
  await become('test/lab/cli.ts', args)
})
