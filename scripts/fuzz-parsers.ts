/**
 * `node scripts/run.mjs scripts/fuzz-parsers.ts`: what the TypeScript side reads of strangers, fed with what comes to
 * fast-check's mind, and the result on record in docs/fuzzing.md.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { conversation, converse, type Tally } from '../test/control/fuzz.ts'
import { openServer } from '../test/control/listening.ts'
import { monitorOutput, readMonitor } from '../test/guests/qmp-fuzz.ts'
import { startOn, storedState } from '../test/service/kept-nodes-fuzz.ts'
import { playStream, stream } from '../test/share/messages/fuzz.ts'
import {
  clientConversation,
  newTally,
  playClient,
  playServer,
  serverConversation,
} from '../test/share/protocol/fuzz.ts'
import { withRow } from './lib/fuzz-report.mjs'
import { EXIT, main, ROOT, SetupError } from './lib/step.mjs'

const HELP = `usage: node scripts/run.mjs scripts/fuzz-parsers.ts [--minutes N] [--seed N] [--no-record] [TARGET...]

  control   clients of the control socket: requests by the schema and beside it, WebSocket frames, bytes
  qmp       what comes from a QMP monitor, in pieces
  nodes     what the store of nodes holds when the service starts

  share-codec    packets of the Barrier protocol, in pieces
  share-client   a client of the share, and a server that says anything
  share-server   a server of the share, a client that says anything, and a program that asks for anything
`

const PAGE = join(ROOT, 'docs/fuzzing.md')
const TABLE_HEAD = `| date | target | minutes | runs | what was done | failures | seed | commit | Node |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
`

/** What one run of a target made, for the record. */
interface Result {
  readonly runs: number
  readonly done: string
  /** Empty when everything held. */
  readonly failure: string
}

interface Limits {
  readonly endAt: number
  readonly seed: number
}

const targets: Readonly<Record<string, (limits: Limits) => Promise<Result>>> = {
  control: async (limits) => {
    const directory = mkdtempSync(join(tmpdir(), 'evswitch-fuzz-'))
    const { path, close } = await openServer(directory)
    const tally: Tally = { connections: 0, requests: 0, answers: 0 }
    const property = fc.asyncProperty(conversation, (spoken) => converse(path, spoken, tally))
    const { runs, failure } = await check(property, limits)
    await close()
    rmSync(directory, { recursive: true })
    const { connections, requests, answers } = tally
    const done = `${words(connections)} connections, ${words(requests)} messages, ${words(answers)} answers`
    return { runs, failure, done }
  },
  qmp: async (limits) => {
    let objects = 0
    const property = fc.asyncProperty(monitorOutput, async (output) => {
      objects += readMonitor(output)
    })
    return { ...(await check(property, limits)), done: `${words(objects)} objects read` }
  },
  nodes: async (limits) => {
    let adopted = 0
    const property = fc.asyncProperty(storedState, async (state) => {
      adopted += await startOn(state)
    })
    return { ...(await check(property, limits)), done: `${words(adopted)} nodes taken over` }
  },
  'share-codec': async (limits) => {
    const tally = { bytes: 0, packets: 0, messages: 0 }
    const property = fc.asyncProperty(stream, async (bytes) => playStream(bytes, tally))
    const { runs, failure } = await check(property, limits)
    const done = `${words(tally.packets)} packets, ${words(tally.messages)} messages`
    return { runs, failure, done }
  },
  'share-client': async (limits) => {
    const tally = newTally()
    const property = fc.asyncProperty(clientConversation, async (steps) => playClient(steps, tally))
    const { runs, failure } = await check(property, limits)
    const done = `${words(tally.handshakes)} handshakes, ${words(tally.inputs)} events of input`
    return { runs, failure, done }
  },
  'share-server': async (limits) => {
    const tally = newTally()
    const property = fc.asyncProperty(serverConversation, async (steps) => playServer(steps, tally))
    const { runs, failure } = await check(property, limits)
    const done = `${words(tally.handshakes)} handshakes, ${words(tally.messages)} messages sent`
    return { runs, failure, done }
  },
}

async function check<T>(
  property: fc.IAsyncPropertyWithHooks<T>,
  { endAt, seed }: Limits,
): Promise<{ runs: number; failure: string }> {
  const details = await fc.check(property, {
    seed,
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: endAt - Date.now(),
  })
  return {
    runs: details.numRuns,
    failure: details.failed ? (fc.defaultReportMessage(details) ?? '') : '',
  }
}

function words(count: number): string {
  return count.toLocaleString('en')
}

function commit(): string {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' }).stdout
  const isChanged = git('status', '--porcelain', '--', 'src') !== ''
  return git('rev-parse', '--short', 'HEAD').trim() + (isChanged ? ' and changes' : '')
}

await main(import.meta.url, async (args: string[]) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    allowNegative: true,
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
      record: { type: 'boolean', default: true },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)]
  const wanted = positionals.length > 0 ? positionals : Object.keys(targets)
  if (
    !(minutes > 0) ||
    !Number.isInteger(seed) ||
    wanted.some((name) => !Object.hasOwn(targets, name))
  ) {
    throw new SetupError(HELP.trimEnd(), 2)
  }
  let failures = 0
  for (const name of wanted) {
    const result = await targets[name]?.({ endAt: Date.now() + minutes * 60_000, seed })
    if (result === undefined) continue
    const { runs, done, failure } = result
    if (failure !== '') process.stderr.write(`${failure}\n`)
    failures += failure === '' ? 0 : 1
    process.stdout.write(`${name}: ${words(runs)} runs in ${minutes} min, ${done}\n`)
    const date = new Date().toISOString().slice(0, 10)
    const count = failure === '' ? 0 : 1
    const row = [date, name, minutes, words(runs), done, count, seed, commit(), process.version]
    if (values.record) writeFileSync(PAGE, withRow(readFileSync(PAGE, 'utf8'), TABLE_HEAD, row))
  }
  return failures > 0 ? EXIT.unexpected : 0
})
