import { PATIENCE_MS, Settled, within } from './deadline.ts'
import { LabError } from './lab-error.ts'
import type { ExitStatus, LabProcess } from './lab-process.ts'
import type { LabVm } from './vm.ts'

/** An event as a tool inside the machine saw it, in the kernel's numbers. */
export interface SeenEvent {
  readonly node: string
  readonly type: number
  readonly code: number
  readonly value: number
  /** CLOCK_MONOTONIC of the machine when the kernel made the event. */
  readonly timeUs: number
}

/** What an event must be: every field that is named. */
export type EventMatch = Partial<Omit<SeenEvent, 'timeUs'>>

/** Starts to watch nodes as a desktop does, without grabbing unless asked to. */
export async function startReader(
  vm: LabVm,
  nodes: readonly string[],
  options: { readonly grab?: boolean } = {},
): Promise<LabReader> {
  const process = await vm.spawn(['reader', ...(options.grab ? ['--grab'] : []), ...nodes])
  await process.waitForLine('ready')
  return new LabReader(process)
}

/** Watches nodes inside the machine (tools/reader.c). */
export class LabReader {
  readonly process: LabProcess
  #parsed: SeenEvent[] = []
  #parsedLines = 0
  /** How many events waitFor has passed. */
  #position = 0

  constructor(process: LabProcess) {
    this.process = process
  }

  /** Every event so far, oldest first. */
  get events(): readonly SeenEvent[] {
    const { lines } = this.process.stdout
    for (; this.#parsedLines < lines.length; this.#parsedLines++) {
      const event = parseEvent(lines[this.#parsedLines] ?? '')
      if (event) this.#parsed.push(event)
    }
    return this.#parsed
  }

  /** The next event that matches, after the last one that this method gave. One wait at a time. */
  async waitFor(match: EventMatch, deadlineMs = PATIENCE_MS): Promise<SeenEvent> {
    let found: SeenEvent | undefined
    const lookFurther = () => {
      const { events } = this
      while (found === undefined && this.#position < events.length) {
        const event = events[this.#position++]
        if (event && matchesEvent(event, match)) found = event
      }
      return found !== undefined
    }
    const failure = `no event matched ${JSON.stringify(match)}`
    await this.process.stdout.waitUntil(lookFurther, failure, deadlineMs)
    if (!found) throw new LabError(failure)
    return found
  }

  /**
   * The keys that are down on each node, as its events tell. Everything that the nodes had received when
   * this was asked is in `events` afterwards.
   */
  async pressed(): Promise<ReadonlyMap<string, readonly number[]>> {
    const from = this.process.stdout.lines.length
    this.process.write('pressed\n')
    const nodes = this.process.argv.filter((argument) => argument.startsWith('/dev/'))
    const answers = () =>
      this.process.stdout.lines.slice(from).filter((line) => line.startsWith('pressed '))
    await this.process.stdout.waitUntil(() => answers().length >= nodes.length, 'no answer')
    return new Map(
      answers().map((line) => {
        const [, node = '', ...codes] = line.split(' ')
        return [node, codes.map(Number)]
      }),
    )
  }

  async stop(): Promise<ExitStatus> {
    return await this.process.stop()
  }
}

function parseEvent(line: string): SeenEvent | undefined {
  const match = /^(\/\S+) (\d+) (\d+) (-?\d+) (\d+)\.(\d+)$/.exec(line)
  if (!match) return undefined
  const [node = '', ...numbers] = match.slice(1)
  const [type = 0, code = 0, value = 0, seconds = 0, micros = 0] = numbers.map(Number)
  return { node, type, code, value, timeUs: seconds * 1e6 + micros }
}

function matchesEvent(event: SeenEvent, match: EventMatch): boolean {
  return (
    (match.node === undefined || match.node === event.node) &&
    (match.type === undefined || match.type === event.type) &&
    (match.code === undefined || match.code === event.code) &&
    (match.value === undefined || match.value === event.value)
  )
}

/** A device to be made by uinput. */
export interface PlayedDeviceOptions {
  /** A full set of keys and lamps, or of buttons and axes; none for what `bits` says alone. */
  readonly kind?: 'keyboard' | 'mouse'
  readonly name?: string
  readonly phys?: string
  readonly bus?: number
  readonly vendor?: number
  readonly product?: number
  readonly version?: number
  /** EV_REP, the kernel's own key repeat; true by default for a keyboard. */
  readonly repeat?: boolean
  /** More capabilities, such as "1:30-48,2:0-1": type and codes. */
  readonly bits?: string
  /** INPUT_PROP_* by number: "0,2". */
  readonly props?: string
  /** Axes with minimum, maximum, fuzz, flat and resolution: "0:0:4095:0:0:27,1:0:4095:0:0:43". */
  readonly abs?: string
}

/** Type, code, value. */
export type PlayedEvent = readonly [type: number, code: number, value: number]

/** Starts the tool that makes devices; they end with it. */
export async function startPlayer(vm: LabVm): Promise<LabPlayer> {
  return new LabPlayer(await vm.spawn(['player']))
}

/** Makes devices inside the machine and plays events on them (tools/player.c). */
export class LabPlayer {
  readonly process: LabProcess
  /** What consumers wrote to the devices, such as lamps: told by every line that has arrived, whoever reads them. */
  get feedback(): readonly { id: string; type: number; code: number; value: number }[] {
    return this.process.stdout.lines.flatMap((line) => {
      const [word, id = '', ...numbers] = line.split(' ')
      const [type = 0, code = 0, value = 0] = numbers.map(Number)
      return word === 'feedback' ? [{ id, type, code, value }] : []
    })
  }

  /** The player answers in the order of the commands. */
  readonly #answers: Settled<string>[] = []
  #nextId = 1

  constructor(process: LabProcess) {
    this.process = process
    void this.#readAnswers()
  }

  /** Makes a device. Its node is there at once, its links when udev has been through. */
  async create(options: PlayedDeviceOptions): Promise<PlayedDevice> {
    const id = `d${this.#nextId++}`
    const { kind, repeat, ...settings } = options
    const words = Object.entries(settings).map(([name, value]) => `${name}="${value}"`)
    if (kind !== undefined) words.unshift(kind)
    if (repeat !== undefined) words.push(`repeat=${repeat ? 1 : 0}`)
    const answer = await this.command(['create', id, ...words].join(' '))
    return new PlayedDevice(this, id, answer.split(' ')[2] ?? '')
  }

  /** Sends one line; see tools/player.c. Gives the answer, and fails when it is an error. */
  async command(line: string): Promise<string> {
    const answer = new Settled<string>()
    this.#answers.push(answer)
    this.process.write(`${line}\n`)
    return await within(PATIENCE_MS, answer.promise, () => `no answer: ${this.process.describe()}`)
  }

  /** Ends the tool and with it all its devices. */
  async stop(): Promise<ExitStatus> {
    return await this.process.stop()
  }

  async #readAnswers(): Promise<void> {
    let end = new LabError('the player has ended')
    try {
      for await (const line of this.process) this.#take(line)
    } catch (error) {
      if (error instanceof LabError) end = error
    }
    for (const answer of this.#answers) answer.reject(end)
  }

  #take(line: string): void {
    const [word] = line.split(' ')
    if (word === 'feedback') return
    if (word === 'error') {
      this.#answers.shift()?.reject(new LabError(`player: ${line}`))
    } else {
      this.#answers.shift()?.resolve(line)
    }
  }
}

/** A device that the player made. */
export class PlayedDevice {
  readonly id: string
  readonly node: string
  readonly #player: LabPlayer

  constructor(player: LabPlayer, id: string, node: string) {
    this.#player = player
    this.id = id
    this.node = node
  }

  /** Writes events and their SYN_REPORT at once. */
  async frame(...events: readonly PlayedEvent[]): Promise<void> {
    await this.#play('frame', events)
  }

  /** Writes events as they are. */
  async events(...events: readonly PlayedEvent[]): Promise<void> {
    await this.#play('events', events)
  }

  /** Writes the same frame again and again, at least `gapUs` apart. */
  async stream(count: number, gapUs: number, ...events: readonly PlayedEvent[]): Promise<void> {
    await this.#play('stream', events, [String(count), String(gapUs)])
  }

  /** Presses and releases a key or button. */
  async tap(code: number): Promise<void> {
    await this.frame([EV_KEY, code, 1])
    await this.frame([EV_KEY, code, 0])
  }

  async destroy(): Promise<void> {
    await this.#player.command(`destroy ${this.id}`)
  }

  async #play(
    word: string,
    events: readonly PlayedEvent[],
    numbers: readonly string[] = [],
  ): Promise<void> {
    const texts = events.map((event) => event.join(':'))
    await this.#player.command([word, this.id, ...numbers, ...texts].join(' '))
  }
}

const EV_KEY = 1
