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

test('a guest that wants it is entered when its nodes are opened', async () => {
  await entering.opened('win10')
  expect(world.engine.stats().activeTarget).toBe('win10')
})

test('any other guest is not: the input stays where it is', async () => {
  await entering.opened('mac')
  expect(world.engine.stats().activeTarget).toBe('host')
})

test('nothing is entered, and nothing thrown, when the engine has stopped', async () => {
  await world.engine.stop()
  await expect(entering.opened('win10')).resolves.toBeUndefined()
})
