import { closeSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { codes } from '../../src/engine/code-table.ts'
import { createEngine } from '../../src/engine/engine.ts'
import type { Engine, SinkEvent } from '../../src/engine/types.ts'
import { connectMessages } from '../../src/native/message.ts'
import { encodeFrame, FrameReader } from '../../src/share/link/records.ts'

const { EV_MSC, MSC_RAW, MSC_SERIAL } = codes

let folder: string
let engine: Engine
const ends: (() => unknown)[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evswitch-link-'))
  engine = createEngine({ presenceMs: 50 })
  engine.start()
  ends.push(() => rmSync(folder, { recursive: true }))
})

afterEach(async () => {
  await engine.stop()
  for (const end of ends.splice(0).toReversed()) await end()
})

/** The process that takes a target's frames: what it was told, and its end of the link. */
async function link(target: string) {
  const path = join(folder, 'link.sock')
  const server = createServer()
  const connected = new Promise<Socket>((resolve) => server.once('connection', resolve))
  await new Promise<void>((resolve) => server.listen(path, resolve))
  const descriptor = connectMessages(path, 'stream')
  const socket = await connected
  server.close()
  const linking = engine.linkTarget(target, descriptor)
  closeSync(descriptor)
  await linking
  const told: SinkEvent[] = []
  const reader = new FrameReader()
  socket.on('data', (chunk: Buffer) => told.push(...(reader.push(chunk) ?? []).flat()))
  socket.on('error', () => {})
  ends.push(() => socket.destroy())
  const say = (value: number) => socket.write(encodeFrame([{ type: EV_MSC, code: MSC_RAW, value }]))
  /** Answers as long as it lives. */
  socket.on('data', () => say(1))
  return { socket, told, say }
}

test('a linked target is active while the other process says that somebody is there', async () => {
  await engine.addTarget({ name: 'laptop', isLinked: true, profile: 'host', grabToggle: 'none' })
  expect(await engine.switchTo('laptop')).toBe('not-consumed')
  const { told, say } = await link('laptop')
  expect(await engine.switchTo('laptop')).toBe('not-consumed')
  say(1)
  await expect.poll(async () => await engine.switchTo('laptop')).toBe('switched')
  await expect.poll(() => told).toContainEqual({ type: EV_MSC, code: MSC_SERIAL, value: 1 })
  // It is asked, and answers, more often than it would take to give it up.
  await expect.poll(() => told.filter(({ code }) => code === MSC_RAW).length).toBeGreaterThan(3)
  expect(engine.stats().activeTarget).toBe('laptop')
  await engine.switchTo('host')
  await expect.poll(() => told).toContainEqual({ type: EV_MSC, code: MSC_SERIAL, value: 0 })
})

test('the host is active at once when the other process ends, and it can come back', async () => {
  await engine.addTarget({ name: 'laptop', isLinked: true, profile: 'host', grabToggle: 'none' })
  const unlinked: string[] = []
  engine.events.on('unlinked', ({ target }) => unlinked.push(target))
  for (const count of [1, 2]) {
    const { socket, say } = await link('laptop')
    say(1)
    await expect.poll(async () => await engine.switchTo('laptop')).toBe('switched')
    socket.destroy()
    await expect.poll(() => engine.stats().activeTarget).toBe('host')
    await expect.poll(() => unlinked).toHaveLength(count)
  }
  expect(unlinked).toEqual(['laptop', 'laptop'])
})

test('a target with nodes cannot be linked', async () => {
  await engine.addTarget({ name: 'guest' })
  await expect(engine.linkTarget('guest', 2)).rejects.toThrow('link the target guest')
  await expect(engine.linkTarget('nobody', 2)).rejects.toThrow('there is no target named "nobody"')
})
