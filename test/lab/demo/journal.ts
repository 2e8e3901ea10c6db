import { Settled, within } from '../deadline.ts'
import { Account } from './account.ts'
import { elapsedMs } from './clock.ts'
import { type InputEvent, type Place, places, type Side } from './input-event.ts'

/** An emulated machine on a busy computer may be slow; nothing waits this long when all is well. */
const DEADLINE_MS = 60_000

/** One action of the hands and all that came of it. It grows until the next one begins. */
export interface Row {
  /** Who acts: a device, or the demo itself. */
  readonly actor: 'keyboard' | 'mouse' | 'demo'
  readonly events: Readonly<Record<Place, InputEvent[]>>
  /** What evswitch tells. */
  readonly remarks: string[]
  readonly before: Side
  after: Side
  switches: number
  /** Many switches in one row: their Ctrl keys and remarks would hide what the row is about. */
  readonly hidesSwitches: boolean
  readonly startMs: number
  /** The guest has crashed before: it sees nothing because it is not there. */
  readonly guestIsGone: boolean
  isOver: boolean
}

/** What happens in the demo, as it happens, and waiting for it. */
export class Journal {
  readonly seen: Readonly<Record<Place, Account>> = {
    hands: new Account(),
    host: new Account(),
    guest: new Account(),
  }
  /** Called with a row whenever there is more of it. */
  onRow: (row: Row) => void = () => {}

  owner: Side = 'host'
  #row: Row | undefined
  #guestIsGone = false
  #changed = new Settled<void>()
  #error: Error | undefined

  beginRow(actor: Row['actor'], hidesSwitches: boolean): void {
    this.#row = {
      actor,
      events: { hands: [], host: [], guest: [] },
      remarks: [],
      before: this.owner,
      after: this.owner,
      switches: 0,
      hidesSwitches,
      startMs: elapsedMs(),
      guestIsGone: this.#guestIsGone,
      isOver: false,
    }
  }

  endRow(): void {
    if (this.#row === undefined) return
    this.#row.isOver = true
    this.onRow(this.#row)
    this.#row = undefined
  }

  add(place: Place, event: InputEvent): void {
    this.seen[place].add(event)
    if (event.kind === 'crash') this.#guestIsGone = true
    this.#row?.events[place].push(event)
    this.touch()
  }

  switched(owner: Side): void {
    this.owner = owner
    if (this.#row !== undefined) {
      this.#row.after = owner
      this.#row.switches++
    }
    this.touch()
  }

  remark(text: string): void {
    if (this.#row?.hidesSwitches === false) this.#row.remarks.push(text)
    this.touch()
  }

  /** Something that somebody may wait for has changed. */
  touch(): void {
    if (this.#row !== undefined) this.onRow(this.#row)
    const changed = this.#changed
    this.#changed = new Settled()
    changed.resolve()
  }

  /** Everyone who waits, now or later, waits in vain. */
  fail(error: Error): void {
    this.#error ??= error
    this.touch()
  }

  /**
   * Waits until something is true of what is seen here.
   * @param what for the message when it never was, as in "the guest never had a key"
   */
  async until(condition: () => boolean, what: string): Promise<void> {
    const look = async () => {
      while (!condition()) {
        if (this.#error) throw this.#error
        await this.#changed.promise
      }
    }
    await within(DEADLINE_MS, look(), () => `${what}; ${this.#describe()}`)
  }

  #describe(): string {
    const { seen } = this
    const parts = places.map((place) => {
      const { presses, pressed, x, y } = seen[place]
      return `${place}: ${presses.length} presses, down ${[...pressed].join(' ') || 'none'}, moved ${x},${y}`
    })
    return [`the ${this.owner} has the input`, ...parts].join('; ')
  }
}
