// One fuzzer of the share for so many seconds: `node --import tsx test/share/fuzz-run.ts share-client 600`. The last line of
// what it prints is a JSON object with its number of runs; a rule that was broken ends it with the conversation that did.

import fc from 'fast-check'
import { playStream, stream } from './messages/fuzz.ts'
import {
  clientConversation,
  newTally,
  playClient,
  playServer,
  serverConversation,
} from './protocol/fuzz.ts'

const [target = '', seconds = ''] = process.argv.slice(2)
const codec = { bytes: 0, packets: 0, messages: 0 }
const session = newTally()
let runs = 0

function run<T>(arbitrary: fc.Arbitrary<T>, play: (value: T) => void): void {
  const property = fc.property(arbitrary, (value) => {
    runs++
    play(value)
  })
  const interruptAfterTimeLimit = 1000 * Number(seconds)
  fc.assert(property, { numRuns: Number.MAX_SAFE_INTEGER, interruptAfterTimeLimit })
}

const targets: Readonly<Record<string, () => void>> = {
  'share-codec': () => run(stream, (value) => playStream(value, codec)),
  'share-client': () => run(clientConversation, (steps) => playClient(steps, session)),
  'share-server': () => run(serverConversation, (steps) => playServer(steps, session)),
}

const start = targets[target]
if (start === undefined || !(Number(seconds) > 0)) throw new Error(`no target ${target}`)
start()
const tally = target === 'share-codec' ? codec : session
process.stdout.write(`${JSON.stringify({ runs, ...tally })}\n`)
