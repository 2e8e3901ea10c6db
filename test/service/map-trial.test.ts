import { expect, test } from 'vitest'
import { decodeConfig } from '../../src/config/decode.ts'
import type { Device } from '../../src/devices/device.ts'
import { codes } from '../../src/engine/code-table.ts'
import { MapTrial } from '../../src/service/map-trial.ts'
import { sessionOptions } from '../../src/service/session-options.ts'

const { EV_KEY, EV_REL, KEY_A, KEY_F13, KEY_MACRO1, KEY_MUTE, REL_X, REL_WHEEL } = codes
const device = { eventName: 'event3' } as Device

function trialOf(...lines: string[]): MapTrial {
  const { config } = decodeConfig(lines.join('\n'))
  if (config === undefined) throw new Error('no configuration')
  const session = sessionOptions(config)
  const trial = new MapTrial({ ...session, needsHostNode: session.map?.needsHostNode ?? false })
  if (session.map) trial.setMap(session.map.compile([[]]), () => 0)
  return trial
}

const guests = ['[[target]]', 'name = "one"', '[[target]]', 'name = "two"']

test('each target shows what it would receive', () => {
  const trial = trialOf(...guests, '[[map]]', 'target = "two"', 'keys.a = "leftctrl+c"')
  expect(trial.event(device, { type: EV_KEY, code: KEY_A, value: 1 })).toEqual([
    { target: 'one', text: 'a down' },
    { target: 'two', text: 'leftctrl down + c down' },
  ])
  expect(trial.event(device, { type: EV_KEY, code: KEY_A, value: 0 })).toEqual([
    { target: 'one', text: 'a up' },
    { target: 'two', text: 'c up + leftctrl up' },
  ])
  trial.close()
})

test('keys of another target, actions and macros are shown', () => {
  const trial = trialOf(
    'keep-on-host = ["mute"]',
    ...['[[map]]', 'keys.f13 = "switch next"', 'keys.macro1 = ["a", 100, "b"]'],
  )
  expect(trial.event(device, { type: EV_KEY, code: KEY_MUTE, value: 1 })).toEqual([
    { target: 'guest active: host', text: 'mute down' },
  ])
  expect(trial.event(device, { type: EV_KEY, code: KEY_F13, value: 1 })).toEqual([
    { target: 'guest active: host', text: 'mute up' },
    { target: 'guest', text: 'switches to host' },
  ])
  trial.event(device, { type: EV_KEY, code: KEY_F13, value: 0 })
  expect(trial.event(device, { type: EV_KEY, code: KEY_MACRO1, value: 1 })).toEqual([
    { target: 'guest', text: 'a down' },
  ])
  expect(trial.wait(1000).map(({ text }) => text)).toEqual(['a up', 'b down', 'b up'])
  trial.close()
})

test('a proxied host is a target as the others', () => {
  const trial = trialOf('[host]', 'mode = "proxy"', '[[map]]', 'axes.x = "invert"')
  expect(trial.event(device, { type: EV_REL, code: REL_X, value: 4 })).toEqual([
    { target: 'host', text: 'x -4' },
    { target: 'guest', text: 'x -4' },
  ])
  expect(trial.event(device, { type: EV_REL, code: REL_WHEEL, value: 2 })).toContainEqual({
    target: 'guest',
    text: 'wheel 1',
  })
  trial.departed(device)
  trial.close()
})
