import type { Logger } from '../log.ts'
import type { Note } from './note.ts'
import type { Bus } from './session-bus.ts'

/** How long it is shown: as the desktop likes. */
const usualTime = -1

const notifications = {
  destination: 'org.freedesktop.Notifications',
  path: '/org/freedesktop/Notifications',
  interface: 'org.freedesktop.Notifications',
  member: 'Notify',
}

/** Shows notifications on the desktop, where there is one. A new one takes the place of the last. */
export class Notifier {
  readonly #bus: Bus
  readonly #log: Logger
  #last: Promise<number> = Promise.resolve(0)

  constructor(bus: Bus, log: Logger) {
    this.#bus = bus
    this.#log = log
  }

  show({ summary, body = '' }: Note): void {
    this.#last = this.#last.then((replaced) => this.#show(replaced, summary, body))
  }

  async #show(replaced: number, summary: string, body: string): Promise<number> {
    try {
      const id = await this.#bus.call(notifications, [
        ['s', 'evswitch'],
        ['u', replaced],
        ['s', 'input-keyboard'],
        ['s', summary],
        ['s', escaped(body)],
        ['as', []],
        ['a{sv}', []],
        ['i', usualTime],
      ])
      return id ?? 0
    } catch (err) {
      this.#log.debug({ err }, 'the desktop shows no notification')
      return 0
    }
  }
}

/** The body may be markup (Desktop Notifications Specification); names of devices are not ours. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
