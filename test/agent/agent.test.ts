import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Agent } from '../../src/agent/agent.ts'
import type { Note } from '../../src/agent/note.ts'
import type { AgentOptions, Hook } from '../../src/agent/options.ts'
import type { Status } from '../../src/control/protocol.ts'
import { ControlServer } from '../../src/control/server.ts'
import { claimSocket } from '../../src/control/socket-claim.ts'
import { someAnswers, someStatus } from '../control/listening.ts'
import { type Listening, startServer } from '../control/peer.ts'

const patience = { timeout: 9000, interval: 5 }

const noHook: Hook = {
  on: 'enter',
  target: undefined,
  hook: undefined,
  run: ['true'],
  timeoutMs: 8000,
  debounceMs: 0,
  line: undefined,
}

const options: AgentOptions = {
  hooks: [],
  notify: 'switches',
  inhibitsIdle: true,
  inhibitsSleep: false,
}

interface Setup {
  readonly agent: Agent
  readonly notes: Note[]
  readonly inhibited: { readonly idle: boolean; readonly sleep: boolean }[]
  readonly logged: Record<string, unknown>[]
  readonly ended: Promise<void>
  end(): void
  has(msg: string): boolean
}

function startAgent(socket: string, wished: Partial<AgentOptions> = {}): Setup {
  const notes: Note[] = []
  const inhibited: { idle: boolean; sleep: boolean }[] = []
  const logged: Record<string, unknown>[] = []
  const desktop = {
    show: (note: Note) => void notes.push(note),
    inhibit: (wanted: { idle: boolean; sleep: boolean }) => void inhibited.push(wanted),
    close: () => void inhibited.push({ idle: false, sleep: false }),
  }
  const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) })
  const agent = new Agent({ ...options, ...wished }, { log, desktop, socket })
  const end = new AbortController()
  const ended = agent.run(end.signal)
  onTestFinished(async () => {
    end.abort()
    await ended
  })
  const has = (wanted: string) => logged.some(({ msg }) => msg === wanted)
  return { agent, notes, inhibited, logged, ended, end: () => end.abort(), has }
}

/** A service that has a guest with the input, or not. */
async function serve(active: string): Promise<Listening> {
  const status: Status = { ...someStatus, active }
  return await startServer({ status: () => status })
}

test('while a guest has the input the screen stays on, and no longer', async () => {
  const { server, path } = await serve('host')
  const it = startAgent(path)
  await vi.waitUntil(() => it.has('service was found'), patience)
  server.notify('switched', { target: 'win10', previous: 'host', reason: 'hotkey', latencyNs: 1 })
  await vi.waitUntil(() => it.inhibited.at(-1)?.idle === true, patience)
  expect(it.inhibited.some(({ sleep }) => sleep)).toBe(false)
  server.notify('switched', { target: 'host', previous: 'win10', reason: 'hotkey', latencyNs: 1 })
  await vi.waitUntil(() => it.inhibited.at(-1)?.idle === false, patience)
  expect(it.notes.map(({ summary }) => summary)).toEqual([
    'win10 has the input',
    'This machine has the input',
  ])
})

test('a guest that has the input already keeps the screen on, and no hook runs for what was before', async () => {
  const { path } = await serve('win10')
  const it = startAgent(path, { hooks: [noHook] })
  await vi.waitUntil(() => it.inhibited.at(-1)?.idle === true, patience)
  expect(it.has('hook starts')).toBe(false)
})

test('with the service the guest loses the input: the screen may go off, and hooks are told', async () => {
  const { server, path } = await serve('win10')
  const hook = { ...noHook, target: 'host', run: ['sh', '-c', 'echo "$EVSWITCH_REASON"'] }
  const it = startAgent(path, { hooks: [hook] })
  await vi.waitUntil(() => it.inhibited.at(-1)?.idle === true, patience)
  await server.close()
  await vi.waitUntil(() => it.inhibited.at(-1)?.idle === false, patience)
  await vi.waitUntil(() => it.has('hook has ended'), patience)
  expect(it.logged.find(({ msg }) => msg === 'hook has ended')).toMatchObject({
    output: 'service-ended',
  })
})

test('the agent waits for a service that is not there, says so once, and finds the next one', async () => {
  const { server, path, restart } = await restarting()
  const it = startAgent(path)
  await vi.waitUntil(() => it.has('service was found'), patience)
  await server.close()
  await vi.waitUntil(() => it.has('service cannot be reached'), patience)
  const next = await restart()
  await vi.waitUntil(
    () => it.logged.filter(({ msg }) => msg === 'service was found').length === 2,
    patience,
  )
  next.notify('refused', { target: 'win10' })
  await vi.waitUntil(() => it.notes.length > 0, patience)
  expect(it.notes).toMatchObject([{ summary: 'win10 cannot have the input' }])
  expect(it.logged.filter(({ msg }) => msg === 'service cannot be reached')).toHaveLength(1)
})

test('at its end nothing is inhibited any more', async () => {
  const { path } = await serve('win10')
  const it = startAgent(path)
  await vi.waitUntil(() => it.inhibited.at(-1)?.idle === true, patience)
  it.end()
  await it.ended
  expect(it.inhibited.at(-1)).toEqual({ idle: false, sleep: false })
})

test('what is notified can be chosen, and changed while it runs', async () => {
  const { server, path } = await serve('host')
  const it = startAgent(path, { notify: 'off' })
  await vi.waitUntil(() => it.has('service was found'), patience)
  const switched = { target: 'win10', previous: 'host', reason: 'command', latencyNs: 1 } as const
  server.notify('panic', {})
  server.notify('switched', switched)
  await vi.waitUntil(() => it.inhibited.at(-1)?.idle === true, patience)
  expect(it.notes).toEqual([])
  it.agent.reconfigure({ ...options, notify: 'trouble', inhibitsIdle: false, inhibitsSleep: true })
  expect(it.inhibited.at(-1)).toEqual({ idle: false, sleep: true })
  server.notify('switched', { ...switched, target: 'host', previous: 'win10' })
  server.notify('warning', { text: 'it lags', remedy: 'buy a faster one' })
  await vi.waitUntil(() => it.notes.length > 0, patience)
  expect(it.notes).toEqual([{ summary: 'it lags', body: 'buy a faster one' }])
})

/** A server that comes back at the same path. */
async function restarting() {
  const { server, path } = await serve('host')
  const restart = async () => {
    const next = new ControlServer({
      answers: someAnswers(),
      version: '1.2.4',
      log: pino({ level: 'silent' }),
    })
    await next.listen({ ...claimSocket(`${path}2`, 'no-such-group'), path, open: () => {} })
    onTestFinished(async () => await next.close())
    return next
  }
  return { server, path, restart }
}
