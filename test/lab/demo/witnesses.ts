import type { NestedGuest } from '../nested-guest.ts'
import { type LabReader, startReader } from '../tools.ts'
import type { LabVm } from '../vm.ts'
import { fromEvdev, fromPacket, fromScanCode, type InputEvent } from './input-event.ts'
import type { Journal } from './journal.ts'

/** Somebody on the host who reads its keyboard and mouse as a desktop does, and writes down what arrives. */
export class HostWitness {
  readonly #vm: LabVm
  readonly #journal: Journal
  readonly #readers = new Map<string, LabReader>()

  constructor(vm: LabVm, journal: Journal) {
    this.#vm = vm
    this.#journal = journal
  }

  /** The event nodes that it reads. */
  get nodes(): ReadonlySet<string> {
    return new Set(this.#readers.keys())
  }

  async watch(node: string): Promise<void> {
    const reader = await startReader(this.#vm, [node])
    this.#readers.set(node, reader)
    void this.#follow(reader)
  }

  /** A node goes away, and its reader with it. */
  forget(node: string): void {
    this.#readers.delete(node)
  }

  /** Everything that had reached the host when this was called is in the journal afterwards. */
  async catchUp(): Promise<void> {
    for (const reader of this.#readers.values()) await reader.pressed()
  }

  async #follow(reader: LabReader): Promise<void> {
    let next = 0
    await followLines(reader.process.stdout, this.#journal, () => {
      for (; next < reader.events.length; next++) {
        const seen = reader.events[next]
        const event = seen && fromEvdev(seen)
        if (event) this.#journal.add('host', event)
      }
    })
  }
}

/** Writes down what a guest tells about its keyboard and mouse, until it ends. */
export async function followGuest(
  { keys, mousePackets, process }: NestedGuest,
  journal: Journal,
): Promise<void> {
  const { pressed } = journal.seen.guest
  const add = (event: InputEvent) => journal.add('guest', event)
  let nextKey = 0
  let nextPacket = 0
  await followLines(process.stderr, journal, () => {
    for (; nextKey < keys.length; nextKey++) {
      const key = keys[nextKey]
      if (key) add(fromScanCode(key, pressed))
    }
    for (; nextPacket < mousePackets.length; nextPacket++) {
      const packet = mousePackets[nextPacket]
      if (packet) for (const event of fromPacket(packet, pressed)) add(event)
    }
  })
}

/** Takes every line; when lines cannot come any more, nobody shall wait for what they would have told. */
export async function followLines(
  lines: AsyncIterable<string>,
  journal: Journal,
  take: (line: string) => void,
): Promise<void> {
  try {
    for await (const line of lines) take(line)
  } catch (error) {
    journal.fail(error as Error)
  }
}
