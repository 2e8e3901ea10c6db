import { expect, test } from 'vitest'
import { decodeConfig } from '../../src/config/decode.ts'
import { diagnosticText } from '../../src/config/diagnostic.ts'

function told(...lines: string[]): string[] {
  const text = lines.join('\n')
  return decodeConfig(text).diagnostics.map(({ severity, range: { start }, message, remedy }) =>
    [`${start.line}:${start.column} ${severity}: ${message}`, remedy].filter(Boolean).join(' / '),
  )
}

test('a map without fault is told nothing about', () => {
  expect(
    told(
      'keep-on-host = ["mute", "KEY_MICMUTE"]',
      '[[target]]',
      'name = "win10"',
      'keep = ["f12"]',
      'max-rate = 250',
      '[[map]]',
      'target = "win10"',
      'keys.BTN_SIDE = "leftctrl+c"',
      'keys.KEY_MACRO1 = ["leftmeta+r", 200, "c"]',
      'keys."leftctrl+q" = "switch win10"',
      'axes.wheel = "invert"',
    ),
  ).toEqual([])
})

test.for([
  [['[[map]]', 'keys.BTN_SIDEE = "a"'], '2:6 error: unknown key "BTN_SIDEE" / did you mean'],
  [
    ['[[map]]', 'keys.a = "leftctl+c"'],
    '2:10 error: unknown key "leftctl" / did you mean leftctrl?',
  ],
  [['[[map]]', 'keys.a = 5'], '2:10 error: a key becomes a text, or an array for a macro'],
  [['[[map]]', 'keys = "a"'], '2:8 error: keys must be a table of keys'],
  [
    ['[[map]]', 'keys.a = ["leftmeta down"]'],
    '2:10 error: the macro is wrong: it leaves leftmeta down',
  ],
  [['[[map]]', 'keys.a = [1.5]'], '2:10 error: a macro consists of texts'],
  [['[[map]]', 'axes.x = "scale 1000"'], '2:10 error: the factor "1000" is out of range'],
  [['[[map]]', 'axes.q = "invert"'], '2:6 error: unknown axis "q"'],
  [['keep-on-host = ["muet"]'], '1:17 error: unknown key "muet" / did you mean mute?'],
  [['keep-on-host = "mute"'], '1:16 error: keep-on-host must be keys as in'],
  [['[[target]]', 'name = "a"', 'max-rate = 9'], '3:12 error: max-rate: the rate is out of range'],
  [
    ['[[map]]', 'keys.a = "switch gest"'],
    '2:6 error: there is no target named "gest" / did you mean guest?',
  ],
  [
    ['[[map]]', 'target = "x"', 'keys.a = "b"'],
    '2:10 error: there is no target named "x" / there are: host, guest',
  ],
  [
    ['[[map]]', 'keys.leftctrl = "switch next"'],
    '2:6 error: this would make the panic chord leftctrl+rightctrl+esc (by default) unreachable: ' +
      'leftctrl would act before its last key is down',
  ],
  [
    ['[[map]]', 'keys."rightctrl+leftctrl" = "a"'],
    '2:6 error: this rule could never act: the hotkey leftctrl+rightctrl (by default) has its keys, and acts first',
  ],
  [
    ['[[map]]', 'keys.capslock = "a"', '[[map]]', 'keys.capslock = "b"'],
    '4:6 error: there is a rule for this already (line 2) / keep one of the two',
  ],
  [
    ['keep-on-host = ["mute"]', '[[target]]', 'name = "guest"', 'keep = ["mute"]'],
    '4:9 error: mute is kept twice (line 1)',
  ],
  [
    [
      ...['[host]', 'mode = "proxy"', '[[map]]', 'target = "host"', 'keys.f1 = "guest: f1"'],
      ...['[[map]]', 'target = "guest"', 'keys.f1 = "host: f1"'],
    ],
    '8:6 error: a loop: f1 of guest goes to host, and back (line 5)',
  ],
  [
    ['[[map]]', 'target = "host"', 'keys.f1 = "f2"'],
    '3:6 warning: this has no effect: while this machine has the input it reads its devices itself',
  ],
  [['[[map]]', 'keys.f1 = "f13"'], '2:6 warning: QEMU does not pass f13 on: no guest will see f13'],
] as const)('%j is told about', ([lines, message]) => {
  expect(told(...lines).join('\n')).toContain(message)
})

test('more rules than there may be are refused', () => {
  const keys = Array.from({ length: 257 }, (_, code) => `keys.0x${(code + 16).toString(16)} = "a"`)
  expect(told('[[map]]', ...keys)).toEqual([
    '258:6 error: 257 rules are too many: 256 are the most',
  ])
})

test('of two rules that contradict each other both lines are shown', () => {
  const text = ['[[map]]', 'keys.capslock = "a"', '[[map]]', 'keys.capslock = "b"'].join('\n')
  const [diagnostic] = decodeConfig(text).diagnostics
  expect(diagnostic && diagnosticText(diagnostic, 'c.toml', text)).toEqual([
    'c.toml:4:6: there is a rule for this already (line 2)',
    '   4 | keys.capslock = "b"',
    '     |      ^^^^^^^^^^^^^^',
    '   2 | keys.capslock = "a"',
    '     |      ^^^^^^^^^^^^^^',
    '  keep one of the two, or say for which device or target each is',
  ])
})
