import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeConfig } from '../../src/config/decode.ts'
import { defaultConfig } from '../../src/config/defaults.ts'
import { diagnosticText } from '../../src/config/diagnostic.ts'
import type { Config } from '../../src/config/schema.ts'

/** 'LINE:COLUMN SEVERITY: MESSAGE / REMEDY' for each diagnostic. */
function told(text: string): string[] {
  return decodeConfig(text).diagnostics.map(({ range: { start }, severity, message, remedy }) => {
    const end = remedy === undefined ? '' : ` / ${remedy}`
    return `${start.line}:${start.column} ${severity}: ${message}${end}`
  })
}

function configOf(text: string): Config {
  const { config, diagnostics } = decodeConfig(text)
  expect(diagnostics).toEqual([])
  if (config === undefined) throw new Error('no configuration')
  return config
}

describe('a right file', () => {
  test('with nothing in it leaves every default', () => {
    expect(configOf('')).toEqual(defaultConfig)
    expect(configOf('# nothing\n\n')).toEqual(defaultConfig)
  })

  test('gives each value with its place', () => {
    const config = configOf(`panic = "f12"
[[source]]
device = "by-id/usb-A_B-event-kbd"
[[target]]
name = "win10"
repeat = false
[[hotkey]]
keys = "f13"
action = "switch"
target = "win10"
[[hotkey]]
keys = "f14"
action = "previous"
[host]
mode = "proxy"
[engine]
realtime = "off"
[log]
level = "debug"
`)
    const at = (line: number, column: number, end: number) => ({
      kind: 'file',
      range: { start: { line, column }, end: { line, column: end } },
    })
    expect(config.panic).toEqual({ value: [88], origin: at(1, 9, 14) })
    expect(config.source).toEqual([
      {
        device: { value: 'by-id/usb-A_B-event-kbd', origin: at(3, 10, 35) },
        target: { value: undefined, origin: { kind: 'default' } },
      },
    ])
    expect(config.target[0]?.name).toEqual({ value: 'win10', origin: at(5, 8, 15) })
    expect(config.target[0]?.repeat).toEqual({ value: false, origin: at(6, 10, 15) })
    expect(config.target[0]?.kind).toEqual({ value: 'uinput', origin: { kind: 'default' } })
    expect(config.hotkey.map(({ action, target }) => [action.value, target.value])).toEqual([
      ['switch', 'win10'],
      ['previous', undefined],
    ])
    expect(config.host.mode.value).toBe('proxy')
    expect(config.engine.realtime).toEqual({ value: 0, origin: at(17, 12, 17) })
    expect(config.log.level.value).toBe('debug')
  })

  test('may be written in any way that TOML has', () => {
    const config = configOf(
      'target = [{name = "a"}, {"name" = \'b\', repeat = false}]\nlog.level = "info"\nengine = {realtime = 98}\r\n',
    )
    expect(config.target.map(({ name }) => name.value)).toEqual(['a', 'b'])
    expect(config.log.level.value).toBe('info')
    expect(config.engine.realtime.value).toBe(98)
  })

  test('may leave a device to this machine', () => {
    const config = configOf('[[source]]\ndevice = "old keyboard"\ntarget = "host"\n')
    expect(config.source[0]?.target.value).toBe('host')
  })

  test('may switch to this machine by a key of its own', () => {
    const config = configOf(
      '[[hotkey]]\nkeys="f13"\naction="next"\n[[hotkey]]\nkeys="f14"\naction="switch"\ntarget="host"',
    )
    expect(config.hotkey[1]?.target.value).toBe('host')
  })

  test('is what identify writes', () => {
    const config = configOf(
      '[[source]]\n# A B: keyboard\ndevice = "id/046d:c52b:A \\\\x1b:usb-1:#2"\n',
    )
    expect(config.source[0]?.device.value).toBe('id/046d:c52b:A \\x1b:usb-1:#2')
  })
})

describe('a wrong file', () => {
  test.each([
    ['tragets = 1', '1:1 error: unknown key "tragets" / did you mean target?'],
    ['[log]\nlevle = 1', '2:1 error: unknown key "levle" / did you mean level?'],
    [
      '[log]\npanic = "f1"',
      '2:1 error: unknown key "panic" / panic belongs at the top of the file, before all tables',
    ],
    ['realtime = 20', '1:1 error: unknown key "realtime" / realtime belongs in [engine]'],
    [
      'device = "a"',
      '1:1 error: unknown key "device" / device belongs in [[source]] or in [[clone]] or in [[map]]',
    ],
    [
      'xyzzyplugh = 1',
      '1:1 error: unknown key "xyzzyplugh" / the top of the file can have: panic, keep-on-host, [[source]], [[clone]], [[target]], [[hotkey]], [[map]], [[hook]], [agent], [host], [engine], [control], [share.join], [share.serve], [log]',
    ],
    [
      '__proto__ = 1\n[constructor]\nx = 1',
      expect.stringMatching(/^1:1 error: unknown key "__proto__"/),
      expect.stringMatching(/^2:2 error: unknown key "constructor"/),
    ],
    ['panic = 5', '1:9 error: panic must be keys as in "leftctrl+rightctrl", not a number'],
    ['panic = "escc"', '1:9 error: panic: unknown key "escc" / did you mean esc?'],
    ['panic = ""', expect.stringContaining('panic: the hotkey has no key')],
    [
      '[[target]]\nname = "my vm"',
      "2:8 error: name: a target's name cannot contain a space / letters, digits, dot, underscore and hyphen can be used, as in my-vm",
    ],
    [
      '[[target]]\nname="a"\nkind = "unput"',
      '3:8 error: kind: "unput" is none of the choices / did you mean "uinput"? It can be "uinput" or "barrier"',
    ],
    ['[[target]]\nname="a"\nrepeat = "on"', '3:10 error: repeat must be true or false, not a text'],
    ['[[target]]', '1:3 error: this target has no name / add name = ..., a name as in "win10"'],
    [
      '[target]\nname="a"',
      '1:2 error: target must be an array of tables, not a table / write [[target]] with two pairs of brackets: there can be several',
    ],
    [
      'target = "a"',
      '1:1 error: target must be an array of tables, not a text / write [[target]], and its keys below',
    ],
    ['target = [1979-05-27]', '1:11 error: an entry of target must be a table, not a date'],
    ['target = []', '1:10 error: there is no target / leave it out for one target named guest'],
    [
      '[[log]]\nlevel="info"',
      '1:3 error: log must be one table, not an array / write [log] with one pair of brackets',
    ],
    [
      'log = "info"',
      '1:1 error: log must be one table, not a text / write [log], and its keys below',
    ],
    [
      '[engine]\nrealtime = 99',
      '2:12 error: realtime: the real-time priority 99 is out of range / say a number from 1 to 98, or "off"',
    ],
    [
      '[engine]\nrealtime = "20"',
      '2:12 error: realtime: bad real-time priority / write the number without quotation marks',
    ],
    [
      '[engine]\nrealtime = 9999999999999999999999',
      '2:12 error: realtime: the real-time priority 999999999999... is out of range / say a number from 1 to 98, or "off"',
    ],
    [
      '[engine]\nrealtime = 1.5',
      '2:12 error: realtime must be a number from 1 to 98, or "off", not a number',
    ],
    [
      '[[source]]\ndevice = "a"\ntarget = "gust"',
      '3:10 error: there is no target named "gust" / did you mean guest?',
    ],
    [
      '[[hotkey]]\nkeys = "f13"\naction = "hook"',
      '3:10 error: a hotkey with the action hook has no hook / add hook = ..., the name that is told',
    ],
    [
      '[[hotkey]]\nkeys = "f13"\naction = "lock"\nhook = "lamp"',
      '4:8 error: a hotkey with the action lock takes no hook / say action = "hook"',
    ],
    [
      '[[hotkey]]\nkeys = "f13"\naction = "hook"\nhook = "a b"',
      '4:8 error: hook: no hook can be named "a b" / use letters, digits, dot, underscore and hyphen, at most 32',
    ],
    [
      '[control]\nsocket = "control.sock"',
      '2:10 error: socket: no socket can have this path / say an absolute path of at most 107 bytes, or "off"',
    ],
    [
      '[control]\ngroup = "a:b"',
      '2:9 error: group: no group can have this name / getent group lists those there are',
    ],
    [
      '[[source]]\ndevice = " "',
      '2:10 error: device: the device has no name / evswitch devices lists the names of all devices',
    ],
    [
      '[[source]]\ndevice = "a\\u0000b"',
      '2:10 error: device: no device can have this name / evswitch devices lists the names of all devices',
    ],
  ])('%j', (text, ...expected) => {
    expect(told(text)).toEqual(expected)
  })

  test('tells all errors at once, by line', () => {
    expect(
      told(
        '[[hotkey]]\nkeys="f13"\naction="switch"\ntarget="mc"\n[[target]]\nname="mac"\nx=1\n[y]\n',
      ).map((line) => line.slice(0, 3)),
    ).toEqual(['4:8', '7:1', '8:2'])
  })

  test.each([
    ['panic = ', '1:9 error: a value is missing'],
    ['panic', '1:6 error: an equals sign is missing'],
    ['panic = f12', expect.stringMatching(/^1:9 error: unexpected character; texts stand in/)],
    ['a = 1\na = 2', '2:1 error: this key is there already'],
    ['a = "x', '1:7 error: a text has no end: its second quotation mark is missing'],
    ['a = {b = 1,}', '1:12 error: trailing comma is not permitted in an inline table'],
    ['[a', '1:3 error: a closing bracket is missing'],
    ['a = 1\0', expect.stringMatching(/^1:6 error: /)],
  ])('that is no TOML, %j, is told where it breaks', (text, expected) => {
    expect(told(text)).toEqual([expected])
  })
})

describe('settings that contradict each other', () => {
  const hotkey = (keys: string, rest = 'action="next"') => `[[hotkey]]\nkeys="${keys}"\n${rest}\n`

  test.each([
    [
      hotkey('leftctrl+f13') + hotkey('f13+leftctrl', 'action="previous"'),
      '5:6 error: another hotkey has the same keys, f13+leftctrl (line 2) / one set of keys can do one thing',
    ],
    [
      `panic = "leftctrl+rightctrl"`,
      '1:9 error: the hotkey leftctrl+rightctrl and the panic chord leftctrl+rightctrl are the same keys / give the panic chord a key that the hotkey does not have',
    ],
    [
      hotkey('leftctrl+rightctrl+esc+a'),
      '2:6 error: the hotkey leftctrl+rightctrl+esc+a contains the panic chord leftctrl+rightctrl+esc / give the panic chord a key that the hotkey does not have',
    ],
    [
      hotkey('f13') + hotkey('f14+f13', 'action="previous"'),
      '5:6 warning: f14+f13 contains the hotkey f13 (line 2) / pressed in another order, that one acts first; press the key that it lacks first',
    ],
    [
      hotkey('f13', 'action="switch"'),
      '3:8 error: switch needs a target to switch to / add target = ..., its name',
    ],
    [
      hotkey('f13', 'action="switch"\ntarget="gest"'),
      '4:8 error: there is no target named "gest" / did you mean guest?',
    ],
    [
      hotkey('f13', 'action="next"\ntarget="guest"'),
      '4:8 error: a hotkey with the action next takes no target / say action = "switch"',
    ],
    [
      '[[target]]\nname="a"\n[[target]]\nname="a"',
      '4:6 error: there are two targets named a (line 2) / name each target once',
    ],
    [
      '[[source]]\ndevice="a"\n[[source]]\ndevice="a"',
      '4:8 error: this device is named twice (line 2) / name each device once',
    ],
    [
      '[[clone]]\ndevice="a"\n[[clone]]\ndevice="a"\ntarget="guest"',
      '4:8 error: this device is cloned for the guest before (line 2) / name it once for each guest, or once without a target for all of them',
    ],
    [
      '[[source]]\ndevice="a"\n[[clone]]\ndevice="a"',
      '4:8 error: this device is a source, too (line 2) / what is cloned goes to the clones only: take one of the two out',
    ],
    [
      '[[clone]]\ndevice="a"\ntarget="host"',
      '3:8 error: this machine has the device itself / leave the target out for all guests, or name one of them',
    ],
    [
      '[[clone]]\ndevice="event4"\ntarget="gest"',
      '2:8 warning: event4 may be another device after the next start / evswitch devices shows a name that stays',
      '3:8 error: there is no target named "gest" / did you mean guest?',
    ],
    [
      '[[source]]\ndevice="/dev/input/event7"',
      '2:8 warning: /dev/input/event7 may be another device after the next start / evswitch devices shows a name that stays',
    ],
    [
      `[[target]]\nname="a"\n[[target]]\nname="b"\n${hotkey('f13', 'action="switch"\ntarget="a"')}`,
      '4:6 warning: no hotkey leads to b / add a [[hotkey]] with action = "switch" and target = "b"',
    ],
  ])('%j', (text, ...expected) => {
    expect(told(text)).toEqual(expected)
  })

  test('a target whose name cannot be read is not said to be unknown, too', () => {
    const text = `[[target]]\nname="my vm"\n${hotkey('f13', 'action="switch"\ntarget="my vm"')}`
    expect(told(text)).toHaveLength(1)
  })

  test.each([
    ['source', 'device="d', 128],
    ['target', 'name="t', 7],
    ['hotkey', 'action="next"\nkeys="0x', 15],
  ])('more of [[%s]] than there can be are told once', (name, line, max) => {
    const entries = (count: number) =>
      Array.from({ length: count }, (_, index) => `[[${name}]]\n${line}${index + 20}"\n`).join('')
    expect(decodeConfig(entries(max)).config).toBeDefined()
    expect(told(entries(max + 2))).toEqual([
      expect.stringContaining(`error: ${max + 2} ${name}s are too many: ${max} are the most`),
    ])
  })
})

const words = [
  ...['panic', 'source', 'target', 'hotkey', 'host', 'engine', 'log', 'device', 'name', 'keys'],
  ...['action', 'mode', 'realtime', 'level', 'repeat', '__proto__', 'constructor', 'a.b', '""'],
  ...['=', '=', '=', '\n', '\n', '[[', ']]', '[', ']', '{', '}', ',', '"', "'", '"""', '.', '#'],
  ...[
    '"f13"',
    '"next"',
    '"switch"',
    '"guest"',
    '"a"',
    '"\\u001b[2J"',
    '"\u202e"',
    '1',
    '1.5',
    'true',
  ],
  ...['1979-05-27', '\0', '\u001b', '\r', '\ud800', '\ufeff', '99999999999999999999'],
]

describe('any text', () => {
  const tomlLike = fc
    .array(fc.constantFrom(...words), { maxLength: 60 })
    .map((parts) => parts.join(' '))
  const anyText = fc.oneof(tomlLike, fc.string({ maxLength: 200, unit: 'binary' }))

  test('is a configuration or has an error, in its lines, and is shown without commands to a terminal', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { config, diagnostics } = decodeConfig(text)
        const hasError = diagnostics.some(({ severity }) => severity === 'error')
        expect(config === undefined).toBe(hasError)
        const lines = text.split(/\r?\n/)
        for (const diagnostic of diagnostics) {
          const { line, column } = diagnostic.range.start
          expect(line).toBeGreaterThanOrEqual(1)
          expect(line).toBeLessThanOrEqual(lines.length)
          expect(column).toBeGreaterThanOrEqual(1)
          for (const shown of diagnosticText(diagnostic, 'f', text)) {
            expect(shown).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
          }
        }
        expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
      }),
      { numRuns: 500 },
    )
  })

  test.each([
    ['[', 65_000],
    ['a=[', 20_000],
    ['a={a=', 13_000],
    ['a.', 32_000],
    ['[[a]]\n', 10_000],
    ['a="', 20_000],
    ['"""', 20_000],
    ['[[target]]\n', 5_900],
    ['[[hotkey]]\nkeys="f13"\n', 2_900],
  ])('of %j, %i times, is done with at once', (part, times) => {
    const text = part.repeat(times)
    const begin = performance.now()
    const { diagnostics } = decodeConfig(text)
    expect(diagnostics.length).toBeGreaterThan(0)
    expect(performance.now() - begin).toBeLessThan(5000)
  })
})
