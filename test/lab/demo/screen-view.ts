import type { Claim } from './claims.ts'
import { elapsedMs } from './clock.ts'
import type { Place } from './input-event.ts'
import { takeTerminalInput } from './interrupt.ts'
import type { Row } from './journal.ts'
import type { Paint } from './paint.ts'
import { Spinner } from './spinner.ts'
import type { Step } from './story.ts'
import { claimLines } from './summary.ts'
import { clip, wrap } from './text.ts'
import type { Accounts, StepPosition, View } from './view.ts'
import { eventsText, short } from './wording.ts'

/** The smallest terminal that the layout fits. */
export const leastSize = { columns: 80, rows: 24 } as const

const ALTERNATE_SCREEN = { enter: '\x1b[?1049h\x1b[?25l', leave: '\x1b[?25h\x1b[?1049l' }
const HOME = '\x1b[H'
const CLEAR_LINE = '\x1b[K'
const CLEAR_BELOW = '\x1b[J'

const TEXT_LINES = 3
const TEXT_WIDTH = 100
const OWNER_WIDTH = 13
const SEPARATOR = ' │ '
/** Lines that are not the table's: title, step, its text, gaps, headings, rules, footer. */
const OTHER_LINES = 3 + TEXT_LINES + 3 + 3
/** A frame is drawn at most this often. */
const FRAME_MS = 40
const CLOCK_MS = 1000
/** Older rows than these have left any screen. */
const ENTRIES_MAX = 200

type Entry = { readonly row: Row } | { readonly claim: Claim } | { readonly title: string }

const columnStyles = ['bold', 'bold', 'host', 'guest'] as const

/** The four columns of the demo, alive. */
export class ScreenView implements View {
  readonly #out: NodeJS.WriteStream
  readonly #paint: Paint
  readonly #spinner: Spinner
  readonly #draw = () => this.#drawFrame()
  #clock: NodeJS.Timeout | undefined
  #frame: NodeJS.Timeout | undefined
  #step: { readonly step: Step; readonly position: StepPosition } | undefined
  #entries: Entry[] = []
  #giveInputBack = () => {}
  #accounts: Accounts | undefined

  constructor(out: NodeJS.WriteStream, paint: Paint) {
    this.#out = out
    this.#paint = paint
    this.#spinner = new Spinner(out)
  }

  introduce(text: readonly string[]): void {
    const width = Math.min(this.#out.columns, TEXT_WIDTH)
    for (const paragraph of text) this.#out.write(`\n${wrap(paragraph, width - 1).join('\n')}\n`)
    this.#out.write('\n')
  }

  wait(what: string): void {
    this.#spinner.show(what)
  }

  watch(accounts: Accounts): void {
    this.#accounts = accounts
  }

  beginStep(step: Step, position: StepPosition): void {
    if (this.#step === undefined) this.#open()
    this.#step = { step, position }
    this.#add({ title: `${position.number}  ${step.title}` })
  }

  showRow(row: Row): void {
    const last = this.#entries.at(-1)
    if (last !== undefined && 'row' in last && last.row === row) this.#changed()
    else this.#add({ row })
  }

  showClaim(claim: Claim): void {
    this.#add({ claim })
  }

  close(): void {
    this.#spinner.abandon()
    if (this.#clock === undefined) return
    clearInterval(this.#clock)
    clearTimeout(this.#frame)
    this.#clock = undefined
    this.#out.off('resize', this.#draw)
    process.off('SIGCONT', this.#draw)
    this.#out.write(ALTERNATE_SCREEN.leave)
    this.#giveInputBack()
  }

  #open(): void {
    this.#spinner.finish()
    this.#giveInputBack = takeTerminalInput()
    this.#out.write(ALTERNATE_SCREEN.enter)
    this.#clock = setInterval(this.#draw, CLOCK_MS)
    this.#out.on('resize', this.#draw)
    process.on('SIGCONT', this.#draw)
  }

  #add(entry: Entry): void {
    this.#entries = [...this.#entries.slice(1 - ENTRIES_MAX), entry]
    this.#changed()
  }

  #changed(): void {
    this.#frame ??= setTimeout(this.#draw, FRAME_MS)
  }

  #drawFrame(): void {
    clearTimeout(this.#frame)
    this.#frame = undefined
    if (this.#clock === undefined || this.#step === undefined) return
    const { columns, rows } = this.#out
    const lines = [
      ...this.#heading(this.#step, columns),
      ...this.#table(columns, Math.max(1, rows - OTHER_LINES)),
      ...this.#footer(columns),
    ]
    const text = lines.slice(0, rows).map((line) => line + CLEAR_LINE)
    this.#out.write(HOME + text.join('\r\n') + CLEAR_BELOW)
  }

  #heading({ step, position }: { step: Step; position: StepPosition }, columns: number): string[] {
    const left = 'evswitch: one keyboard and mouse for two machines'
    const right = `step ${position.number} of ${position.count}   ${clock(elapsedMs())}`
    const text = wrap(step.text, Math.min(columns - 1, TEXT_WIDTH)).slice(0, TEXT_LINES)
    return [
      this.#paint.apply('dim', left.padEnd(columns - 1 - right.length) + right),
      '',
      this.#paint.apply('bold', clip(step.title, columns)),
      ...Array.from({ length: TEXT_LINES }, (_, index) => text[index] ?? ''),
      '',
    ]
  }

  #table(columns: number, height: number): string[] {
    const widths = columnWidths(columns)
    const headings = ['KEYBOARD, MOUSE', 'HAS THE INPUT', 'THE HOST SEES', 'THE GUEST SEES']
    const body = this.#entries.flatMap((entry) => this.#entryLines(entry, widths, columns))
    const shown = body.slice(-height)
    return [
      this.#cells(headings, widths, columnStyles),
      this.#rule(widths),
      ...shown,
      ...Array.from({ length: height - shown.length }, () => ''),
    ]
  }

  #entryLines(entry: Entry, widths: readonly number[], columns: number): string[] {
    if ('claim' in entry) return claimLines(entry.claim, columns - 1, this.#paint)
    if ('title' in entry) return [this.#paint.apply('dim', clip(`── ${entry.title}`, columns - 1))]
    const { row } = entry
    const texts = [
      eventsText(row.events.hands, row, short),
      ownerText(row),
      eventsText(row.events.host, row, short) || silence(row),
      eventsText(row.events.guest, row, short) || (row.guestIsGone ? 'gone' : silence(row)),
    ]
    const cells = texts.map((text, index) => wrap(text, widths[index] ?? 1))
    const height = Math.max(...cells.map((lines) => lines.length))
    return Array.from({ length: height }, (_, line) =>
      this.#cells(
        cells.map((lines) => lines[line] ?? ''),
        widths,
        [undefined, row.after, 'host', 'guest'],
      ),
    )
  }

  #rule(widths: readonly number[]): string {
    return this.#paint.apply('dim', widths.map((width) => '─'.repeat(width)).join('─┼─'))
  }

  #cells(
    texts: readonly string[],
    widths: readonly number[],
    styles: readonly (Parameters<Paint['apply']>[0] | undefined)[],
  ): string {
    const cells = texts.map((text, index) => {
      const style = styles[index]
      const padded = clip(text, widths[index] ?? 1).padEnd(widths[index] ?? 1)
      return style === undefined ? padded : this.#paint.apply(style, padded)
    })
    return cells.join(this.#paint.apply('dim', SEPARATOR))
  }

  #footer(columns: number): string[] {
    const widths = columnWidths(columns)
    const down = (place: Place) => {
      const keys = [...(this.#accounts?.[place].pressed ?? [])].map((code) => short.key(code))
      return keys.length === 0 ? 'none' : keys.join(' ')
    }
    const legend = '↓ goes down   ↑ goes up   × repeats   · nothing'
    const end = 'Ctrl+C ends'
    return [
      this.#rule(widths),
      this.#cells(
        [down('hands'), 'KEYS DOWN NOW', down('host'), down('guest')],
        widths,
        columnStyles,
      ),
      this.#paint.apply('dim', legend.padEnd(columns - 1 - end.length) + end),
    ]
  }
}

/** Hands, owner, host, guest; the last column of the terminal stays free. */
function columnWidths(columns: number): number[] {
  const free = columns - 1 - OWNER_WIDTH - 3 * SEPARATOR.length
  const third = Math.floor(free / 3)
  return [third, OWNER_WIDTH, third, free - 2 * third]
}

function ownerText({ before, after, switches }: Row): string {
  if (switches > 1) return `${switches} switches`
  return before === after ? after : `${before} → ${after}`
}

function silence(row: Row): string {
  return row.isOver ? '·' : ''
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
