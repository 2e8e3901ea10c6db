import { describe, expect, test } from 'vitest'
import type { InputEvent } from './input-event.ts'
import { keyCode } from './keys.ts'
import { eventsText, long, short } from './wording.ts'

const all = { hidesSwitches: false }

function press(key: string): InputEvent {
  return { kind: 'press', code: keyCode(key) }
}

function release(key: string): InputEvent {
  return { kind: 'release', code: keyCode(key) }
}

function tap(...keys: string[]): InputEvent[] {
  return keys.flatMap((key) => [press(key), release(key)])
}

describe('events in words', () => {
  test('letters that were typed join to a word', () => {
    expect(eventsText(tap('h', 'i'), all, short)).toBe('hi')
    expect(eventsText(tap('h', 'esc', 'i'), all, long)).toBe('h, Esc, i')
  })

  test('a key that stays down says so, with its repeats', () => {
    expect(eventsText([press('w')], all, short)).toBe('w↓')
    const repeat: InputEvent = { kind: 'repeat', code: keyCode('w') }
    expect(eventsText([press('w'), repeat, repeat], all, short)).toBe('w↓×2')
  })

  test('a key that went down earlier only goes up', () => {
    expect(eventsText([...tap('x'), release('w')], all, short)).toBe('x w↑')
  })

  test('movements add up', () => {
    const right: InputEvent = { kind: 'motion', x: 5, y: 0 }
    const up: InputEvent = { kind: 'motion', x: 0, y: -2 }
    expect(eventsText([right, up, right], all, short)).toBe('moved 10,-2')
    expect(eventsText([right, up], all, long)).toBe('moves 5 right, 2 up')
  })

  test('switches can be left out', () => {
    const events = [...tap('a'), press('ctrl'), press('ctrl_r'), release('ctrl_r'), release('ctrl')]
    expect(eventsText(events, { hidesSwitches: true }, short)).toBe('a')
    expect(eventsText(events, all, short)).toBe('a LCtrl RCtrl')
  })
})
