import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { EvswitchError } from '../errors.ts'
import { packageRoot } from '../package-root.ts'

export const metronomePath = join(packageRoot, 'native/build/metronome')

/** What became of the frames that were sent: native/bench/metronome.c. */
export interface Beats {
  readonly sent: number
  readonly received: number
  /** SYN_DROPPED at the reader. */
  readonly drops: number
  /** From when the first frame was due to when the last was sent. */
  readonly spanNs: number
  /** How late each was sent. */
  readonly lateNs: readonly number[]
  /** From there to the reader; null for one that never came. */
  readonly tookNs: readonly (number | null)[]
}

export interface MetronomeOptions {
  readonly kind: 'mouse' | 'keyboard'
  /** How many devices beat together; mice only. */
  readonly count?: number
  readonly signal: AbortSignal
}

/** Devices of its own, made by another process, whose frames come at a fixed beat and are timed at a reader. */
export class Metronome implements Disposable {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>
  readonly #interface: Interface
  readonly #nodes: string[] = []
  #hasPriority = false
  #stderr = ''

  private constructor({ kind, count = 1, signal }: MetronomeOptions) {
    // An abort kills it, and with it all that waits for its answers.
    this.#child = spawn(metronomePath, [kind, String(count), '--fifo'], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true, // Ctrl+C is for us, and we end it
      signal,
      killSignal: 'SIGKILL',
    })
    const { stdout, stderr, stdin } = this.#child
    if (stdout === null || stderr === null || stdin === null) throw new Error('there are no pipes')
    this.#child.on('error', (error) => {
      if (error.name !== 'AbortError') this.#stderr += error.message
    })
    stdin.on('error', () => {}) // it has ended, which its output tells
    stderr.on('data', (bytes: Buffer) => {
      this.#stderr += bytes.toString()
    })
    this.#interface = createInterface({ input: stdout })
    this.#lines = this.#interface[Symbol.asyncIterator]()
  }

  /** Makes the devices. Throws 'not-installed' where its program is missing, 'unexpected' with its own words. */
  static async start(options: MetronomeOptions): Promise<Metronome> {
    options.signal.throwIfAborted()
    const metronome = new Metronome(options)
    try {
      await metronome.#begin(options.signal)
      return metronome
    } catch (error) {
      metronome[Symbol.dispose]()
      throw error
    }
  }

  /** Its devices. */
  get nodes(): readonly string[] {
    return this.#nodes
  }

  /** It runs with real-time priority, as its reader does. */
  get hasPriority(): boolean {
    return this.#hasPriority
  }

  /** Grabs nodes, as QEMU does, and reads them from now on. */
  async listen(nodes: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#ask(`listen ${nodes.join(' ')}`, signal)
  }

  /** Every device sends `count` frames, `hz` a second. */
  async beat(hz: number, count: number, signal: AbortSignal): Promise<Beats> {
    return JSON.parse(await this.#ask(`beat ${hz} ${count}`, signal)) as Beats
  }

  /** Presses a chord of two keys, and another key after it; its frame is the one that is timed. */
  async pressChord(
    [first, second]: readonly [number, number],
    signal: AbortSignal,
  ): Promise<Beats> {
    return JSON.parse(await this.#ask(`switch ${first} ${second}`, signal)) as Beats
  }

  [Symbol.dispose](): void {
    this.#interface.close()
    this.#child.kill('SIGKILL')
  }

  async #begin(signal: AbortSignal): Promise<void> {
    for (;;) {
      const [word, value = ''] = (await this.#nextLine(signal)).split(' ')
      if (word === 'source') this.#nodes.push(value)
      if (word !== 'ready') continue
      this.#hasPriority = value === '1'
      return
    }
  }

  async #ask(line: string, signal: AbortSignal): Promise<string> {
    this.#child.stdin?.write(`${line}\n`)
    return await this.#nextLine(signal)
  }

  async #nextLine(signal: AbortSignal): Promise<string> {
    const { value, done } = await this.#lines.next()
    signal.throwIfAborted()
    if (!done) return value as string
    const words = this.#stderr.trim()
    if (words.includes('ENOENT')) {
      throw new EvswitchError(
        'not-installed',
        `the benchmark's own program is missing: ${metronomePath}`,
        {
          remedy: 'build it: npm run build',
        },
      )
    }
    throw new EvswitchError('unexpected', words === '' ? 'the metronome has ended' : words)
  }
}

/** Keeps every processor busy at ordinary priority until it is disposed of. */
export class Load implements Disposable {
  readonly #children: readonly ChildProcess[]

  constructor(processors: number) {
    this.#children = Array.from({ length: processors }, () =>
      spawn(metronomePath, ['spin'], { stdio: ['pipe', 'ignore', 'ignore'], detached: true }),
    )
    for (const child of this.#children) child.on('error', () => {})
  }

  [Symbol.dispose](): void {
    for (const child of this.#children) child.stdin?.end()
  }
}
