// hunt.ts LIBRARY SEED RUNS CALM-RUNS: hunts in a library file, by the rules of the simulation, with maps and without,
// and by the model, and prints the result as JSON. A process of its own, because a core that is wrong may end it by
// an assertion.

import { simApi } from '../../src/native/sim.ts'
import { huntCalmly } from './calm-property.ts'
import { huntMapped } from './maps-property.ts'
import { hunt } from './switching-property.ts'

const [library, ...numbers] = process.argv.slice(2)
const [seed = 0, runs = 0, calmRuns = 0] = numbers.map(Number)
const api = simApi(library)

// Most faults show soon, those that are rare take the rest of the scripts.
const soon = hunt(api, seed, Math.floor(runs / 10))
const byModel = soon.failure ? undefined : huntCalmly(api, seed, calmRuns)
const isModelled = byModel?.failure !== undefined
const mapped = soon.failure || isModelled ? soon : huntMapped(api, seed, Math.floor(runs / 4))
const byRules = mapped.failure || isModelled ? mapped : hunt(api, seed + 1, runs)
process.stdout.write(JSON.stringify({ byRules, byModel }))
