import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeConfig } from '../../src/config/decode.ts'
import { importConfig } from '../../src/config/import.ts'
import type { Config } from '../../src/config/schema.ts'
import { EvswitchError } from '../../src/errors.ts'

function imported(text: string): { toml: string; config: Config } {
  const toml = importConfig(text)
  const { config, diagnostics } = decodeConfig(toml)
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  if (config === undefined) throw new Error('no configuration')
  return { toml, config }
}

function hotkeysOf({ hotkey }: Config) {
  return hotkey.map(({ keys, action, target }) => [keys.value, action.value, target.value])
}

const folder = '/dev/input/by-id'

describe('persistent-evdev', () => {
  test('becomes sources for one guest, with what is otherwise now', () => {
    const { toml } = imported(
      JSON.stringify({
        cache: '/opt/persistent-evdev/cache',
        devices: {
          'persist-mouse0': `${folder}/usb-Logitech_G403-event-mouse`,
          'persist-keyboard0': `${folder}/usb-Qwertykeys_QK65-if02-event-kbd`,
        },
      }),
    )
    expect(toml).toContain(`
[[source]]
# persist-mouse0
device = "by-id/usb-Logitech_G403-event-mouse"

[[source]]
# persist-keyboard0
device = "by-id/usb-Qwertykeys_QK65-if02-event-kbd"

[[target]]
# Its machine is to open these nodes, instead of the former ones:
# /dev/input/by-id/evswitch-guest-event-kbd
# /dev/input/by-id/evswitch-guest-event-mouse
name = "guest"
`)
    expect(toml).toContain(`# - No longer there: ${folder}/uinput-persist-mouse0\n`)
  })

  test('with names that would leave their comment does not', () => {
    const { toml, config } = imported(
      '{"devices": {"a\\nname = 1": "/dev/input/by-id/x\\"\\n", "__proto__": "/dev/x", "c": 5}}',
    )
    expect(config.source.map(({ device }) => device.value)).toEqual(['/dev/x'])
    expect(toml).toContain('# - 1 source is left out: twice there, or not possible.')
  })
})

describe('evsieve', () => {
  const script = `#!/bin/sh
KEYBOARD=${folder}/usb-A_Keyboard-event-kbd
exec /usr/bin/evsieve \\
    --input $KEYBOARD domain=kb grab persist=reopen \\
    --input ${folder}/usb-B_Mouse-event-mouse domain=ms grab \\
    --hook key:leftctrl key:leftalt toggle breaks-on=key::1 sequential \\
    --map key:capslock key:esc \\
    --toggle @kb @host-kb @guest-kb \\
    --toggle @ms @host-ms @guest-ms \\
    --output @host-kb create-link=${folder}/host-keyboard repeat=enable \\
    --output @host-ms create-link=${folder}/host-mouse \\
    --output @guest-kb create-link=${folder}/guest-keyboard repeat=disable \\
    --output @guest-ms create-link=${folder}/guest-mouse
`

  test('with its common toggle becomes sources, a guest and a hotkey', () => {
    const { toml, config } = imported(script)
    expect(config.source.map(({ device }) => device.value)).toEqual([
      'by-id/usb-A_Keyboard-event-kbd',
      'by-id/usb-B_Mouse-event-mouse',
    ])
    expect(config.target.map(({ name, repeat }) => [name.value, repeat.value])).toEqual([
      ['guest', false],
    ])
    expect(hotkeysOf(config)).toEqual([[[29, 56], 'next', undefined]])
    expect(toml).toContain('# - not carried over: --map key:capslock key:esc\n')
    expect(toml).toContain(
      `# - Not needed, this machine reads its devices itself: ${folder}/host-keyboard\n`,
    )
    expect(toml).toContain(`# - No longer there, guest has other nodes: ${folder}/guest-mouse\n`)
  })

  test('that switches straight to an output keeps its hotkeys', () => {
    const { config, toml } = imported(
      script
        .replace('toggle breaks-on', 'toggle=:1 breaks-on')
        .replace('--map', '--hook key:f13:1 btn:side toggle=id:2 exec-shell="do it" --map'),
    )
    expect(hotkeysOf(config)).toEqual([
      [[29, 56], 'switch', 'host'],
      [[183, 0x113], 'switch', 'guest'],
    ])
    expect(toml).toContain('# - not carried over: --hook with exec-shell=do it\n')
  })

  test('between two guests has them both, and begins with this machine', () => {
    const { config, toml } = imported(
      `ExecStart=/usr/bin/evsieve --input /dev/input/event4 grab domain=kb --hook key:scrolllock toggle --toggle @kb @vkb1 @vkb2 --output @vkb1 create-link=${folder}/v1 --output @vkb2 create-link=${folder}/v2`,
    )
    expect(config.target.map(({ name }) => name.value)).toEqual(['vkb1', 'vkb2'])
    expect(toml).toContain('None of its outputs is this machine')
  })

  test('that begins with its guest is said to begin otherwise', () => {
    const { config, toml } = imported(
      '--input /dev/input/event4 grab domain=kb\n'.replace('\n', ' ') +
        '--hook key:scrolllock toggle --toggle @kb @guest-kb @host-kb --output @host-kb --output @guest-kb create-link=/x',
    )
    expect(config.target.map(({ name }) => name.value)).toEqual(['guest'])
    expect(toml).toContain('evsieve began with a guest')
  })

  test('whose devices only a shell knows says so', () => {
    const { config, toml } = imported('evsieve --input $(find_it) $KB grab --output')
    expect(config.source).toEqual([])
    expect(toml).toContain('Only a shell knows which device this is; add it as a [[source]]: $KB')
    expect(toml).toContain('# - No device is named: every keyboard and mouse is taken.\n')
  })

  test('with keys that are no hotkey of ours keeps the default', () => {
    const { config, toml } = imported(
      'evsieve --input /dev/x grab --hook key:a:0 toggle --hook key:nosuch toggle --hook key:leftctrl key:rightctrl key:esc toggle --output',
    )
    expect(hotkeysOf(config)).toEqual([[[29, 97], 'next', undefined]])
    expect(toml).toContain('its keys are not those of a hotkey: --hook key:a:0 toggle\n')
    expect(toml).toContain('# - 1 hotkey is left out: twice there, or not possible.\n')
  })
})

describe('anything else', () => {
  test.each(['', '{}', '{"devices": []}', 'echo hello', 'evsieve --output', 'null'])(
    '%j is refused',
    (text) => {
      expect(() => importConfig(text)).toThrow('there is nothing in it that can be imported')
    },
  )

  const parts = [
    ...[
      '--input',
      '--hook',
      '--toggle',
      '--output',
      '--map',
      'toggle',
      'toggle=:2',
      'grab',
      'domain=a',
    ],
    ...[
      '@a',
      '@b',
      '@host',
      '@guest-kb',
      '""',
      'key:f13',
      'key:leftctrl',
      'key:rightctrl',
      'key:esc',
    ],
    ...[
      'btn:side',
      'key:%29',
      'create-link=/x',
      'create-link=/y',
      'repeat=disable',
      '/dev/input/event1',
    ],
    ...[`${folder}/x`, '$X', '"', "'", '\\', '\n', '\u001b', '\u202e', '@a b', '\ud800'],
  ]

  test('is refused, or becomes a configuration without an error', () => {
    const lines = fc
      .array(fc.constantFrom(...parts), { maxLength: 80 })
      .map((words) => `evsieve --input /dev/input/event9 ${words.join(' ')}`)
    const json = fc
      .dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }))
      .map((devices) => JSON.stringify({ devices }))
    fc.assert(
      fc.property(fc.oneof(lines, json, fc.string()), (text) => {
        try {
          imported(text)
        } catch (error) {
          if (!(error instanceof EvswitchError)) throw error
          expect(error.code).toBe('bad-config')
        }
      }),
      { numRuns: 500 },
    )
  })
})
