import { codes } from '../../src/engine/code-table.ts'
import { codeName, keyId } from '../../src/engine/codes.ts'
import type { SimRecord } from '../../src/native/sim.ts'

/** A frame in words: 'a down', 'x 5 + btn_left down', 'numlock lit'. */
export function framesOf(records: readonly SimRecord[]): string[] {
  const frames: string[] = []
  let events: string[] = []
  for (const record of records) {
    if (record.type !== codes.EV_SYN) {
      events.push(eventText(record))
      continue
    }
    // What the kernel filters leaves an empty frame behind, which no reader sees.
    if (events.length > 0) frames.push(events.join(' + '))
    events = []
  }
  if (events.length > 0) frames.push(`${events.join(' + ')} and no end`)
  return frames
}

/** In the order of LED_NUML, LED_CAPSL, LED_SCROLLL. */
export const lampNames = ['numlock', 'capslock', 'scrolllock']

const keyStates = ['up', 'down', 'again']

function eventText({ type, code, value }: SimRecord): string {
  switch (type) {
    case codes.EV_KEY:
      return `${keyId(code)} ${keyStates[value] ?? value}`
    case codes.EV_LED:
      return `${lampNames[code] ?? code} ${value ? 'lit' : 'dark'}`
    default:
      return `${shortName(type, code)} ${value}`
  }
}

/** 'REL_WHEEL_HI_RES' as 'wheel_hi_res'. */
function shortName(type: number, code: number): string {
  return codeName(type, code)
    .replace(/^[A-Z]+_/, '')
    .toLowerCase()
}
