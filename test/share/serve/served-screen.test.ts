import { describe, expect, test } from 'vitest'
import { codes } from '../../../src/engine/code-table.ts'
import type { SinkEvent } from '../../../src/engine/types.ts'
import { OutgoingKeys } from '../../../src/share/keys/outgoing-keys.ts'
import { usLayout } from '../../../src/share/keys/us-layout.ts'
import type { PointerHabits } from '../../../src/share/serve/pointer.ts'
import { ServedScreen, type SessionInput } from '../../../src/share/serve/served-screen.ts'

const { EV_KEY, EV_REL, EV_MSC } = codes

const key = (code: number, value: number): SinkEvent => ({ type: EV_KEY, code, value })
const rel = (code: number, value: number): SinkEvent => ({ type: EV_REL, code, value })
const enter: SinkEvent = { type: EV_MSC, code: codes.MSC_SERIAL, value: 1 }
const leave: SinkEvent = { type: EV_MSC, code: codes.MSC_SERIAL, value: 0 }
const question: SinkEvent = { type: EV_MSC, code: codes.MSC_RAW, value: 1 }

function setUp(pointer: Partial<PointerHabits> = {}) {
  const said: string[] = []
  const answers: number[] = []
  const note =
    (name: string) =>
    (...args: readonly unknown[]) =>
      void said.push([name, ...args.map((each) => JSON.stringify(each))].join(' '))
  const session: SessionInput = {
    enter: note('enter'),
    leave: note('leave'),
    keyDown: ({ id, mask }) => said.push(`down ${String.fromCodePoint(id)} ${mask}`),
    keyRepeat: ({ id }) => said.push(`repeat ${String.fromCodePoint(id)}`),
    keyUp: ({ id }) => said.push(`up ${String.fromCodePoint(id)}`),
    mouseDown: note('press'),
    mouseUp: note('release'),
    mouseMove: note('move'),
    mouseRelative: note('step'),
    wheel: note('wheel'),
  }
  const screen = new ServedScreen({
    keys: new OutgoingKeys(usLayout),
    pointer: { isRelative: false, speed: 1, acceleration: 0, ...pointer },
    answer: (frame) => answers.push(...frame.map(({ value }) => value)),
  })
  return {
    screen,
    session,
    answers,
    said: () => said.splice(0),
    connect: () => screen.attach(session, { width: 640, height: 480 }),
    send: (...events: readonly SinkEvent[]) => {
      for (const event of events) screen.frame([event])
    },
  }
}

describe('a screen that is served', () => {
  test('is consumed while its computer is connected, and says so when it is asked and when it changes', () => {
    const it = setUp()
    it.send(question)
    it.connect()
    it.send(question)
    it.screen.detach()
    expect(it.answers).toEqual([0, 1, 1, 0])
  })

  test('gets keys, buttons, wheel and motion of the engine in order', () => {
    const it = setUp()
    it.connect()
    it.send(enter, key(codes.KEY_A, 1), key(codes.KEY_A, 2), key(codes.KEY_A, 0))
    it.screen.frame([rel(codes.REL_X, 5), rel(codes.REL_Y, -3)])
    it.send(key(codes.BTN_RIGHT, 1), key(codes.BTN_RIGHT, 0), rel(codes.REL_WHEEL, -1), leave)
    expect(it.said()).toEqual([
      ...['enter 320 240 0', 'down a 0', 'repeat a', 'up a', 'move 325 237'],
      ...['press 3', 'release 3', 'wheel 0 -120', 'leave'],
    ])
  })

  test('gets symbols as Shift makes them', () => {
    const it = setUp()
    it.connect()
    it.send(enter)
    it.said()
    it.send(key(codes.KEY_LEFTSHIFT, 1), key(codes.KEY_1, 1))
    expect(it.said().at(-1)).toBe('down ! 1')
  })

  test('gets a fine wheel in its own units, once', () => {
    const it = setUp()
    it.connect()
    it.send(enter)
    it.said()
    it.screen.frame([rel(codes.REL_WHEEL, 1), rel(codes.REL_WHEEL_HI_RES, 120)])
    it.screen.frame([rel(codes.REL_WHEEL_HI_RES, 15), rel(codes.REL_HWHEEL_HI_RES, -30)])
    expect(it.said()).toEqual(['wheel 0 120', 'wheel -30 15'])
  })

  test('is left with every key up, also when the engine goes without a word', () => {
    const it = setUp()
    it.connect()
    it.send(enter, key(codes.KEY_A, 1), key(codes.KEY_LEFTSHIFT, 1))
    it.said()
    it.screen.end()
    expect(it.said().map((each) => each.split(' ')[0])).toEqual(['up', 'up', 'leave'])
  })

  test('is entered where the pointer was left, and when its computer comes late', () => {
    const it = setUp()
    it.connect()
    it.send(enter, rel(codes.REL_X, 1000), leave)
    it.said()
    it.screen.detach()
    it.send(enter)
    it.connect()
    expect(it.said()).toEqual(['enter 639 240 0'])
  })

  test('holds no key of a connection that has broken', () => {
    const it = setUp()
    it.connect()
    it.send(enter, key(codes.KEY_A, 1))
    it.screen.detach()
    it.said()
    it.connect()
    it.send(key(codes.KEY_A, 0), leave)
    expect(it.said()).toEqual(['enter 320 240 0', 'leave'])
  })
})

describe('a pointer', () => {
  test('is told in steps where games want them', () => {
    const it = setUp({ isRelative: true })
    it.connect()
    it.send(enter)
    it.said()
    it.screen.frame([rel(codes.REL_X, -7), rel(codes.REL_Y, 2)])
    expect(it.said()).toEqual(['step -7 2'])
  })

  test('keeps what is less than a pixel for the next step', () => {
    const it = setUp({ isRelative: true, speed: 0.25 })
    it.connect()
    it.send(enter)
    it.said()
    it.send(...Array<SinkEvent>(10).fill(rel(codes.REL_X, 1)))
    expect(it.said()).toEqual(['step 1 0', 'step 1 0'])
  })

  test('is faster for fast motion where that is wanted, at most by the factor', () => {
    const it = setUp({ isRelative: true, acceleration: 1 })
    it.connect()
    it.send(enter)
    it.said()
    it.send(rel(codes.REL_X, 16), rel(codes.REL_X, 32), rel(codes.REL_X, 100))
    expect(it.said()).toEqual(['step 24 0', 'step 64 0', 'step 200 0'])
  })

  test('stays on a screen that becomes smaller', () => {
    const it = setUp()
    it.connect()
    it.send(enter, rel(codes.REL_X, 300))
    it.said()
    it.screen.resize({ width: 100, height: 100 })
    it.send(rel(codes.REL_Y, -1))
    expect(it.said()).toEqual(['move 99 98'])
  })
})
