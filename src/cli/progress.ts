import { clip } from '../devices/sanitize.ts'
import type { Output } from './output.ts'

const width = 24

/** A bar on stderr that is drawn over and over; silent where stderr is no terminal. */
export class Progress {
  readonly #output: Output
  readonly #isLive: boolean

  constructor(output: Output, isLive = process.stderr.isTTY === true) {
    this.#output = output
    this.#isLive = isLive
  }

  show(done: number, of: number, what: string): void {
    if (!this.#isLive) return
    const filled = Math.round((done / of) * width)
    const bar = '█'.repeat(filled) + '░'.repeat(width - filled)
    const line = clip(`${bar} ${done}/${of}  ${what}`, this.#output.columns - 1)
    this.#output.err(`\r\u001b[K${line}`)
  }

  clear(): void {
    if (this.#isLive) this.#output.err('\r\u001b[K')
  }
}
