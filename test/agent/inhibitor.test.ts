import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { BusValue, MethodCall } from '../../src/agent/bus-message.ts'
import { LoginInhibitor, ScreenSaverInhibitor } from '../../src/agent/inhibitor.ts'
import { Notifier } from '../../src/agent/notifier.ts'
import { temporaryDirectory } from '../control/peer.ts'

const patience = { timeout: 9000, interval: 5 }
const silent = pino({ level: 'silent' })

/** Stands for systemd-inhibit: holds what it was asked for while its child runs. */
function fakeProgram(script: string): { program: string; read(): string } {
  const directory = temporaryDirectory()
  const program = join(directory, 'inhibit')
  const file = join(directory, 'held')
  writeFileSync(file, '')
  writeFileSync(program, `#!/bin/sh\n${script.replaceAll('FILE', file)}\n`, { mode: 0o755 })
  return { program, read: () => readFileSync(file, 'utf8') }
}

const holding = 'echo "$1 $2" > FILE; shift 4; "$@"; echo over >> FILE'

test('a lock of logind is held from one switch to the next', async () => {
  const { program, read } = fakeProgram(holding)
  const inhibitor = new LoginInhibitor('idle', silent, program)
  onTestFinished(() => inhibitor.set(false))
  inhibitor.set(false)
  inhibitor.set(true)
  inhibitor.set(true)
  await vi.waitUntil(() => read() === '--what=idle --mode=block\n', patience)
  inhibitor.set(false)
  await vi.waitUntil(() => read().endsWith('over\n'), patience)
})

test('a lock that is refused is told, and asked for again at the next switch', async () => {
  const lines: Record<string, unknown>[] = []
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const { program } = fakeProgram('echo "Access denied" >&2; exit 1')
  const inhibitor = new LoginInhibitor('sleep', log, program)
  inhibitor.set(true)
  await vi.waitUntil(() => lines.length === 1, patience)
  expect(lines[0]).toMatchObject({ what: 'sleep', error: 'Access denied', level: 40 })
  inhibitor.set(true)
  await vi.waitUntil(() => lines.length === 2, patience)
})

test('without systemd nothing is held, and nothing told', async () => {
  const lines: string[] = []
  const log = pino({}, { write: (line: string) => void lines.push(line) })
  const inhibitor = new LoginInhibitor('idle', log, '/nowhere/systemd-inhibit')
  inhibitor.set(true)
  await new Promise((resolve) => setImmediate(resolve))
  inhibitor.set(false)
  expect(lines).toEqual([])
})

/** A bus that gives one number after another. */
function fakeBus() {
  const calls: unknown[][] = []
  const call = async ({ member }: MethodCall, body: readonly BusValue[]) => {
    calls.push([member, ...body.map(([, value]) => value)])
    return 40 + calls.length
  }
  return { calls, call }
}

test('the screen saver is given back what it gave', async () => {
  const bus = fakeBus()
  const inhibitor = new ScreenSaverInhibitor(bus, silent)
  for (const isHeld of [true, true, false, true, false]) inhibitor.set(isHeld)
  await vi.waitUntil(() => bus.calls.length === 4, patience)
  expect(bus.calls).toEqual([
    ['Inhibit', 'evswitch', 'a guest has the keyboard and mouse'],
    ['UnInhibit', 41],
    ['Inhibit', 'evswitch', 'a guest has the keyboard and mouse'],
    ['UnInhibit', 43],
  ])
})

test('a notification takes the place of the last, and its text is no markup', async () => {
  const bus = fakeBus()
  const notifier = new Notifier(bus, silent)
  notifier.show({ summary: 'win10 has the input' })
  notifier.show({ summary: 'trouble', body: 'a <b>keyboard</b> & more' })
  await vi.waitUntil(() => bus.calls.length === 2, patience)
  expect(bus.calls.map((call) => call.slice(2, 6))).toEqual([
    [0, 'input-keyboard', 'win10 has the input', ''],
    [41, 'input-keyboard', 'trouble', 'a &lt;b&gt;keyboard&lt;/b&gt; &amp; more'],
  ])
})
