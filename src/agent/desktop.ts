import type { Logger } from '../log.ts'
import { LoginInhibitor, ScreenSaverInhibitor } from './inhibitor.ts'
import type { Note } from './note.ts'
import { Notifier } from './notifier.ts'
import { SessionBus } from './session-bus.ts'

/** The session that the user sees, where there is one. */
export interface Desktop {
  /** Shows a notification. */
  show(note: Note): void
  /** Keeps the machine from locking and blanking the screen (`idle`), or from going to sleep. */
  inhibit(wanted: { readonly idle: boolean; readonly sleep: boolean }): void
  /** Nothing is inhibited any more. */
  close(): void
}

/** What of a desktop is missing is passed over. */
export function openDesktop(log: Logger): Desktop {
  const bus = new SessionBus()
  const notifier = new Notifier(bus, log)
  const idle = [new LoginInhibitor('idle', log), new ScreenSaverInhibitor(bus, log)]
  const sleep = new LoginInhibitor('sleep', log)
  const inhibit: Desktop['inhibit'] = (wanted) => {
    for (const inhibitor of idle) inhibitor.set(wanted.idle)
    sleep.set(wanted.sleep)
  }
  return {
    show: (note) => notifier.show(note),
    inhibit,
    close: () => {
      inhibit({ idle: false, sleep: false })
      bus.close()
    },
  }
}
