import { elapsedMs } from './clock.ts'

const FRAMES = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'
const FRAME_MS = 100

/** A line of a terminal that shows that something goes on, and for how long already. */
export class Spinner {
  readonly #out: NodeJS.WriteStream
  #timer: NodeJS.Timeout | undefined
  #what = ''
  #startMs = 0

  constructor(out: NodeJS.WriteStream) {
    this.#out = out
  }

  /** What was shown before is done. */
  show(what: string): void {
    this.finish()
    this.#what = what
    this.#startMs = elapsedMs()
    this.#timer = setInterval(() => this.#draw(), FRAME_MS)
    this.#draw()
  }

  /** What is shown is done. */
  finish(): void {
    if (this.#timer === undefined) return
    const text = `✓ ${this.#what}, ${this.#seconds} s`
    this.abandon()
    this.#out.write(`${text}\n`)
  }

  /** What is shown was not done. */
  abandon(): void {
    if (this.#timer === undefined) return
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#out.write('\r\x1b[K')
  }

  get #seconds(): string {
    return ((elapsedMs() - this.#startMs) / 1000).toFixed(1)
  }

  #draw(): void {
    const index = Math.floor(elapsedMs() / FRAME_MS) % FRAMES.length
    // The cursor goes back to the start: what others print takes the line's place.
    this.#out.write(`\r\x1b[K${FRAMES[index]} ${this.#what}, ${this.#seconds} s\r`)
  }
}
