import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createEngine } from '../../src/engine/engine.ts'
import type { Engine } from '../../src/engine/types.ts'
import { Guests } from '../../src/service/guests.ts'
import { KeptNodes } from '../../src/service/kept-nodes.ts'
import { Outgoing } from '../../src/service/outgoing.ts'
import type { ScreenOptions } from '../../src/service/targets.ts'
import { Teardown } from '../../src/service/teardown.ts'
import { ScreenShare } from './screen-share.ts'

// Screens need no uinput; what guests with nodes need is there in test/lab only.

const patience = { timeout: 30_000, interval: 5 }
const { signal } = new AbortController()
const log = pino({ level: 'silent' })

let engine: Engine
let outgoing: Outgoing
let guests: Guests
let share: ScreenShare

beforeEach(async () => {
  share = new ScreenShare()
  await share.open()
  engine = createEngine({ presenceMs: 50 })
  engine.start()
  const delays = { firstDelayMs: 1, longestDelayMs: 10 }
  outgoing = new Outgoing({ engine, socket: share.path, log, ...delays })
  const nodes = new KeptNodes(undefined, log)
  guests = new Guests({ engine, nodes, outgoing, teardown: new Teardown() })
})

afterEach(async () => {
  await outgoing.close()
  await engine.stop()
  share.remove()
})

function screen(name: string, repeat = true): ScreenOptions {
  return { name, repeat, enterOnStart: false, isScreen: true }
}

const isActive = async (target: string) => (await engine.switchTo(target)) === 'switched'

test('a screen that comes takes the first place that is free', async () => {
  for (const name of ['laptop', 'work', 'desk']) await guests.add(screen(name), signal)
  await guests.remove('laptop')
  expect(guests.names).toEqual(['work', 'desk'])
  await guests.add(screen('tower'), signal)
  expect(guests.names).toEqual(['tower', 'work', 'desk'])
  expect(guests.screens).toEqual(guests.names)
  expect(guests.all).toEqual([])
})

test('a screen that goes gives the input back, and its connection ends', async () => {
  await guests.add(screen('laptop'), signal)
  await vi.waitUntil(async () => await isActive('laptop'), patience)
  await guests.remove('laptop')
  expect(engine.stats().activeTarget).toBe('host')
  await vi.waitUntil(() => share.taken[0]?.socket.closed, patience)
  await guests.add(screen('laptop'), signal)
  await vi.waitUntil(async () => await isActive('laptop'), patience)
})

test('what changes of a screen leaves it where it is', async () => {
  await guests.add(screen('laptop'), signal)
  await vi.waitUntil(async () => await isActive('laptop'), patience)
  await guests.update(screen('laptop', false))
  expect(engine.stats().activeTarget).toBe('laptop')
  expect(share.taken).toHaveLength(1)
})
