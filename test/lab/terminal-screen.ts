import { PATIENCE_MS, Settled, within } from './deadline.ts'
import type { LabProcess } from './lab-process.ts'

/** The sequences that our programs use; anything else is an error, so that none is overlooked. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are what it is about
const sequence = /^\u001b\[([?]?)([0-9;]*)([A-Za-z])/
const firstPrintable = 0x20

/** What a terminal of some size shows of what a program writes: a small part of a VT100. */
export class TerminalScreen {
  readonly #rows: number
  readonly #columns: number
  #cells: string[][]
  #row = 0
  #column = 0
  #saved: string[][] | undefined
  #pending = ''
  isCursorVisible = true

  constructor(rows: number, columns: number) {
    this.#rows = rows
    this.#columns = columns
    this.#cells = this.#empty()
  }

  /** Whether the program has a screen of its own at the moment. */
  get isAlternate(): boolean {
    return this.#saved !== undefined
  }

  /** The lines without trailing blanks. */
  get lines(): string[] {
    return this.#cells.map((cells) => cells.join('').trimEnd())
  }

  /** The whole screen, without empty lines at its end. */
  get text(): string {
    return this.lines.join('\n').trimEnd()
  }

  feed(text: string): void {
    let rest = this.#pending + text
    this.#pending = ''
    while (rest !== '') {
      if (rest.startsWith('\u001b')) {
        const found = sequence.exec(rest)
        if (found === null) {
          if (rest.length > 20) throw new Error(`unknown sequence: ${JSON.stringify(rest)}`)
          this.#pending = rest
          return
        }
        this.#control(found[1] === '?', found[2] ?? '', found[3] ?? '')
        rest = rest.slice(found[0].length)
      } else {
        const character = String.fromCodePoint(rest.codePointAt(0) ?? 0)
        this.#put(character)
        rest = rest.slice(character.length)
      }
    }
  }

  #control(isPrivate: boolean, parameters: string, command: string): void {
    const [first = 0, second = 0] = parameters.split(';').map(Number)
    if (isPrivate) this.#mode(first, command === 'h')
    else if (command === 'H') {
      this.#row = Math.max(1, first) - 1
      this.#column = Math.max(1, second) - 1
    } else if (command === 'K') this.#cells[this.#row]?.fill(' ', this.#column)
    else if (command === 'J') this.#cells = this.#empty()
    else if (command !== 'm') throw new Error(`unknown sequence: ${parameters}${command}`)
  }

  #mode(mode: number, on: boolean): void {
    if (mode === 25) this.isCursorVisible = on
    if (mode !== 1049) return
    if (on) {
      this.#saved = this.#cells
      this.#cells = this.#empty()
    } else {
      this.#cells = this.#saved ?? this.#cells
      this.#saved = undefined
      this.#row = 0
      this.#column = 0
    }
  }

  #put(character: string): void {
    if (character === '\r') this.#column = 0
    else if (character === '\n') this.#newLine()
    else if ((character.codePointAt(0) ?? 0) >= firstPrintable) {
      if (this.#column >= this.#columns) {
        this.#column = 0
        this.#newLine()
      }
      const cells = this.#cells[this.#row]
      if (cells !== undefined) cells[this.#column++] = character
    }
  }

  #newLine(): void {
    this.#row++
    if (this.#row < this.#rows) return
    this.#row = this.#rows - 1
    this.#cells = [...this.#cells.slice(1), Array<string>(this.#columns).fill(' ')]
  }

  #empty(): string[][] {
    return Array.from({ length: this.#rows }, () => Array<string>(this.#columns).fill(' '))
  }
}

/** The screen of a program that was started with a terminal. */
export class LabScreen extends TerminalScreen {
  #changed = new Settled<void>()
  readonly #process: LabProcess

  constructor(process: LabProcess, size: { readonly rows: number; readonly columns: number }) {
    super(size.rows, size.columns)
    this.#process = process
    this.feed(process.stdout.text)
    const decoder = new TextDecoder()
    process.stdout.onData = (bytes) => {
      this.feed(decoder.decode(bytes, { stream: true }))
      this.#changed.resolve()
      this.#changed = new Settled()
    }
  }

  /** Waits until the screen is as wanted. */
  async waitUntil(condition: () => boolean, deadlineMs = PATIENCE_MS): Promise<void> {
    const look = async () => {
      while (!condition()) await this.#changed.promise
    }
    await within(
      deadlineMs,
      look(),
      () => `the screen never was as wanted:\n${this.text}\n${this.#process.describe()}`,
    )
  }
}
