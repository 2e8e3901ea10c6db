import type { Claim } from './claims.ts'
import { elapsedMs } from './clock.ts'
import { type Place, places, type Side } from './input-event.ts'
import type { Row } from './journal.ts'
import type { Paint } from './paint.ts'
import type { Step } from './story.ts'
import { claimLines } from './summary.ts'
import { wrap } from './text.ts'
import type { StepPosition, View } from './view.ts'
import { eventsText, long } from './wording.ts'

const WIDTH = 80
const WHO_WIDTH = 10
const TIME_WIDTH = 8

/** One line for each event, oldest first: for pipes, files and terminals that can do no more. */
export class PlainView implements View {
  readonly #print: (line: string) => void
  readonly #paint: Paint

  constructor(print: (line: string) => void, paint: Paint) {
    this.#print = print
    this.#paint = paint
  }

  introduce(text: readonly string[]): void {
    for (const paragraph of text) this.#lines('', ...wrap(paragraph, WIDTH))
    this.#lines('')
  }

  wait(what: string): void {
    this.#event('demo', `${what} ...`)
  }

  watch(): void {}

  beginStep({ title, text }: Step, { number, count }: StepPosition): void {
    const heading = `${number}/${count}  ${title}`
    this.#lines('', this.#paint.apply('bold', heading), ...wrap(text, WIDTH))
  }

  showRow(row: Row): void {
    if (!row.isOver) return
    for (const place of places) {
      const text = eventsText(row.events[place], row, long)
      // Who had the input, or has it now, and saw nothing: that is worth a line.
      if (text !== '' || isActor(row, place)) {
        if (place === 'hands') this.#event(row.actor, text, { atMs: row.startMs })
        else this.#event(place, text || 'sees nothing', { side: place })
      }
    }
    for (const remark of row.remarks) this.#event('evswitch', remark)
  }

  showClaim(claim: Claim): void {
    this.#lines(...claimLines(claim, WIDTH, this.#paint))
  }

  close(): void {}

  #event(
    who: string,
    text: string,
    { atMs = elapsedMs(), side }: { readonly atMs?: number; readonly side?: Side } = {},
  ): void {
    const time = `${(atMs / 1000).toFixed(1)} s`.padStart(TIME_WIDTH)
    const name = who.padEnd(WHO_WIDTH)
    const shown = side === undefined ? name : this.#paint.apply(side, name)
    this.#lines(`${this.#paint.apply('dim', time)}  ${shown}${text}`)
  }

  #lines(...lines: readonly string[]): void {
    for (const line of lines) this.#print(line)
  }
}

function isActor(row: Row, place: Place): boolean {
  if (place === 'hands' || row.actor === 'demo' || row.before !== row.after) return false
  return place === 'host' || !row.guestIsGone
}
