import { expect, test } from 'vitest'
import { codes } from '../../../src/engine/code-table.ts'
import { codeName } from '../../../src/engine/codes.ts'
import type { SinkEvent } from '../../../src/engine/types.ts'
import { ScreenInput } from '../../../src/share/join/screen-input.ts'
import { modifiers } from '../../../src/share/keys/barrier-key.ts'
import { IncomingKeys } from '../../../src/share/keys/incoming-keys.ts'
import { asksForLamps, streamOf } from '../../../src/share/nodes/frame-check.ts'

/** Frames as text: 'KEY_A 1', 'REL_X 1 REL_Y 2'. */
function screenInput(screen = { width: 1920, height: 1080 }) {
  const frames: string[] = []
  const input = new ScreenInput(new IncomingKeys({ server: 'x11' }), screen, (frame) => {
    for (const event of frame) expect(streamOf(event) ?? asksForLamps(event)).toBeTruthy()
    if (frame.length > 0) frames.push(frame.map(text).join(' '))
  })
  const taken = () => frames.splice(0)
  return { input, taken }
}

function text({ type, code, value }: SinkEvent): string {
  return `${codeName(type, code)} ${value}`
}

const a = { id: 0x61, mask: 0, button: codes.KEY_A + 8 }
const lamp = (code: number, value: number): SinkEvent => ({ type: codes.EV_LED, code, value })

test('keys are frames of their own', () => {
  const { input, taken } = screenInput()
  input.keyDown(a)
  input.keyUp({ ...a, id: 0x41 })
  expect(taken()).toEqual(['KEY_A 1', 'KEY_A 0'])
})

test('at an entry the pointer is put there and the lamps are asked for; then locks are made the same', () => {
  const { input, taken } = screenInput()
  input.entered({ x: 0, y: 0, mask: modifiers.capsLock })
  expect(taken()).toEqual([expect.stringMatching(/^ABS_X \d+ ABS_Y \d+$/), 'MSC_RAW 1'])
  input.lamps([lamp(codes.LED_NUML, 1), lamp(codes.LED_CAPSL, 0)])
  expect(taken()).toEqual(['KEY_CAPSLOCK 1', 'KEY_CAPSLOCK 0', 'KEY_NUMLOCK 1', 'KEY_NUMLOCK 0'])
  input.lamps([lamp(codes.LED_CAPSL, 1)])
  expect(taken()).toEqual([])
})

test('lamps that come after the screen was left press nothing', () => {
  const { input, taken } = screenInput()
  input.entered({ x: 1, y: 1, mask: modifiers.capsLock })
  input.left()
  taken()
  input.lamps([lamp(codes.LED_CAPSL, 0)])
  expect(taken()).toEqual([])
})

test('what is left has nothing pressed', () => {
  const { input, taken } = screenInput()
  input.keyDown(a)
  input.mouseDown(1)
  input.mouseDown(3)
  input.mouseUp(3)
  taken()
  input.left()
  expect(taken()).toEqual(['KEY_A 0', 'BTN_LEFT 0'])
  input.mouseUp(1)
  expect(taken()).toEqual([])
})

test('buttons have the numbers of the protocol, and there are five', () => {
  const { input, taken } = screenInput()
  for (const number of [1, 2, 3, 4, 5, 6, 0]) input.mouseDown(number)
  expect(taken()).toEqual([
    'BTN_LEFT 1',
    'BTN_MIDDLE 1',
    'BTN_RIGHT 1',
    'BTN_SIDE 1',
    'BTN_EXTRA 1',
  ])
})

test.each([
  [1, 1],
  [800, 600],
  [1920, 1080],
  [5760, 2160],
  [32_767, 32_767],
])('every pixel of a screen of %ix%i is found again', (width, height) => {
  const { input, taken } = screenInput({ width, height })
  for (const x of [0, 1, width >> 1, width - 2, width - 1].filter((at) => at >= 0 && at < width)) {
    const y = Math.min(x, height - 1)
    // At the second one the place is another by less than a pixel.
    for (let entry = 0; entry < 2; entry++) {
      input.entered({ x, y, mask: 0 })
      const [, absX = '', absY = ''] = /ABS_X (\d+) ABS_Y (\d+)/.exec(taken()[0] ?? '') ?? []
      expect(Math.floor((Number(absX) * width) / 65_536)).toBe(x)
      expect(Math.floor((Number(absY) * height) / 65_536)).toBe(y)
    }
  }
})

test('an entry at the same place as before is told again', () => {
  const { input, taken } = screenInput()
  input.entered({ x: 5, y: 5, mask: 0 })
  const [first] = taken()
  input.left()
  input.entered({ x: 5, y: 5, mask: 0 })
  expect(taken()[0]).not.toBe(first)
})

test('motion that is relative is passed on, without an axis that rests', () => {
  const { input, taken } = screenInput()
  input.mouseRelative(-3, 0)
  input.mouseRelative(1, 2)
  input.mouseRelative(0, 0)
  expect(taken()).toEqual(['REL_X -3', 'REL_X 1 REL_Y 2'])
})

test('the wheel is told finely, and in notches for who knows no finer ones', () => {
  const { input, taken } = screenInput()
  input.wheel(0, 120)
  input.wheel(0, -240)
  input.wheel(0, 60)
  input.wheel(0, 70)
  input.wheel(0, -119)
  input.wheel(-120, 0)
  expect(taken()).toEqual([
    'REL_WHEEL 1 REL_WHEEL_HI_RES 120',
    'REL_WHEEL -2 REL_WHEEL_HI_RES -240',
    'REL_WHEEL_HI_RES 60',
    'REL_WHEEL 1 REL_WHEEL_HI_RES 70',
    'REL_WHEEL_HI_RES -119',
    'REL_HWHEEL -1 REL_HWHEEL_HI_RES -120',
  ])
})
