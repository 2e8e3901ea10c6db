import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Account } from './account.ts'
import type { InputEvent } from './input-event.ts'
import type { Row } from './journal.ts'
import { Paint } from './paint.ts'
import { leastSize, ScreenView } from './screen-view.ts'
import { story } from './story.ts'

/** Everything that a terminal is told. */
class Terminal extends PassThrough {
  readonly columns: number
  readonly rows: number
  text = ''

  constructor({ columns, rows }: { columns: number; rows: number }) {
    super()
    this.columns = columns
    this.rows = rows
    this.on('data', (bytes: Buffer) => {
      this.text += bytes.toString()
    })
  }

  /** What is on the screen after the last frame. */
  async frame(): Promise<string[]> {
    const shown = this.text.length
    while (this.text.length === shown) await sleep(5)
    const frame = this.text.slice(this.text.lastIndexOf('\x1b[H') + '\x1b[H'.length)
    return frame.replace('\x1b[J', '').replaceAll('\x1b[K', '').split('\r\n')
  }
}

/** More keys than fit into a column. */
const keys = Array.from(
  { length: 40 },
  (_, code): InputEvent => ({ kind: 'press', code: code + 1 }),
)

const row: Row = {
  actor: 'keyboard',
  events: { hands: keys, host: keys.slice(0, 20), guest: keys },
  remarks: [],
  before: 'host',
  after: 'guest',
  switches: 1,
  hidesSwitches: false,
  startMs: 0,
  guestIsGone: false,
  isOver: true,
}

test.each([leastSize, { columns: 120, rows: 40 }])(
  'every step fits a terminal of $columns columns and $rows rows',
  async (size) => {
    const terminal = new Terminal(size)
    const view = new ScreenView(terminal as unknown as NodeJS.WriteStream, new Paint(false))
    const account = new Account()
    for (const event of keys) account.add(event)
    view.watch({ hands: account, host: account, guest: account })
    for (const [index, step] of story.entries()) {
      view.beginStep(step, { number: index + 1, count: story.length })
      view.showRow({ ...row })
      view.showClaim({ text: step.text, holds: true })
      const lines = await terminal.frame()
      expect(lines).toHaveLength(size.rows)
      for (const line of lines) expect(line.length, line).toBeLessThan(size.columns)
      // The explanation is shown to its end.
      expect(lines.join(' ')).toContain(step.text.split(' ').slice(-2).join(' '))
    }
    view.close()
    expect(terminal.text.endsWith('\x1b[?25h\x1b[?1049l')).toBe(true)
  },
)
