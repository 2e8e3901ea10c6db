import { hostname } from 'node:os'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../../log.ts'
import { IncomingKeys, type IncomingKeysOptions } from '../keys/incoming-keys.ts'
import { FrameWriter } from '../link/frame-writer.ts'
import { FrameReader } from '../link/records.ts'
import { type ClientEvents, ClientSession, type ScreenSize } from '../protocol/client-session.ts'
import type { Clock } from '../protocol/clock.ts'
import { type CloseReason, closeReason } from '../protocol/close-reason.ts'
import { isScreenName } from '../protocol/input.ts'
import type { Wire } from '../protocol/wire.ts'
import { ScreenInput } from './screen-input.ts'

export interface JoinOptions {
  /** As people write it. */
  readonly server: string
  /** What the server calls this screen. */
  readonly name: string
  readonly keys: Pick<IncomingKeysOptions, 'server' | 'host'>
}

/**
 * Connects to the server and drives the session that `open` gives, until the connection is over or the signal aborts.
 * Resolves with why there was none; undefined when there was one, whose session knows why it is over.
 */
export type Connect = (
  open: (wire: Wire, isSecure: boolean) => ClientSession,
  signal: AbortSignal,
) => Promise<CloseReason | undefined>

export interface JoinWorld {
  /** To the process with the nodes: it has the lamps, and gets the frames. */
  readonly link: Duplex
  readonly connect: Connect
  readonly clock: Clock
  readonly log: Logger
  /** Of this machine's screen, asked for at each connection. */
  readonly screen: () => ScreenSize
  readonly firstDelayMs?: number
  readonly longestDelayMs?: number
}

/** How a screen stands, for people and scripts. */
export interface JoinStatus {
  readonly server: string
  readonly name: string
  /** Not connected; the server has other screens in use; the server's keyboard and mouse are here. */
  readonly state: 'connecting' | 'connected' | 'entered'
  /** Since when, ISO 8601. */
  readonly since: string
  /** '1.6'; undefined while not connected, as what follows. */
  readonly protocol: string | undefined
  readonly isSecure: boolean | undefined
  /** How the server numbers its keys; undefined as long as it is not known. */
  readonly serverKeys: string | undefined
  readonly screen: string | undefined
  /** Of the way to the server, without the programs at its ends. */
  readonly roundTripMs: number | undefined
  /** Frames of motion that were merged because the nodes did not keep up. */
  readonly merged: number
  readonly lastError: { readonly text: string; readonly remedy: string | undefined } | undefined
}

/** The name of this machine up to the first dot, as far as a screen can have it. */
export function usualScreenName(host = hostname()): string {
  const name = (host.split('.')[0] ?? '').replaceAll(/[^\w-]|^-+|-+$/g, '')
  return isScreenName(name) ? name : 'evswitch'
}

/** barriers 2.4.0 is deaf for a second after a handshake that failed, and loses who comes within it. */
const usualFirstDelayMs = 1500

/** Keeps this machine's screen connected to a server, however often that goes and comes. */
export class Join {
  readonly #options: JoinOptions
  readonly #world: JoinWorld
  readonly #writer: FrameWriter
  readonly #reader = new FrameReader()
  #input: ScreenInput | undefined
  #keys: IncomingKeys | undefined
  #session: ClientSession | undefined
  #state: JoinStatus['state'] = 'connecting'
  #since = new Date()
  #protocol: string | undefined
  #isSecure: boolean | undefined
  #screen: ScreenSize | undefined
  #lastError: JoinStatus['lastError']

  constructor(options: JoinOptions, world: JoinWorld) {
    this.#options = options
    this.#world = world
    this.#writer = new FrameWriter(world.link)
  }

  get status(): JoinStatus {
    const { server, name } = this.#options
    const isConnected = this.#state !== 'connecting'
    const screen = this.#screen && `${this.#screen.width}x${this.#screen.height}`
    return {
      server,
      name,
      state: this.#state,
      since: this.#since.toISOString(),
      protocol: isConnected ? this.#protocol : undefined,
      isSecure: isConnected ? this.#isSecure : undefined,
      serverKeys: isConnected ? this.#keys?.serverType : undefined,
      screen: isConnected ? screen : undefined,
      roundTripMs: isConnected ? this.#session?.roundTripMs : undefined,
      merged: this.#writer.merged,
      lastError: this.#lastError,
    }
  }

  /** Until the signal aborts, or the process with the nodes goes. */
  async run(signal: AbortSignal): Promise<void> {
    const { link, log, firstDelayMs = usualFirstDelayMs, longestDelayMs = 30_000 } = this.#world
    const end = new AbortController()
    const stop = () => end.abort()
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    link.once('end', stop).once('close', stop)
    link.on('data', (chunk: Buffer) => this.#answered(chunk))
    let delayMs = firstDelayMs
    while (!end.signal.aborted) {
      const reason = await this.#once(end.signal, () => {
        delayMs = firstDelayMs
      })
      if (end.signal.aborted) break
      this.#tell(reason)
      log.debug({ delayMs }, 'server is tried again')
      await sleep(delayMs, undefined, { signal: end.signal }).catch(() => {})
      delayMs = Math.min(2 * delayMs, longestDelayMs)
    }
    signal.removeEventListener('abort', stop)
  }

  async #once(signal: AbortSignal, isReady: () => void): Promise<CloseReason> {
    const { connect, clock, screen: sizeOf, log } = this.#world
    const { name, keys: options } = this.#options
    const screen = sizeOf()
    const keys = new IncomingKeys(options)
    const input = new ScreenInput(keys, screen, (frame) => this.#writer.write(frame))
    let reason = closeReason('lost')
    const refusal = await connect((wire, isSecure) => {
      const closed = (why: CloseReason) => {
        reason = why
      }
      const events = this.#events(input, closed, (minor) => {
        this.#protocol = `1.${minor}`
        this.#isSecure = isSecure
        this.#screen = screen
        this.#lastError = undefined
        this.#enter('connected')
        log.info({ server: this.#options.server, isSecure, protocol: this.#protocol }, 'connected')
        isReady()
      })
      this.#input = input
      this.#keys = keys
      this.#session = new ClientSession({ wire, clock, events, name, screen, isSecure })
      return this.#session
    }, signal)
    this.#input = undefined
    this.#session = undefined
    if (this.#state !== 'connecting') this.#enter('connecting')
    return refusal ?? reason
  }

  #events(
    input: ScreenInput,
    closed: (reason: CloseReason) => void,
    ready: (minor: number) => void,
  ): ClientEvents {
    const { log } = this.#world
    return {
      ready,
      closed,
      options: (options) => input.options(options),
      entered: (entry) => {
        this.#enter('entered')
        input.entered(entry)
      },
      left: () => {
        this.#enter('connected')
        input.left()
      },
      stalled: () => {
        log.info('server is silent: everything is released')
        input.left()
      },
      keyDown: (key) => input.keyDown(key),
      keyRepeat: (key) => input.keyRepeat(key),
      keyUp: (key) => input.keyUp(key),
      mouseDown: (button) => input.mouseDown(button),
      mouseUp: (button) => input.mouseUp(button),
      mouseMove: (x, y) => input.mouseMove(x, y),
      mouseRelative: (dx, dy) => input.mouseRelative(dx, dy),
      wheel: (dx, dy) => input.wheel(dx, dy),
      keyboardBlocked: () => log.warn('a program on the server keeps the keyboard to itself'),
    }
  }

  #enter(state: JoinStatus['state']): void {
    this.#state = state
    this.#since = new Date()
  }

  /** Each reason once: a server may be off for weeks. */
  #tell({ text, remedy }: CloseReason): void {
    const { log } = this.#world
    if (this.#lastError?.text !== text) {
      log.warn({ server: this.#options.server, reason: text, remedy }, 'not connected')
    }
    this.#lastError = { text, remedy }
  }

  #answered(chunk: Buffer): void {
    for (const frame of this.#reader.push(chunk) ?? []) this.#input?.lamps(frame)
  }
}
