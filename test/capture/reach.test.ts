import { expect, test } from 'vitest'
import { reachText } from '../../src/capture/reach.ts'
import { codes } from '../../src/engine/code-table.ts'

test.for([
  [codes.KEY_A, 'a reaches a guest.'],
  [codes.KEY_MUTE, 'mute reaches a guest.'],
  [codes.BTN_BACK, 'btn_back reaches a guest as btn_side.'],
  [codes.BTN_FORWARD, 'btn_forward reaches a guest as btn_extra.'],
  [
    codes.KEY_F13,
    'f13 reaches no guest: QEMU has no code for it, and drops it. ' +
      'A [[map]] makes it another: keys.KEY_F13 = "leftctrl+f1"',
  ],
  [
    codes.BTN_TASK,
    "btn_task reaches no guest: QEMU's mouse has no such button. " +
      'A [[map]] makes it another: keys.BTN_TASK = "leftctrl+f1"',
  ],
] as const)('%i: %s', ([code, text]) => {
  expect(reachText(code)).toBe(text)
})

test.for([
  'F13',
  'F24',
  'MACRO',
  'MACRO1',
  'PROG1',
  'PROG4',
  'WWW',
  'CONFIG',
  'CAMERA',
  'MICMUTE',
  'EJECTCD',
  'SCROLLUP',
])('KEY_%s is one that QEMU loses', (name) => {
  const code = codes[`KEY_${name}` as keyof typeof codes]
  expect(reachText(code)).toContain('reaches no guest')
})

test.for(['VOLUMEUP', 'PLAYPAUSE', 'CALC', 'HOMEPAGE', 'MEDIA', 'RIGHTMETA', 'KPENTER'])(
  'KEY_%s is one that it passes on',
  (name) => {
    const code = codes[`KEY_${name}` as keyof typeof codes]
    expect(reachText(code)).toContain('reaches a guest')
  },
)
