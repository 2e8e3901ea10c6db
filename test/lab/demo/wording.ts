import { codes } from '../../../src/engine/code-table.ts'
import { keyLabel } from '../../../src/engine/codes.ts'
import type { InputEvent } from './input-event.ts'
import type { Row } from './journal.ts'
import { isCtrl } from './keys.ts'

/** What is done that is no input. */
type Deed = 'unplug' | 'plug' | 'crash' | 'end'

/** How much room there is for words. */
export interface Wording {
  readonly separator: string
  key(code: number): string
  down(key: string): string
  up(key: string): string
  repeated(key: string, times: number): string
  motion(x: number, y: number): string
  wheel(clicks: number): string
  readonly deeds: Readonly<Record<Deed, string>>
}

const shortNames: ReadonlyMap<number, string> = new Map([
  [codes.KEY_LEFTCTRL, 'LCtrl'],
  [codes.KEY_RIGHTCTRL, 'RCtrl'],
  [codes.BTN_LEFT, 'button'],
])

/** For narrow columns. */
export const short: Wording = {
  separator: ' ',
  key: (code) => shortNames.get(code) ?? keyWord(code),
  down: (key) => `${key}↓`,
  up: (key) => `${key}↑`,
  repeated: (key, times) => `${key}↓×${times}`,
  motion: (x, y) => `moved ${x},${y}`,
  wheel: (clicks) => `wheel ${clicks > 0 ? 'up' : 'down'}`,
  deeds: {
    unplug: 'unplugged',
    plug: 'plugged in',
    crash: 'crashes',
    end: '(evswitch ends)',
  },
}

/** For whole lines. */
export const long: Wording = {
  separator: ', ',
  key: keyWord,
  down: (key) => `${key} goes down`,
  up: (key) => `${key} goes up`,
  repeated: (key, times) => `${key} goes down and repeats ${times} times`,
  motion: (x, y) => `moves ${direction(x, 'right', 'left')}, ${direction(y, 'down', 'up')}`,
  wheel: (clicks) => `wheel ${direction(clicks, 'up', 'down')}`,
  deeds: {
    unplug: 'is unplugged',
    plug: 'is plugged in',
    crash: 'crashes: its QEMU is killed',
    end: 'ends evswitch, as Ctrl+C does',
  },
}

function keyWord(code: number): string {
  if (code === codes.BTN_LEFT) return 'left button'
  const label = keyLabel(code)
  return label.length === 1 ? label.toLowerCase() : label
}

function direction(count: number, forward: string, back: string): string {
  return `${Math.abs(count)} ${count < 0 ? back : forward}`
}

/** What one place had of a row. A key that went down and up again is a word of its own, letters join. */
export function eventsText(
  events: readonly InputEvent[],
  { hidesSwitches }: Pick<Row, 'hidesSwitches'>,
  wording: Wording,
): string {
  const marks: Mark[] = []
  for (const event of events) {
    if ('code' in event && hidesSwitches && isCtrl(event.code)) continue
    addEvent(marks, event)
  }
  let text = ''
  let wasLetter = false
  for (const mark of marks) {
    const word = markText(mark, wording)
    const isLetter = word.length === 1
    text += text === '' || (wasLetter && isLetter) ? word : wording.separator + word
    wasLetter = isLetter
  }
  return text
}

/** Several events of the same thing. */
type Mark =
  | { readonly kind: 'key'; readonly code: number; repeats: number; state: 'down' | 'tap' | 'up' }
  | { readonly kind: 'motion'; x: number; y: number }
  | { readonly kind: 'wheel'; clicks: number }
  | { readonly kind: Deed }

function addEvent(marks: Mark[], event: InputEvent): void {
  const last = marks.at(-1)
  switch (event.kind) {
    case 'press':
      marks.push({ kind: 'key', code: event.code, repeats: 0, state: 'down' })
      break
    case 'repeat': {
      const pressed = findPressed(marks, event.code)
      if (pressed) pressed.repeats++
      break
    }
    case 'release': {
      const pressed = findPressed(marks, event.code)
      if (pressed) pressed.state = 'tap'
      else marks.push({ kind: 'key', code: event.code, repeats: 0, state: 'up' })
      break
    }
    case 'motion':
      if (last?.kind === 'motion') {
        last.x += event.x
        last.y += event.y
      } else marks.push({ ...event })
      break
    case 'wheel':
      if (last?.kind === 'wheel') last.clicks += event.clicks
      else marks.push({ ...event })
      break
    case 'unplug':
    case 'plug':
    case 'crash':
    case 'end':
      marks.push({ kind: event.kind })
  }
}

function findPressed(marks: readonly Mark[], code: number): (Mark & { kind: 'key' }) | undefined {
  return marks.findLast(
    (mark): mark is Mark & { kind: 'key' } =>
      mark.kind === 'key' && mark.code === code && mark.state === 'down',
  )
}

function markText(mark: Mark, wording: Wording): string {
  switch (mark.kind) {
    case 'key': {
      const key = wording.key(mark.code)
      if (mark.state === 'tap') return mark.code === codes.BTN_LEFT ? 'click' : key
      if (mark.state === 'up') return wording.up(key)
      return mark.repeats === 0 ? wording.down(key) : wording.repeated(key, mark.repeats)
    }
    case 'motion':
      return wording.motion(mark.x, mark.y)
    case 'wheel':
      return wording.wheel(mark.clicks)
    case 'unplug':
    case 'plug':
    case 'crash':
    case 'end':
      return wording.deeds[mark.kind]
  }
}
