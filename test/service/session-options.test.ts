import { expect, test } from 'vitest'
import { decodeConfig } from '../../src/config/decode.ts'
import { defaultConfig } from '../../src/config/defaults.ts'
import { override } from '../../src/config/override.ts'
import { sessionOptions } from '../../src/service/session-options.ts'

test('without a configuration, both Ctrl keys switch one guest that gets repeats', () => {
  expect(sessionOptions(defaultConfig)).toEqual({
    targets: [
      { name: 'guest', repeat: true, profile: 'input-linux', maxRate: 0, enterOnStart: false },
    ],
    hotkeys: [
      { keys: [29, 97], action: { kind: 'next' } },
      { keys: [29, 97, 1], action: { kind: 'panic' } },
    ],
    devices: [],
    clones: [],
    pinned: [],
    pins: [],
    waits: true,
    hostMode: 'release',
    indicator: false,
    realtimePriority: 20,
  })
})

test('a device of the command line must be there, one of a file may come later', () => {
  const options = sessionOptions(override(defaultConfig, { devices: ['a'], clones: ['b'] }))
  expect(options.waits).toBe(false)
  expect(options.clones).toEqual([{ device: 'b', target: undefined, waits: false }])
})

test('a session does what the configuration says', () => {
  const { config } = decodeConfig(`
panic = "f12"
source = [{ device = "a" }, { device = "b" }, { device = "c", target = "host" }, { device = "d", target = "win10" }]
clone = [{ device = "pad" }, { device = "pen", target = "win10" }]
target = [{ name = "win10", repeat = false, on-start = "enter", max-rate = 250, profile = "windows-virtio" }]
hotkey = [{ keys = "f13", action = "previous" }, { keys = "f14", action = "switch", target = "win10" }, { keys = "f15", action = "lock" }, { keys = "f16", action = "hook", hook = "lamp" }]
host = { mode = "proxy", indicator = true }
engine.realtime = "off"
`)
  if (config === undefined) throw new Error('no configuration')
  expect(sessionOptions(config)).toEqual({
    targets: [
      { name: 'win10', repeat: false, profile: 'windows-virtio', maxRate: 250, enterOnStart: true },
    ],
    hotkeys: [
      { keys: [183], action: { kind: 'previous' } },
      { keys: [184], action: { kind: 'target', target: 'win10' } },
      { keys: [185], action: { kind: 'lock' } },
      { keys: [186], action: { kind: 'hook', hook: 'lamp' } },
      { keys: [88], action: { kind: 'panic' } },
    ],
    devices: ['a', 'b'],
    clones: [
      { device: 'pad', target: undefined, waits: true },
      { device: 'pen', target: 'win10', waits: true },
    ],
    pinned: ['c'],
    pins: [{ device: 'd', target: 'win10' }],
    waits: true,
    hostMode: 'proxy',
    indicator: true,
    realtimePriority: 0,
  })
})

test('a session has the maps of the configuration, with what they are for', () => {
  const { config } = decodeConfig(
    'keep-on-host = ["mute"]\n[[map]]\ndevice = "MOSART"\nkeys."leftctrl+wheel-up" = "a"',
  )
  if (config === undefined) throw new Error('no configuration')
  const { map } = sessionOptions(config)
  expect(map?.devices).toEqual(['MOSART'])
  expect(map?.triggers).toEqual([
    { entry: 0, codes: [29, 0x300], text: 'leftctrl+wheel-up' },
    { entry: undefined, codes: [113], text: 'mute' },
  ])
  expect(map?.needsHostNode).toBe(true)
  expect(map?.compile([[], [0]]).rules).toHaveLength(3)
})
