import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { codes } from '../../src/engine/code-table.ts'
import { createEngine } from '../../src/engine/engine.ts'
import type { Engine, SinkEvent } from '../../src/engine/types.ts'
import { Outgoing } from '../../src/service/outgoing.ts'
import { addScreen } from '../../src/service/targets.ts'
import { encodeFrame, FrameReader } from '../../src/share/link/records.ts'
import { readTargetLine } from '../../src/share/link/target-line.ts'

const patience = { timeout: 30_000, interval: 5 }
const presence = (value: number) =>
  encodeFrame([{ type: codes.EV_MSC, code: codes.MSC_RAW, value }])

/** The share's side of a connection. */
interface Taken {
  readonly target: string
  readonly socket: Socket
  readonly told: SinkEvent[]
}

let folder: string
let path: string
let engine: Engine
let outgoing: Outgoing
let server: Server | undefined
let taken: Taken[]

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'evswitch-outgoing-'))
  path = join(folder, 'serve.sock')
  taken = []
  engine = createEngine({ presenceMs: 50 })
  engine.start()
  const log = pino({ level: 'silent' })
  outgoing = new Outgoing({ engine, socket: path, log, firstDelayMs: 1, longestDelayMs: 10 })
  for (const name of ['laptop', 'work']) {
    await addScreen(engine, { name, repeat: true, enterOnStart: false, isScreen: true })
  }
})

afterEach(async () => {
  await outgoing.close()
  await engine.stop()
  closeShare()
  rmSync(folder, { recursive: true })
})

function closeShare(): void {
  server?.close()
  server = undefined
  for (const { socket } of taken) socket.destroy()
}

/** A share whose screens are all connected. */
async function openShare(): Promise<void> {
  server = createServer((socket) => {
    let line: ReturnType<typeof readTargetLine> = 'more'
    let bytes = Buffer.alloc(0)
    const told: SinkEvent[] = []
    const reader = new FrameReader()
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      socket.write(presence(1))
      if (line !== 'more') return void told.push(...(reader.push(chunk) ?? []).flat())
      bytes = Buffer.concat([bytes, chunk])
      line = readTargetLine(bytes)
      if (line === 'more' || line === undefined) return
      taken.push({ target: line.name, socket, told })
      told.push(...(reader.push(bytes.subarray(line.size)) ?? []).flat())
    })
  })
  await new Promise<void>((resolve) => server?.listen(path, resolve))
}

const isActive = async (target: string) => (await engine.switchTo(target)) === 'switched'

test('the frames of a screen go to the share, and only those', async () => {
  await openShare()
  outgoing.add('laptop')
  outgoing.add('work')
  await vi.waitUntil(() => taken.length === 2, patience)
  expect(taken.map(({ target }) => target).toSorted()).toEqual(['laptop', 'work'])
  await vi.waitUntil(async () => await isActive('laptop'), patience)
  const of = (name: string) => taken.find(({ target }) => target === name)?.told ?? []
  const entered = { type: codes.EV_MSC, code: codes.MSC_SERIAL, value: 1 }
  await vi.waitUntil(() => of('laptop').some(({ code }) => code === codes.MSC_SERIAL), patience)
  expect(of('laptop')).toContainEqual(entered)
  expect(of('work')).not.toContainEqual(entered)
})

test('the share may come later, go and come back; the host has the input meanwhile', async () => {
  outgoing.add('laptop')
  expect(await isActive('laptop')).toBe(false)
  await openShare()
  await vi.waitUntil(async () => await isActive('laptop'), patience)
  closeShare()
  await vi.waitUntil(() => engine.stats().activeTarget === 'host', patience)
  expect(await isActive('laptop')).toBe(false)
  await openShare()
  await vi.waitUntil(async () => await isActive('laptop'), patience)
})

test('it connects anew when the share is to read its configuration, and no more when the screen goes', async () => {
  await openShare()
  outgoing.add('laptop')
  await vi.waitUntil(async () => await isActive('laptop'), patience)
  outgoing.reconnect()
  await vi.waitUntil(() => taken.length === 2, patience)
  await vi.waitUntil(() => taken[0]?.socket.closed, patience)
  await vi.waitUntil(async () => await isActive('laptop'), patience)
  outgoing.remove('laptop')
  await engine.removeTarget('laptop')
  await vi.waitUntil(() => taken[1]?.socket.closed, patience)
  outgoing.add('work')
  await vi.waitUntil(() => taken.length === 3, patience)
  expect(taken[2]?.target).toBe('work')
})

test('a share that accepts nobody does not make the service wait', async () => {
  await openShare()
  const full = createServer()
  const other = join(folder, 'full.sock')
  await new Promise<void>((resolve) => full.listen({ path: other, backlog: 0 }, resolve))
  full.close()
  const late = new Outgoing({
    ...{ engine, socket: other, log: pino({ level: 'silent' }) },
    ...{ firstDelayMs: 1, longestDelayMs: 10 },
  })
  late.add('laptop')
  await new Promise((resolve) => setImmediate(resolve))
  await late.close()
  expect(await isActive('laptop')).toBe(false)
})
