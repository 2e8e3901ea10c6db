import { createServer } from 'node:net'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { codes } from '../../src/engine/code-table.ts'
import { createEngine } from '../../src/engine/engine.ts'
import type { Engine } from '../../src/engine/types.ts'
import { Outgoing } from '../../src/service/outgoing.ts'
import { addScreen } from '../../src/service/targets.ts'
import { ScreenShare } from './screen-share.ts'

const patience = { timeout: 30_000, interval: 5 }

let engine: Engine
let outgoing: Outgoing
let share: ScreenShare

beforeEach(async () => {
  share = new ScreenShare()
  engine = createEngine({ presenceMs: 50 })
  engine.start()
  outgoing = outgoingTo(share.path)
  for (const name of ['laptop', 'work']) {
    await addScreen(engine, { name, repeat: true, enterOnStart: false, isScreen: true })
  }
})

afterEach(async () => {
  await outgoing.close()
  await engine.stop()
  share.remove()
})

function outgoingTo(socket: string): Outgoing {
  const log = pino({ level: 'silent' })
  return new Outgoing({ engine, socket, log, firstDelayMs: 1, longestDelayMs: 10 })
}

const isActive = async (target: string) => (await engine.switchTo(target)) === 'switched'

test('the frames of a screen go to the share, and only those', async () => {
  await share.open()
  outgoing.add('laptop')
  outgoing.add('work')
  await vi.waitUntil(() => share.taken.length === 2, patience)
  expect(share.taken.map(({ target }) => target).toSorted()).toEqual(['laptop', 'work'])
  await vi.waitUntil(async () => await isActive('laptop'), patience)
  const of = (name: string) => share.taken.find(({ target }) => target === name)?.told ?? []
  const entered = { type: codes.EV_MSC, code: codes.MSC_SERIAL, value: 1 }
  await vi.waitUntil(() => of('laptop').some(({ code }) => code === codes.MSC_SERIAL), patience)
  expect(of('laptop')).toContainEqual(entered)
  expect(of('work')).not.toContainEqual(entered)
})

test('the share may come later, go and come back; the host has the input meanwhile', async () => {
  outgoing.add('laptop')
  expect(await isActive('laptop')).toBe(false)
  await share.open()
  await vi.waitUntil(async () => await isActive('laptop'), patience)
  share.close()
  await vi.waitUntil(() => engine.stats().activeTarget === 'host', patience)
  expect(await isActive('laptop')).toBe(false)
  await share.open()
  await vi.waitUntil(async () => await isActive('laptop'), patience)
})

test('it connects anew when the share is to read its configuration, and no more when the screen goes', async () => {
  await share.open()
  outgoing.add('laptop')
  await vi.waitUntil(async () => await isActive('laptop'), patience)
  outgoing.reconnect()
  await vi.waitUntil(() => share.taken.length === 2, patience)
  await vi.waitUntil(() => share.taken[0]?.socket.closed, patience)
  await vi.waitUntil(async () => await isActive('laptop'), patience)
  outgoing.remove('laptop')
  await engine.removeTarget('laptop')
  await vi.waitUntil(() => share.taken[1]?.socket.closed, patience)
  outgoing.add('work')
  await vi.waitUntil(() => share.taken.length === 3, patience)
  expect(share.taken[2]?.target).toBe('work')
})

test('a share that accepts nobody does not make the service wait', async () => {
  await share.open()
  const full = createServer()
  const other = `${share.path}-full`
  await new Promise<void>((resolve) => full.listen({ path: other, backlog: 0 }, resolve))
  full.close()
  const late = outgoingTo(other)
  late.add('laptop')
  await new Promise((resolve) => setImmediate(resolve))
  await late.close()
  expect(await isActive('laptop')).toBe(false)
})
