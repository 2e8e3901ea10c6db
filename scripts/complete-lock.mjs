// To be run after dependencies changed: adds other platforms' packages to package-lock.json where
// npm left them out.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { completeLock } from './lib/lock.mjs'
import { main, ROOT } from './lib/step.mjs'

await main(import.meta.url, () => {
  const file = join(ROOT, 'package-lock.json')
  const lock = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, `${JSON.stringify(completeLock(lock), null, 2)}\n`)
})
