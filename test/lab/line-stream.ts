import { StringDecoder } from 'node:string_decoder'
import { PATIENCE_MS, Settled, within } from './deadline.ts'
import { LabError } from './lab-error.ts'

/** What a line must be: contain a text, match an expression, or satisfy a function. */
export type LineMatch = string | RegExp | ((line: string) => boolean)

/** Output that arrives in pieces, seen as lines. */
export class LineStream implements AsyncIterable<string> {
  /** All that arrived, as it arrived. */
  text = ''
  /** Complete lines so far, without their ends. A last line without an end counts when the stream ends. */
  readonly lines: string[] = []
  /** Called with every piece as it arrives. */
  onData: ((bytes: Buffer) => void) | undefined

  readonly #decoder = new StringDecoder('utf8')
  readonly #describe: () => string
  #rest = ''
  /** How many lines waitForLine has passed. */
  #position = 0
  #ended: { readonly error: Error | undefined } | undefined
  #changed = new Settled<void>()

  /** @param describe what to tell about this stream when waiting fails */
  constructor(describe: () => string) {
    this.#describe = describe
  }

  push(bytes: Buffer): void {
    this.onData?.(bytes)
    const text = this.#decoder.write(bytes)
    this.text += text
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    this.#add(lines)
  }

  /** With an error, everyone who waits for more fails with it. */
  end(error?: Error): void {
    if (this.#ended) return
    this.#ended = { error }
    this.#add(this.#rest === '' ? [] : [this.#rest])
    this.#rest = ''
  }

  /**
   * The next line that matches, counted from after the last one that this method gave. A line that was
   * there before the call counts too, so nothing is lost between two waits. One wait at a time: two would
   * pass each other's lines.
   */
  async waitForLine(match: LineMatch, deadlineMs = PATIENCE_MS): Promise<string> {
    const matches = matcher(match)
    let found: string | undefined
    const lookFurther = () => {
      while (found === undefined && this.#position < this.lines.length) {
        const line = this.lines[this.#position++]
        if (line !== undefined && matches(line)) found = line
      }
      return found !== undefined
    }
    await this.waitUntil(lookFurther, `no line matched ${describeMatch(match)}`, deadlineMs)
    return found ?? ''
  }

  /**
   * Waits until something is true that depends on what arrives; looked at again after each piece.
   * @param failure what to say when it never was
   */
  async waitUntil(
    condition: () => boolean,
    failure: string,
    deadlineMs = PATIENCE_MS,
  ): Promise<void> {
    const message = () => `${failure}: ${this.#describe()}`
    const look = async () => {
      while (!condition()) {
        if (this.#ended) throw this.#ended.error ?? new LabError(message())
        await this.#changed.promise
      }
    }
    await within(deadlineMs, look(), message)
  }

  /** All lines from the first on, also those that are still to come. */
  async *[Symbol.asyncIterator](): AsyncIterator<string> {
    for (let next = 0; ; next++) {
      while (next >= this.lines.length) {
        if (this.#ended?.error) throw this.#ended.error
        if (this.#ended) return
        await this.#changed.promise
      }
      yield this.lines[next] ?? ''
    }
  }

  #add(lines: readonly string[]): void {
    for (const line of lines) this.lines.push(line.replace(/\r$/, ''))
    const changed = this.#changed
    this.#changed = new Settled()
    changed.resolve()
  }
}

function matcher(match: LineMatch): (line: string) => boolean {
  if (typeof match === 'string') return (line) => line.includes(match)
  return match instanceof RegExp ? (line) => match.test(line) : match
}

function describeMatch(match: LineMatch): string {
  return typeof match === 'string' ? JSON.stringify(match) : String(match)
}
