// npm run clean: removes what scripts made; `--all` removes dependencies and downloads too.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { main, ROOT } from './lib/step.mjs'

const BUILT = ['dist', 'dist.new', 'native/build', 'bench/build', 'coverage', 'test-results']
const FETCHED = ['node_modules', '.cache']

await main(import.meta.url, (args) => {
  const paths = args.includes('--all') ? [...BUILT, ...FETCHED] : BUILT
  for (const path of paths) rmSync(join(ROOT, path), { recursive: true, force: true })
})
