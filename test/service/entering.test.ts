import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Entering } from '../../src/service/entering.ts'
import { SimWorld } from '../engine/sim-world.ts'

let world: SimWorld
let entering: Entering
beforeEach(async () => {
  world = new SimWorld()
  for (const name of ['win10', 'mac']) {
    await world.addGuest(name)
    await world.consume(name, 'keyboard')
  }
  await world.engine.askPresence()
  const targets = [
    { name: 'win10', repeat: true, enterOnStart: true },
    { name: 'mac', repeat: true, enterOnStart: false },
  ]
  entering = new Entering(world.engine, targets, pino({ level: 'silent' }))
})
afterEach(async () => await world.close())

/** The first guest's keyboard, mouse and clone, as its machine opens or leaves them. */
function opens(target: string, role: 'keyboard' | 'mouse' | 'clone', present = true): void {
  const sink = ['keyboard', 'mouse', 'clone'].indexOf(role)
  entering.consumer({ target, role, sink, present })
}

async function active(): Promise<string> {
  await world.engine.askPresence()
  return world.engine.stats().activeTarget
}

test('a guest that wants it is entered when its nodes are opened', async () => {
  opens('win10', 'keyboard')
  expect(await active()).toBe('win10')
})

test('any other guest is not: the input stays where it is', async () => {
  opens('mac', 'keyboard')
  expect(await active()).toBe('host')
})

test('it is entered once for both nodes, and again when the machine starts again', async () => {
  opens('win10', 'keyboard')
  expect(await active()).toBe('win10')
  await world.engine.switchTo('host')
  opens('win10', 'mouse')
  expect(await active()).toBe('host')
  opens('win10', 'mouse', false)
  opens('win10', 'keyboard', false)
  opens('win10', 'mouse')
  expect(await active()).toBe('win10')
})

test('a clone alone enters nothing, and keeps nothing from being entered', async () => {
  opens('win10', 'clone')
  expect(await active()).toBe('host')
  opens('win10', 'keyboard')
  expect(await active()).toBe('win10')
})

test('nothing is entered, and nothing thrown, when the engine has stopped', async () => {
  await world.engine.stop()
  opens('win10', 'keyboard')
  await new Promise((resolve) => setImmediate(resolve))
})
