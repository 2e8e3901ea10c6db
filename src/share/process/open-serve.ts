import type { Logger } from '../../log.ts'
import type { LayoutWish } from '../keys/layout-names.ts'
import { openLayout } from '../keys/open-layout.ts'
import { OutgoingKeys } from '../keys/outgoing-keys.ts'
import { systemClock } from '../protocol/clock.ts'
import type { PointerHabits } from '../serve/pointer.ts'
import { type ScreenSettings, Serve } from '../serve/serve.ts'
import { openIdentity } from '../tls/identity.ts'
import { Trust } from '../tls/trust.ts'
import { cannotServe } from './cannot-serve.ts'

/** What runs on the other computer, as far as it wants something special. */
export type ScreenClient = 'barrier' | 'deskflow-x11' | 'qemu'

export interface ScreenWish extends Pick<ScreenSettings, 'target' | 'name' | 'isPlain'> {
  readonly client: ScreenClient
  readonly pointer: PointerHabits
  /** Whether parts of a notch are sent. */
  readonly isWheelSmooth: boolean
}

/** What screens are to be served, and how; JSON can carry it. */
export interface ServeSettings {
  /** An address of this machine; undefined = all. */
  readonly host: string | undefined
  readonly port: number
  /** Undefined = that of the system. */
  readonly layout: LayoutWish | undefined
  readonly plainAddresses: readonly string[]
  readonly screens: readonly ScreenWish[]
}

export interface OpenedServe {
  readonly serve: Pick<Serve, 'link' | 'status'>
  readonly port: number
  close(): Promise<void>
}

/** Begins to serve screens. Rejects with 'bad-layout', 'bad-share-file', and 'unexpected' where it cannot listen. @param state folder of certificate and trust */
export async function openServe(
  { host, port, layout: wish, plainAddresses, screens }: ServeSettings,
  { state, log }: { state: string; log: Logger },
): Promise<OpenedServe> {
  const identity = await openIdentity(state)
  const trust = new Trust(state, systemClock, (err) => {
    log.warn({ err }, 'trust cannot be read or written')
  })
  const { layout, notes } = openLayout({ wish })
  for (const note of notes) log.info({ note }, 'keyboard layout')
  const keysOf = ({ client }: ScreenWish) =>
    new OutgoingKeys(layout, { buttons: client === 'qemu' ? 'kbd' : 'x11' })
  const settings = screens.map((screen) => ({
    ...{ target: screen.target, name: screen.name, isPlain: screen.isPlain },
    ...{ pointer: screen.pointer, wheel: wheelOf(screen), keys: keysOf(screen) },
  }))
  const serve = new Serve({ host, port, identity, trust, plainAddresses, screens: settings, log })
  const close = async () => {
    await serve.stop()
    for (const { keys } of settings) keys.close()
    layout.close()
  }
  try {
    return { serve, port: await serve.start(), close }
  } catch (error) {
    await close()
    throw cannotServe(host, port, error)
  }
}

function wheelOf({ client, isWheelSmooth }: ScreenWish): ScreenSettings['wheel'] {
  return {
    isHiRes: isWheelSmooth,
    isSideways: client !== 'qemu',
    isSidewaysInverted: client === 'deskflow-x11',
  }
}
