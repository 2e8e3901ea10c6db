// npm run replay -- HEX|FILE...: plays scripts of the simulation under ASan and UBSan, and says which
// rule each breaks. Property tests and fuzzers print and keep such scripts.

import { join } from 'node:path'
import { main, ROOT, runStep, runVisibly } from './lib/step.mjs'

await main(import.meta.url, (args) => {
  const make = ['-C', 'native', '--no-print-directory', 'build/asan/replay']
  runStep('building the replay tool', 'make', make, { remedy: 'the first error above says where' })
  return runVisibly(join(ROOT, 'native/build/asan/replay'), args)
})
