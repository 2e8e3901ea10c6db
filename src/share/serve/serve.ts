import type { Duplex } from 'node:stream'
import type { Logger } from '../../log.ts'
import { encodeFrame, FrameReader } from '../link/records.ts'
import { type Caller, ShareListener } from '../net/listener.ts'
import { systemClock } from '../protocol/clock.ts'
import type { CloseReason } from '../protocol/close-reason.ts'
import type { WheelHabits } from '../protocol/pointer-queue.ts'
import { type Admission, type Screen, ServerSession } from '../protocol/server-session.ts'
import type { Wire } from '../protocol/wire.ts'
import type { Identity } from '../tls/identity.ts'
import type { Trust } from '../tls/trust.ts'
import { ServedScreen, type ServedScreenOptions } from './served-screen.ts'

/** A screen that may connect. */
export interface ScreenSettings extends Omit<ServedScreenOptions, 'answer'> {
  /** Of the engine, whose frames go there. */
  readonly target: string
  /** As its computer calls it, in either case. */
  readonly name: string
  readonly wheel: WheelHabits
  /** It speaks without TLS, and comes from one of the addresses that may: then its name is all that it is known by. */
  readonly isPlain: boolean
}

export interface ServeOptions {
  readonly host: string | undefined
  readonly port: number
  readonly identity: Identity
  readonly trust: Trust
  /** Who may speak without TLS. */
  readonly plainAddresses: readonly string[]
  readonly screens: readonly ScreenSettings[]
  readonly log: Logger
}

/** How a screen stands, for people and scripts. */
export interface ServedStatus {
  readonly target: string
  readonly name: string
  readonly state: 'absent' | 'connected' | 'entered'
  readonly address: string | undefined
  /** '1.6'. */
  readonly protocol: string | undefined
  readonly isSecure: boolean | undefined
  readonly screen: string | undefined
  readonly roundTripMs: number | undefined
  /** Moves that were sent as a part of later ones. */
  readonly merged: number
  readonly lastError: { readonly text: string; readonly remedy: string | undefined } | undefined
}

/** A screen of ours, and who is connected as it. */
interface Place {
  readonly settings: ScreenSettings
  readonly served: ServedScreen
  /** To the engine: native/io/link.h. */
  link: Duplex | undefined
  guest: { session: ServerSession; caller: Caller; screen: Screen } | undefined
  lastError: CloseReason | undefined
}

/** Serves screens of other computers: what the engine sends to a target goes to the computer that is trusted under its name. */
export class Serve {
  readonly #options: ServeOptions
  readonly #places: ReadonlyMap<string, Place>
  readonly #listener: ShareListener

  constructor(options: ServeOptions) {
    this.#options = options
    this.#places = new Map(
      options.screens.map((settings) => [settings.name.toLowerCase(), placeOf(settings)]),
    )
    this.#listener = new ShareListener({
      host: options.host,
      port: options.port,
      identity: options.identity,
      plainAddresses: options.plainAddresses,
      accept: (wire, caller) => this.#accept(wire, caller),
      refused: (address, why, count) => options.log.warn({ address, count }, why),
    })
  }

  get status(): ServedStatus[] {
    return [...this.#places.values()].map(statusOf)
  }

  /** Begins to listen, and resolves with the port. Rejects with what the system says. */
  async start(): Promise<number> {
    return await this.#listener.listen()
  }

  /**
   * The engine's frames for a target come over this from now on, and over none before. False where no screen is that
   * target.
   */
  link(target: string, stream: Duplex): boolean {
    const place = [...this.#places.values()].find(({ settings }) => settings.target === target)
    if (place === undefined) return false
    place.link?.destroy()
    place.link = stream
    follow(stream, place)
    place.served.begin()
    return true
  }

  /** Lets go of everything, says good-bye, and listens no more. */
  async stop(): Promise<void> {
    for (const { link, served } of this.#places.values()) {
      served.end()
      link?.destroy()
    }
    await this.#listener.close()
    this.#options.trust.close()
  }

  #accept(wire: Wire, caller: Caller): ServerSession {
    const { log } = this.#options
    let place: Place | undefined
    const session: ServerSession = new ServerSession({
      wire,
      clock: systemClock,
      admit: (name) => this.#admit(name, caller),
      events: {
        ready: (screen) => {
          place = this.#places.get(screen.name.toLowerCase())
          if (place === undefined) return
          place.guest = { session, caller, screen }
          place.lastError = undefined
          log.info({ screen: place.settings.name, address: caller.address }, 'screen is connected')
          place.served.attach(session, screen)
        },
        resized: (screen) => {
          if (place?.guest !== undefined) place.guest = { ...place.guest, screen }
          place?.served.resize(screen)
        },
        closed: (reason) => {
          log.info({ address: caller.address, reason: reason.text }, 'connection of a screen ended')
          if (place === undefined) return
          place.guest = undefined
          place.lastError = reason
          place.served.detach()
        },
      },
    })
    return session
  }

  #admit(name: string, caller: Caller): Admission {
    const place = this.#places.get(name.toLowerCase())
    if (!this.#isTrusted(name, caller, place) || place === undefined) return 'unknown-screen'
    return place.guest === undefined ? { wheel: place.settings.wheel } : 'screen-in-use'
  }

  #isTrusted(name: string, { address, fingerprint }: Caller, place: Place | undefined): boolean {
    const isPlain = place?.settings.isPlain === true
    if (fingerprint === undefined || isPlain) return isPlain && fingerprint === undefined
    const reason = this.#options.trust.distrust('screen', name, fingerprint, address)
    if (place !== undefined && reason !== undefined) place.lastError = reason
    return reason === undefined
  }
}

function placeOf(settings: ScreenSettings): Place {
  const { keys, pointer } = settings
  const answer: ServedScreenOptions['answer'] = (frame) => {
    if (place.link?.writable === true) place.link.write(encodeFrame(frame))
  }
  const served = new ServedScreen({ keys, pointer, answer })
  const place: Place = {
    ...{ settings, served },
    ...{ link: undefined, guest: undefined, lastError: undefined },
  }
  return place
}

/** Frames of the engine, until it goes: then everything is let go. */
function follow(link: Duplex, place: Place): void {
  const reader = new FrameReader()
  const ended = () => {
    if (place.link !== link) return
    place.link = undefined
    place.served.end()
  }
  link.on('error', () => {}) // 'close' follows
  link.once('end', () => {
    ended()
    link.destroy()
  })
  link.once('close', ended)
  link.on('data', (chunk: Buffer) => {
    if (place.link !== link) return
    const frames = reader.push(chunk)
    if (frames === undefined) link.destroy()
    for (const frame of frames ?? []) place.served.frame(frame)
  })
}

function statusOf({ settings, served, guest, lastError }: Place): ServedStatus {
  return {
    target: settings.target,
    name: settings.name,
    state: guest === undefined ? 'absent' : served.isActive ? 'entered' : 'connected',
    address: guest?.caller.address,
    protocol: guest && `1.${guest.screen.minor}`,
    isSecure: guest && guest.caller.fingerprint !== undefined,
    screen: guest && `${guest.screen.width}x${guest.screen.height}`,
    roundTripMs: guest?.session.roundTripMs,
    merged: guest?.session.merged ?? 0,
    lastError: lastError && { text: lastError.text, remedy: lastError.remedy },
  }
}
