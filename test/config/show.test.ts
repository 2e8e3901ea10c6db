import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeConfig } from '../../src/config/decode.ts'
import { defaultConfig } from '../../src/config/defaults.ts'
import { override } from '../../src/config/override.ts'
import type { Config } from '../../src/config/schema.ts'
import { configJson, configToml } from '../../src/config/show.ts'
import { logLevels } from '../../src/log-levels.ts'

function configOf(text: string): Config {
  const { config, diagnostics } = decodeConfig(text)
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  if (config === undefined) throw new Error('no configuration')
  return config
}

const text = `[[target]]
name = "win10"
[[hotkey]]
keys = "f14"
action = "switch"
target = "win10"
`

test('a configuration is shown as a file, with the origin of each value', () => {
  const config = override(configOf(text), { panic: [1], realtime: 0 })
  expect(configToml(config).join('\n')).toBe(`\
panic = "esc"  # --panic

[[target]]
name = "win10"           # line 2
kind = "uinput"          # default
profile = "input-linux"  # default
repeat = true            # default
on-start = "stay"        # default

[[hotkey]]
keys = "f14"       # line 4
action = "switch"  # line 5
target = "win10"   # line 6

[agent]
notify = "trouble"    # default
inhibit-idle = true   # default
inhibit-sleep = true  # default

[host]
mode = "release"   # default
indicator = false  # default

[engine]
realtime = "off"  # --realtime

[control]
group = "evswitch"  # default

[log]
level = "warn"  # default`)
})

test('for scripts, each value has its origin', () => {
  const json = configJson(override(configOf(text), { logLevel: 'info' }), '/etc/c.toml')
  expect(json).toMatchObject({
    file: '/etc/c.toml',
    settings: {
      panic: { value: 'leftctrl+rightctrl+esc', from: 'default' },
      source: [],
      target: [{ name: { value: 'win10', from: '/etc/c.toml:2:8' } }],
      hotkey: [{ target: { value: 'win10', from: '/etc/c.toml:6:10' } }],
      log: { level: { value: 'info', from: '--log-level' } },
    },
  })
  expect(configJson(defaultConfig, undefined)['file']).toBeNull()
})

function withoutOrigins(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, each) => (key === 'origin' ? undefined : each)))
}

test('what is shown says the same when it is read', () => {
  const keys = fc.uniqueArray(fc.integer({ min: 1, max: 0x2ff }), { minLength: 1, maxLength: 4 })
  const overrides = fc.record({
    targets: fc.uniqueArray(fc.stringMatching(/^[a-gA-Z][A-Za-z0-9._-]{0,31}$/), {
      minLength: 1,
      maxLength: 7,
      selector: (name) => name.toLowerCase(),
    }),
    devices: fc.uniqueArray(
      fc
        .string({ minLength: 1, unit: 'grapheme' })
        .filter((name) => name.trim() !== '' && !/\p{Cc}/u.test(name)),
    ),
    clones: fc.uniqueArray(fc.stringMatching(/^clone [a-z]{1,9}$/)),
    hotkey: keys,
    panic: keys,
    repeat: fc.boolean(),
    realtime: fc.integer({ min: 0, max: 98 }),
    hostMode: fc.constantFrom('release', 'proxy'),
    logLevel: fc.constantFrom(...logLevels),
  })
  fc.assert(
    fc.property(overrides, (options) => {
      fc.pre(!options.panic.every((key) => options.hotkey.includes(key)))
      const config = override(defaultConfig, options)
      const read = configOf(configToml(config).join('\n'))
      expect(withoutOrigins(read)).toEqual(withoutOrigins(config))
    }),
  )
})
