// hunt.ts LIBRARY SEED RUNS: hunts in a library file and prints the result as JSON. A process of its own,
// because a core that is wrong may end it by an assertion.

import { simApi } from '../../src/native/sim.ts'
import { hunt } from './switching-property.ts'

const [library, seed, runs] = process.argv.slice(2)
process.stdout.write(JSON.stringify(hunt(simApi(library), Number(seed), Number(runs))))
