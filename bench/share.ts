/**
 * `npm run bench:share`: from the key at a server of the Barrier protocol to its message at a peer on the same machine, for
 * evswitch-share and for barriers, plain and over TLS, in turns.
 */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { arch, cpus, loadavg, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { needPackages } from '../scripts/bootstrap.mjs'
import { makeCertificate } from '../src/share/tls/certificate.ts'
import { identityOf } from '../src/share/tls/identity.ts'
import { XScreen } from '../test/lab/x-screen.ts'
import { barrierPackages } from '../test/packages.mjs'
import { parseCounted, recordFigures, runProgram } from './added/program.ts'
import { connectPeer, type Peer } from './share/peer.ts'
import { type KeyServer, type Place, startBarriers, startShare } from './share/servers.ts'
import { waitUntil } from './share/wait.ts'

const DEFAULT_KEYS = 4000
const MOST_KEYS = 1_000_000
/** Each is measured so often, in turns with the others. */
const ROUNDS = 3
/** Before the count: what is slow only once. */
const WARM_UP = 2000
const NAME = 'peer'
/** In turns: barriers takes a key that goes up and down again within a millisecond of X for one that repeats. */
const letters = [...'abcdefghijklmnopqrstuvwxyz']
/** After a pause of the machine's; no letter comes twice in so many. */
const catchUp = 20

const USAGE = `usage: npm run bench:share -- [options]

Measures the way of a key through evswitch-share and through barriers, about a thousand a second.

  --keys N       presses and releases of each round (default ${DEFAULT_KEYS}, ${ROUNDS} rounds)
  --json         print the figures as JSON
  --no-record    keep nothing in bench/results/ and bench/README.md; --keys keeps nothing either
  --help         print this
`

interface Figures {
  readonly count: number
  readonly lost: number
  readonly p50Us: number
  readonly p99Us: number
  readonly maxUs: number
}

interface Row {
  readonly server: 'evswitch-share' | 'barriers'
  readonly way: 'plain' | 'TLS'
  readonly figures: Figures
}

function figuresOf({ samples, lost }: Measured): Figures {
  const sorted = samples.toSorted((one, other) => one - other)
  const at = (part: number) =>
    Math.round(
      1000 * (sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN),
    )
  return { count: sorted.length, lost, p50Us: at(0.5), p99Us: at(0.99), maxUs: at(1) }
}

interface Measured {
  /** The way of each, in ms. */
  readonly samples: number[]
  readonly lost: number
}

/** Presses and releases at a beat of a millisecond. */
async function measure(server: KeyServer, peer: Peer, count: number): Promise<Measured> {
  const sent: { letter: string; isDown: boolean; at: number }[] = []
  const samples: number[] = []
  let next = 0
  peer.onKey = (letter, isDown) => {
    const now = performance.now()
    for (let index = next; index < sent.length; index++) {
      const key = sent[index]
      if (key?.letter !== letter || key.isDown !== isDown) continue
      samples.push(now - key.at)
      next = index + 1
      return
    }
  }
  const start = performance.now()
  await new Promise<void>((resolve) => {
    const beat = () => {
      // As many as are due: a timer that was late must not make the rate lower.
      const due = Math.min(count, performance.now() - start, sent.length + catchUp)
      while (sent.length < due) {
        const letter = letters[(sent.length >> 1) % letters.length] ?? ''
        const isDown = sent.length % 2 === 0
        sent.push({ letter, isDown, at: performance.now() })
        server.key(letter, isDown)
      }
      if (sent.length < count) setTimeout(beat, 1)
      else resolve()
    }
    beat()
  })
  await waitUntil('the last key has come', () => next === count)
  return { samples, lost: count - samples.length }
}

async function round(server: KeyServer, place: Place, count: number): Promise<Measured> {
  const peer = await connectPeer(server.port, NAME, place.isSecure ? place.peer : undefined)
  try {
    await waitUntil('the peer has the input', () => {
      if (!peer.hasEntered) server.enter()
      return peer.hasEntered
    })
    await measure(server, peer, WARM_UP)
    return await measure(server, peer, count)
  } finally {
    peer.close()
    await server.close()
  }
}

async function main(): Promise<void> {
  const options = parseCounted('keys', DEFAULT_KEYS, MOST_KEYS)
  if (options.help) {
    console.log(USAGE)
    return
  }
  needPackages(barrierPackages)
  const [loadBefore = Number.NaN] = loadavg()
  const make = async () => identityOf(await makeCertificate(), 'bench')
  const identities = { server: await make(), peer: await make() }
  const measured = new Map<string, Measured>()
  for (let turn = 0; turn < ROUNDS; turn++) {
    for (const way of ['plain', 'TLS'] as const) {
      for (const kind of ['evswitch-share', 'barriers'] as const) {
        const folder = mkdtempSync(join(tmpdir(), 'evswitch-bench-'))
        const place = { folder, name: NAME, isSecure: way === 'TLS', ...identities }
        try {
          const server =
            kind === 'barriers'
              ? await startBarriers(place, await XScreen.start('us'))
              : await startShare(place)
          const key = `${kind} ${way}`
          const before = measured.get(key) ?? { samples: [], lost: 0 }
          const { samples, lost } = await round(server, place, options.count)
          measured.set(key, {
            samples: [...before.samples, ...samples],
            lost: before.lost + lost,
          })
        } finally {
          rmSync(folder, { recursive: true })
        }
      }
    }
  }
  const rows = [...measured].map(([key, each]) => {
    const [server, way] = key.split(' ')
    return { server, way, figures: figuresOf(each) } as Row
  })
  const machine = {
    node: process.version,
    barriers: packageVersion('barrier'),
    processor: `${cpus()[0]?.model ?? arch()}, ${cpus().length} of them`,
    kernel: release(),
    // Ordinary time is that of everything that runs.
    'load before': loadBefore.toFixed(1),
  }
  const markdown = formatMarkdown(rows, machine)
  if (options.record) recordFigures('share', { machine, rows }, markdown)
  console.log(options.json ? JSON.stringify({ machine, rows }, null, 2) : markdown)
}

function packageVersion(name: string): string {
  return execFileSync('dpkg-query', ['-W', '-f', `\${Version}`, name], { encoding: 'utf8' })
}

function formatMarkdown(rows: readonly Row[], machine: Readonly<Record<string, string>>): string {
  return [
    '| µs, key to message | p50 | p99 | max | keys | lost |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...rows.map(
      ({ server, way, figures: { p50Us, p99Us, maxUs, count, lost } }) =>
        `| ${server}, ${way} | ${p50Us} | ${p99Us} | ${maxUs} | ${count} | ${lost} |`,
    ),
    '',
    ...Object.entries(machine).map(([name, value]) => `- ${name}: ${value}`),
  ].join('\n')
}

await runProgram('bench:share', main)
