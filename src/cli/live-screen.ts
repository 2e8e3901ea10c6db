import { writeSync } from 'node:fs'

/** The terminal, as far as a live screen needs it. */
export interface TerminalStream {
  readonly rows: number
  readonly columns: number
  readonly writableNeedDrain: boolean
  write(text: string): boolean
  on(event: 'resize', listener: () => void): unknown
  off(event: 'resize', listener: () => void): unknown
}

const toAlternate = '\u001b[?1049h\u001b[?25l'
const toNormal = '\u001b[?25h\u001b[?1049l'
const stdoutFd = 1

export interface Size {
  readonly rows: number
  readonly columns: number
}

/** One line of a screen; lit lines are bold, where the terminal can. */
export interface ScreenLine {
  readonly text: string
  readonly lit?: boolean
}

/**
 * A screen that is drawn again and again over the terminal's, which comes back when it is closed or the
 * process ends. Only lines that have changed are sent; while the terminal is slower than we are, nothing is.
 */
export class LiveScreen {
  readonly #stream: TerminalStream
  readonly #render: (size: Size) => readonly ScreenLine[]
  #shown: readonly string[] = []
  #isOpen = false
  readonly #onResize = () => {
    this.#shown = []
    this.draw()
  }
  readonly #onExit = () => {
    if (!this.#isOpen) return
    try {
      // The stream writes no more when the process ends.
      writeSync(stdoutFd, toNormal)
    } catch {
      // The terminal has gone.
    }
  }

  constructor(stream: TerminalStream, render: (size: Size) => readonly ScreenLine[]) {
    this.#stream = stream
    this.#render = render
  }

  open(): void {
    this.#isOpen = true
    process.once('exit', this.#onExit)
    this.#stream.on('resize', this.#onResize)
    this.#stream.write(toAlternate)
    this.draw()
  }

  /** Shows what is to be seen now. */
  draw(): void {
    const { rows, columns, writableNeedDrain } = this.#stream
    if (!this.#isOpen || writableNeedDrain) return
    const lines = this.#render({ rows, columns }).slice(0, rows)
    const next = lines.map(({ text, lit }) => (lit ? `\u001b[1m${text}\u001b[0m` : text))
    const clear = this.#shown.length === 0 ? '\u001b[2J' : ''
    const height = Math.max(next.length, this.#shown.length)
    let update = ''
    for (let row = 0; row < height; row++) {
      const line = next[row] ?? ''
      if (line !== this.#shown[row]) update += `\u001b[${row + 1};1H${line}\u001b[K`
    }
    this.#shown = next
    if (clear + update !== '') this.#stream.write(clear + update)
  }

  /** Brings the terminal's own screen back. Idempotent. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    process.off('exit', this.#onExit)
    this.#stream.off('resize', this.#onResize)
    this.#stream.write(toNormal)
  }
}
