import { expect, test } from 'vitest'
import { decodeConfig } from '../../src/config/decode.ts'
import { defaultConfig } from '../../src/config/defaults.ts'
import { override } from '../../src/config/override.ts'
import { sessionOptions } from '../../src/service/session-options.ts'

test('without a configuration, both Ctrl keys switch one guest that gets repeats', () => {
  expect(sessionOptions(defaultConfig)).toEqual({
    targets: [{ name: 'guest', repeat: true, enterOnStart: false }],
    hotkeys: [
      { keys: [29, 97], action: { kind: 'next' } },
      { keys: [29, 97, 1], action: { kind: 'panic' } },
    ],
    devices: [],
    pinned: [],
    waits: true,
    hostMode: 'release',
    realtimePriority: 20,
  })
})

test('a device of the command line must be there, one of a file may come later', () => {
  expect(sessionOptions(override(defaultConfig, { devices: ['a'] })).waits).toBe(false)
})

test('a session does what the configuration says', () => {
  const { config } = decodeConfig(`
panic = "f12"
source = [{ device = "a" }, { device = "b" }, { device = "c", target = "host" }]
target = [{ name = "win10", repeat = false, on-start = "enter" }]
hotkey = [{ keys = "f13", action = "previous" }, { keys = "f14", action = "switch", target = "win10" }]
host.mode = "proxy"
engine.realtime = "off"
`)
  if (config === undefined) throw new Error('no configuration')
  expect(sessionOptions(config)).toEqual({
    targets: [{ name: 'win10', repeat: false, enterOnStart: true }],
    hotkeys: [
      { keys: [183], action: { kind: 'previous' } },
      { keys: [184], action: { kind: 'target', target: 'win10' } },
      { keys: [88], action: { kind: 'panic' } },
    ],
    devices: ['a', 'b'],
    pinned: ['c'],
    waits: true,
    hostMode: 'proxy',
    realtimePriority: 0,
  })
})
