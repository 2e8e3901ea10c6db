import { describe, expect, test } from 'vitest'
import { Activity } from '../../src/capture/activity.ts'
import { RateMeter } from '../../src/capture/rate-meter.ts'
import { codes } from '../../src/engine/code-table.ts'
import { frameOf } from './frames-of.ts'

const { EV_KEY, EV_REL, EV_ABS, EV_MSC, EV_LED } = codes
const { KEY_A, KEY_C, KEY_ENTER, KEY_LEFTCTRL, BTN_LEFT, BTN_TOUCH, REL_X, REL_WHEEL } = codes

/** What is known after these events, each a frame. */
function heardAfter(...events: readonly (readonly [number, number, number])[]) {
  const activity = new Activity()
  events.forEach((event, at) => {
    activity.add(frameOf(at * 1000, event))
  })
  return activity
}

describe('activity', () => {
  test('is what a person does', () => {
    const { facts } = heardAfter(
      [EV_KEY, KEY_A, 1],
      [EV_KEY, KEY_A, 2],
      [EV_KEY, KEY_A, 0],
      [EV_REL, REL_X, 3],
      [EV_REL, REL_WHEEL, 1],
      [EV_KEY, BTN_LEFT, 1],
      [EV_KEY, BTN_TOUCH, 1],
      [EV_ABS, codes.ABS_X, 100],
      [codes.EV_SW, 0, 1],
    )
    expect(facts.frames).toBe(9)
    expect(facts.sends).toEqual([
      'keys',
      'motion',
      'wheel',
      'buttons',
      'touch',
      'position',
      'switch',
    ])
  })

  test.each<[string, [number, number, number]]>([
    ['a lamp that the host lit', [EV_LED, codes.LED_CAPSL, 1]],
    ['a scancode alone', [EV_MSC, codes.MSC_SCAN, 0]],
    ['the release of the Enter that started the program', [EV_KEY, KEY_ENTER, 0]],
    ['a repeat of a key that was down before', [EV_KEY, KEY_A, 2]],
    ['no motion', [EV_REL, REL_X, 0]],
  ])('is not %s', (_, event) => {
    expect(heardAfter(event).facts).toMatchObject({ frames: 0, sends: [] })
  })

  test('tells the Ctrl+C that ends the program from typing', () => {
    const interrupt = [[EV_KEY, KEY_LEFTCTRL, 1] as const, [EV_KEY, KEY_C, 1] as const]
    const onlyInterrupt = (...events: typeof interrupt) => heardAfter(...events).facts.onlyInterrupt
    expect(onlyInterrupt(...interrupt)).toBe(true)
    expect(heardAfter([EV_KEY, KEY_A, 1], ...interrupt).facts.onlyInterrupt).toBe(false)
    expect(heardAfter([EV_KEY, KEY_LEFTCTRL, 1]).facts.onlyInterrupt).toBe(false)
    expect(heardAfter([EV_KEY, KEY_C, 1]).facts.onlyInterrupt).toBe(false)
  })

  test('keeps the last four keys only', () => {
    const keys = [30, 31, 32, 33, 34, 35]
    expect(heardAfter(...keys.map((code) => [EV_KEY, code, 1] as const)).lastKeys).toEqual([
      32, 33, 34, 35,
    ])
  })
})

describe('the measured rate', () => {
  function measured(intervalsUs: readonly number[]): number | undefined {
    const meter = new RateMeter()
    let nowUs = 1_000_000
    meter.report(BigInt(nowUs) * 1000n)
    for (const interval of intervalsUs) {
      nowUs += interval
      meter.report(BigInt(nowUs) * 1000n)
    }
    return meter.hz
  }

  test.each([125, 500, 1000, 8000])('of a mouse that reports at %i Hz', (hz) => {
    expect(measured(Array.from({ length: 100 }, () => 1e6 / hz))).toBe(hz)
  })

  test('passes over pauses of the hand and bursts of the bus', () => {
    const bumpy = Array.from({ length: 300 }, (_, at) =>
      at % 20 === 0 ? 900_000 : at % 10 === 0 ? 10 : 1000,
    )
    expect(measured(bumpy)).toBe(1000)
  })

  test('is not told before the device was used enough', () => {
    expect(measured([8000, 8000, 8000])).toBeUndefined()
  })
})
