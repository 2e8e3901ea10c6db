import { decode, encode } from '../messages/codec.ts'
import { MalformedPacket } from '../messages/fields.ts'
import { decodeHelloBack, encodeHello } from '../messages/hello.ts'
import { limits } from '../messages/limits.ts'
import { PacketReader } from '../messages/packet-reader.ts'
import type { Message, MessageFrom } from '../messages/table.ts'
import type { Clock } from './clock.ts'
import { type CloseKind, type CloseReason, closeReason } from './close-reason.ts'
import { Echoes } from './echoes.ts'
import { isScreenName, type Key, mouseButtons, versions } from './input.ts'
import { PointerQueue, type WheelHabits } from './pointer-queue.ts'
import { queueBytesMax, type Wire } from './wire.ts'

/** A client's screen, as it says. */
export interface Screen {
  readonly name: string
  readonly width: number
  readonly height: number
  /** Of the protocol: 1.`minor`. */
  readonly minor: number
}

export interface ServerEvents {
  /** The handshake is over: the screen may be entered. */
  ready(screen: Screen): void
  /** It has another size. */
  resized(screen: Screen): void
  /** Once, and nothing afterwards; whatever it had of the input is to go elsewhere. */
  closed(reason: CloseReason): void
}

/** What a screen is given, or why it is not let in. */
export type Admission = ScreenHabits | 'unknown-screen' | 'screen-in-use'

export interface ScreenHabits {
  readonly wheel: WheelHabits
}

export interface ServerSessionOptions {
  readonly wire: Wire
  readonly clock: Clock
  readonly events: ServerEvents
  /** Says whether a screen of that name, which may be anything that is one, may come in. */
  admit(name: string): Admission
}

/** From the greeting until the client's screen is known, however busy the client is in between. */
const handshakeMs = 10_000
/** A client that was refused reads why and hangs up, or is left after this. */
const refusedMs = 5000
/** A client hangs up when it hears nothing for 9 s. */
const keepAliveMs = 3000
const silentMsMax = 9000
/** While it has the input it must answer sooner, so that fingers are not left alone for more than 3 s. */
const activeKeepAliveMs = 400
const activeWaitMsMax = 2400
/** After so many moves the client is asked how far it is, and without an answer it gets so many more. */
const movesPerEcho = 16
const movesAhead = 64
/** Bytes that wait in the socket and make motion wait, too. */
const queueBytesForMotion = 4096
/** Of keys: Barrier's clients keep nine bits. 0 is no key. */
const keyButtonMax = 511
const keyIdMax = 0xffff
const maskAll = 0xffff

/**
 * The server's side of one connection, from the greeting on. What it is told goes out at once, but for motion and wheel:
 * those wait and are merged when the client does not keep up, and never behind them a key.
 */
export class ServerSession {
  readonly statistics = { unknown: 0, dropped: 0 }
  readonly #options: ServerSessionOptions
  readonly #reader = new PacketReader(limits.helloBytes, (packet) => this.#take(packet))
  readonly #echoes = new Echoes()
  readonly #keysDown = new Map<number, Key>()
  readonly #buttonsDown = new Set<number>()
  #pointer: PointerQueue | undefined
  #state: 'hello' | 'screen' | 'refused' | 'ready' | 'active' | 'closed' = 'hello'
  #minor = 0
  #name = ''
  #area = { x: 0, y: 0, width: 0, height: 0 }
  #sequence = 0
  #movesSinceEcho = 0
  #heardAtMs = 0
  #cancelTimer: () => void = () => {}

  constructor(options: ServerSessionOptions) {
    this.#options = options
  }

  /** Whether the handshake is over. */
  get isAdmitted(): boolean {
    return this.#state === 'ready' || this.#state === 'active'
  }

  /** Of the last keep-alive that was answered. */
  get roundTripMs(): number | undefined {
    return this.#echoes.roundTripMs
  }

  /** Moves that were sent as a part of later ones. */
  get merged(): number {
    return this.#pointer?.merged ?? 0
  }

  /** The connection stands, and the client's certificate is one that may be talked to. */
  start(): void {
    this.#startTimer(handshakeMs, () => this.#close('handshake'))
    this.#write(
      encodeHello({ protocol: 'Barrier', major: versions.MAJOR, minor: versions.MINOR_MAX }),
    )
  }

  received(bytes: Buffer): void {
    if (!this.#isOpen) return
    try {
      this.#reader.push(bytes)
    } catch (error) {
      if (!(error instanceof MalformedPacket)) throw error
      this.#refuseMessage(error.message)
    }
  }

  /** Bytes that waited have gone out. */
  drained(): void {
    this.#sendMotion()
  }

  /** The connection has ended, for that reason if it is known. */
  lost(reason: CloseReason = closeReason('lost')): void {
    this.#end(reason)
  }

  /** Ends it in good order. */
  close(): void {
    this.leave()
    if (this.#state === 'ready') this.#send({ code: 'CBYE' })
    this.#close('ended')
  }

  /** The pointer comes in at that place of the screen; `mask` says which locks are on. */
  enter(x: number, y: number, mask: number): void {
    if (this.#state !== 'ready') return
    this.#state = 'active'
    this.#sequence = (this.#sequence + 1) >>> 0
    this.#send({
      code: 'CINN',
      ...this.#placeOf(x, y),
      sequence: this.#sequence,
      mask: mask & maskAll,
    })
    this.#askHowFar()
    this.#startTimer(activeKeepAliveMs, () => this.#watch())
  }

  /** Lets go of whatever is pressed there, since a client releases its keys, but not its buttons. */
  leave(): void {
    if (this.#state !== 'active') return
    this.#pointer?.clear()
    for (const button of this.#buttonsDown) this.#send({ code: 'DMUP', button })
    for (const key of this.#keysDown.values()) this.#send({ code: 'DKUP', ...key })
    this.#buttonsDown.clear()
    this.#keysDown.clear()
    this.#send({ code: 'COUT' })
    if (!this.#isOpen) return
    this.#state = 'ready'
    this.#sequence = (this.#sequence + 1) >>> 0
    this.#startTimer(keepAliveMs, () => this.#watch())
  }

  keyDown({ id, mask, button }: Key): void {
    const isKey = id >= 1 && id <= keyIdMax && button >= 1 && button <= keyButtonMax
    if (this.#state !== 'active' || !isKey || this.#keysDown.has(button)) {
      this.statistics.dropped++
      return
    }
    const key = { id, mask: mask & maskAll, button }
    this.#keysDown.set(button, key)
    // A client that says 1.8 looks for the language; to have none is allowed.
    if (this.#minor >= 8) this.#send({ code: 'DKDL', ...key, language: '' })
    else this.#send({ code: 'DKDN', ...key })
  }

  keyRepeat(key: Key): void {
    const held = this.#keysDown.get(key.button)
    // One that waits comes when the key is up again.
    if (this.#state !== 'active' || held === undefined || this.#isBehind) {
      this.statistics.dropped++
      return
    }
    this.#send({ code: 'DKRP', ...asHeld(key, held), count: 1, language: '' })
  }

  keyUp(key: Key): void {
    const held = this.#keysDown.get(key.button)
    if (this.#state !== 'active' || held === undefined) {
      this.statistics.dropped++
      return
    }
    this.#keysDown.delete(key.button)
    this.#send({ code: 'DKUP', ...asHeld(key, held) })
  }

  mouseDown(button: number): void {
    const isButton = button >= 1 && button <= mouseButtons
    if (this.#state !== 'active' || !isButton || this.#buttonsDown.has(button)) {
      this.statistics.dropped++
      return
    }
    this.#buttonsDown.add(button)
    this.#click({ code: 'DMDN', button })
  }

  mouseUp(button: number): void {
    if (this.#state !== 'active' || !this.#buttonsDown.delete(button)) {
      this.statistics.dropped++
      return
    }
    this.#click({ code: 'DMUP', button })
  }

  /** To a place on the screen. */
  mouseMove(x: number, y: number): void {
    if (this.#state !== 'active') return
    const place = this.#placeOf(x, y)
    this.#pointer?.move(place.x, place.y)
    this.#sendMotion()
  }

  mouseRelative(dx: number, dy: number): void {
    if (this.#state !== 'active') return
    this.#pointer?.moveBy(dx, dy)
    this.#sendMotion()
  }

  /** In 120ths of a notch, to the right and up. */
  wheel(dx: number, dy: number): void {
    if (this.#state !== 'active') return
    this.#pointer?.turn(dx, dy)
    this.#sendMotion()
  }

  #take(packet: Buffer): void {
    if (!this.#isOpen) return
    this.#heardAtMs = this.#options.clock.nowMs()
    if (this.#state === 'hello') {
      this.#greeted(packet)
      return
    }
    const message = decode(packet, 'client', this.#minor)
    if (message === undefined) this.statistics.unknown++
    else this.#heard(message)
  }

  #greeted(packet: Buffer): void {
    const { major, minor, name } = decodeHelloBack(packet)
    const isSpoken = minor >= versions.MINOR_MIN && minor <= versions.MINOR_MAX
    if (major !== versions.MAJOR || !isSpoken) {
      const { MAJOR, MINOR_MAX } = versions
      // Every version has this message.
      this.#write(encode({ code: 'EICV', major: MAJOR, minor: MINOR_MAX }, MINOR_MAX))
      this.#close('refused-version', `the client speaks ${major}.${minor}`)
      return
    }
    this.#minor = minor
    this.#name = name
    this.#state = 'screen'
    this.#reader.limitBytes = limits.packetBytes
    this.#send({ code: 'QINF' })
  }

  #heard(message: MessageFrom<'client'>): void {
    switch (message.code) {
      case 'DINF':
        this.#screenSaid(message)
        break
      case 'CALV':
        this.#echoes.heard(this.#heardAtMs)
        this.#sendMotion()
        break
      case 'EBAD':
        this.#close('complained')
        break
      // Clipboards and files are not shared: DSOP says so, and what comes all the same is dropped.
      case 'CNOP':
      case 'CCLP':
      case 'DCLP':
      case 'DFTR':
      case 'DDRG':
        break
    }
  }

  #screenSaid({ x, y, width, height }: Message & { code: 'DINF' }): void {
    if (width < 1 || height < 1) {
      this.#refuseMessage('a screen without a size')
      return
    }
    const isChanged = width !== this.#area.width || height !== this.#area.height
    this.#area = { x, y, width, height }
    if (this.#state === 'refused') return
    this.#send({ code: 'CIAK' })
    if (this.#state === 'screen') this.#admit()
    else if (isChanged && this.#isOpen) this.#options.events.resized(this.#screen)
  }

  #admit(): void {
    const admission = isScreenName(this.#name) ? this.#options.admit(this.#name) : 'unknown-screen'
    if (typeof admission === 'string') {
      this.#state = 'refused'
      this.#send({ code: admission === 'unknown-screen' ? 'EUNK' : 'EBSY' })
      this.#startTimer(refusedMs, () => this.#close(admission))
      return
    }
    this.#pointer = new PointerQueue(admission.wheel)
    this.#state = 'ready'
    this.#send({ code: 'CROP' })
    this.#send({ code: 'DSOP', options: [{ id: 'CLPS', value: 0 }] })
    if (!this.#isOpen) return
    this.#startTimer(keepAliveMs, () => this.#watch())
    this.#options.events.ready(this.#screen)
  }

  get #screen(): Screen {
    const { width, height } = this.#area
    return { name: this.#name, width, height, minor: this.#minor }
  }

  /** Sends a keep-alive, and looks for those that were not answered. */
  #watch(): void {
    const nowMs = this.#options.clock.nowMs()
    const silentMs = nowMs - this.#heardAtMs
    const isActive = this.#state === 'active'
    const isDead = isActive
      ? this.#echoes.waitingMs(nowMs) >= activeWaitMsMax
      : silentMs >= silentMsMax
    if (isDead) {
      this.#close(isActive && silentMs < activeWaitMsMax ? 'slow' : 'silent')
      return
    }
    if (!isActive || !this.#echoes.isWaiting) this.#askHowFar()
    this.#startTimer(isActive ? activeKeepAliveMs : keepAliveMs, () => this.#watch())
  }

  #askHowFar(): void {
    this.#movesSinceEcho = 0
    this.#echoes.sent(this.#options.clock.nowMs())
    this.#send({ code: 'CALV' })
  }

  /** Whether the client has not read what it was sent some time ago. */
  get #isBehind(): boolean {
    const { queuedBytes } = this.#options.wire
    if (queuedBytes > queueBytesForMotion) return true
    return this.#echoes.isWaiting && this.#movesSinceEcho >= movesAhead
  }

  #sendMotion(): void {
    if (this.#state === 'active' && !this.#isBehind) this.#sendAllMotion()
  }

  #sendAllMotion(): void {
    for (const message of this.#pointer?.take() ?? []) {
      this.#movesSinceEcho++
      this.#send(message)
    }
    if (this.#movesSinceEcho >= movesPerEcho && !this.#echoes.isWaiting) this.#askHowFar()
  }

  /** A click is for the place that the pointer has reached by then. */
  #click(message: Message): void {
    this.#sendAllMotion()
    this.#send(message)
  }

  #placeOf(x: number, y: number): { x: number; y: number } {
    const { x: left, y: top, width, height } = this.#area
    return { x: within(left, x, width), y: within(top, y, height) }
  }

  #startTimer(delayMs: number, run: () => void): void {
    this.#cancelTimer()
    // What was sent just now may have ended it.
    if (this.#isOpen) this.#cancelTimer = this.#options.clock.after(delayMs, run)
  }

  #send(message: Message): void {
    if (this.#isOpen) this.#write(encode(message, this.#minor))
  }

  #write(bytes: Buffer): void {
    const { wire } = this.#options
    wire.write(bytes)
    if (wire.queuedBytes > queueBytesMax) this.#close('slow')
  }

  #refuseMessage(detail: string): void {
    if (this.#state !== 'hello') this.#send({ code: 'EBAD' })
    this.#close('malformed', detail)
  }

  get #isOpen(): boolean {
    return this.#state !== 'closed'
  }

  #close(kind: CloseKind, detail?: string): void {
    this.#end(closeReason(kind, detail))
  }

  #end(reason: CloseReason): void {
    if (!this.#isOpen) return
    this.#state = 'closed'
    this.#cancelTimer()
    this.#options.wire.end()
    this.#options.events.closed(reason)
  }
}

/** A key that is down may mean something else by now; if that has no number, it is still the key that was pressed. */
function asHeld({ id, mask, button }: Key, held: Key): Key {
  const isKey = id >= 1 && id <= keyIdMax
  return { id: isKey ? id : held.id, mask: mask & maskAll, button }
}

/** A coordinate of the client's, which fits the message whatever the client said. */
function within(start: number, offset: number, size: number): number {
  return Math.min(start + Math.min(Math.max(Math.trunc(offset), 0), size - 1), 0x7fff)
}
