import { duplexPair } from 'node:stream'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { openServe, type ServeSettings } from '../../../src/share/process/open-serve.ts'
import { temporaryFolder } from '../folder.ts'

const settings: ServeSettings = {
  ...{ host: '127.0.0.1', port: 0, plainAddresses: [] },
  layout: undefined,
  screens: [
    {
      ...{ target: 'lap', name: 'laptop', isPlain: false, isWheelSmooth: false },
      client: 'barrier',
      pointer: { isRelative: false, speed: 1, acceleration: 0 },
    },
  ],
}

async function open(wish: ServeSettings) {
  const world = { state: temporaryFolder(), log: pino({ level: 'silent' }) }
  const opened = await openServe(wish, world)
  onTestFinished(async () => await opened.close())
  return opened
}

test('screens of the settings can be linked, by the names of their targets', async () => {
  const { serve, port } = await open(settings)
  expect(port).toBeGreaterThan(0)
  expect(serve.status).toMatchObject([{ target: 'lap', name: 'laptop', state: 'absent' }])
  expect(serve.link('laptop', duplexPair()[0])).toBe(false)
  expect(serve.link('lap', duplexPair()[0])).toBe(true)
})

test('why nobody can connect is said in words, and what helps', async () => {
  const { port } = await open(settings)
  await expect(open({ ...settings, port })).rejects.toThrow(
    `cannot listen at 127.0.0.1, port ${port}: another program does`,
  )
  await expect(open({ ...settings, host: '192.0.2.1' })).rejects.toThrow(
    'cannot listen at 192.0.2.1, port 0: this machine has no such address',
  )
})
