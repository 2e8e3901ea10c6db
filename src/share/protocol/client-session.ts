import { decode, encode } from '../messages/codec.ts'
import { MalformedPacket, type ScreenOption } from '../messages/fields.ts'
import { decodeHello, encodeHelloBack } from '../messages/hello.ts'
import { limits } from '../messages/limits.ts'
import { PacketReader } from '../messages/packet-reader.ts'
import type { Message, MessageFrom } from '../messages/table.ts'
import type { Clock } from './clock.ts'
import { type CloseKind, type CloseReason, closeReason } from './close-reason.ts'
import { type Key, mouseButtons, versions } from './input.ts'
import { queueBytesMax, type Wire } from './wire.ts'

/** What a server does to its client's screen. */
export interface ClientEvents {
  /** The handshake is over: the server may enter. */
  ready(minor: number): void
  /** All options that hold now, by their four letters. Values are the server's: not checked. */
  options(options: ReadonlyMap<string, number>): void
  /** `mask` says which locks are on there. */
  entered(entry: { x: number; y: number; sequence: number; mask: number }): void
  /** Whatever is pressed is to be released. It comes before `closed`, too. */
  left(): void
  /**
   * Nothing is heard of the server any more: whatever is pressed is to be released, since its release may never come. The
   * server may go on all the same.
   */
  stalled(): void
  keyDown(key: Key): void
  keyRepeat(key: Key): void
  keyUp(key: Key): void
  /** 1 left, 2 middle, 3 right, 4 side, 5 extra. */
  mouseDown(button: number): void
  mouseUp(button: number): void
  /** Within the screen. */
  mouseMove(x: number, y: number): void
  mouseRelative(dx: number, dy: number): void
  /** In 120ths of a notch, to the right and up. */
  wheel(dx: number, dy: number): void
  /** A program on the server keeps the keyboard to itself. Its name is the server's: not safe to print. */
  keyboardBlocked(program: string): void
  /** Once, and nothing afterwards. */
  closed(reason: CloseReason): void
}

export interface ScreenSize {
  readonly width: number
  readonly height: number
}

export interface ClientSessionOptions {
  readonly wire: Wire
  readonly clock: Clock
  readonly events: ClientEvents
  /** Of the screen, as the server knows it. */
  readonly name: string
  readonly screen: ScreenSize
  /** Whether the wire is TLS: what silence means depends on it. */
  readonly isSecure: boolean
}

type InputCode = 'COUT' | `DK${'DN' | 'DL' | 'RP' | 'UP'}` | `DM${'DN' | 'UP' | 'MV' | 'RM' | 'WM'}`

/** How long the server may take for its greeting, and for what follows until its options are there. */
const helloMs = 5000
const handshakeMs = 15_000
const usualKeepAliveMs = 3000
/** A server that says nothing for so many keep-alives is gone. */
const keepAlivesUntilDeath = 3
/**
 * A key that is held makes no message, so what is pressed stays for one keep-alive and half of one: a program that hangs. The
 * peer's system answers each second, and one of its answers may be lost: a cable that was pulled, a machine that sleeps.
 */
const keepAlivesUntilStalled = 1.5
const quietMsMax = 2400
/** How often it is looked whether the system still answers, once it is time to doubt. */
const lookMs = 250
/** Any less, and a late packet would end the connection. */
const keepAliveMsMin = 500
const keepAliveMsMax = 3_600_000

/**
 * The client's side of one connection, from the greeting on. Keys, buttons and motion are told while the server has
 * entered, and only then; what came in at another time is dropped and counted.
 */
export class ClientSession {
  readonly statistics = { unknown: 0, ignored: 0 }
  readonly #options: ClientSessionOptions
  readonly #reader = new PacketReader(limits.helloBytes, (packet) => this.#take(packet))
  readonly #serverOptions = new Map<string, number>()
  #state: 'hello' | 'handshake' | 'ready' | 'active' | 'closed' = 'hello'
  #minor = 0
  #screen: ScreenSize
  #pointer: { x: number; y: number }
  /** The server has asked for the size. */
  #isAsked = false
  /** DINF that were not acknowledged; until then motion is meant for a screen of another size. */
  #unacknowledged = 0
  #hasHeard = false
  #heardAtMs = 0
  /** Since it was heard last. */
  #isStalled = false
  #cancelTimer: () => void = () => {}

  constructor(options: ClientSessionOptions) {
    this.#options = options
    this.#screen = options.screen
    this.#pointer = { x: options.screen.width >> 1, y: options.screen.height >> 1 }
  }

  /** Of the way, without the programs at its ends. */
  get roundTripMs(): number | undefined {
    return this.#options.wire.state?.roundTripMs
  }

  /** The connection stands. */
  start(): void {
    this.#startTimer(helloMs, () =>
      this.#close(this.#options.isSecure ? 'distrusts-us' : 'wants-tls'),
    )
  }

  received(bytes: Buffer): void {
    if (this.#state === 'closed') return
    try {
      this.#reader.push(bytes)
    } catch (error) {
      if (!(error instanceof MalformedPacket)) throw error
      if (this.#state !== 'hello') this.#send({ code: 'EBAD' })
      this.#close('malformed', error.message)
    }
  }

  /** The connection has ended, for that reason if it is known. */
  lost(reason?: CloseReason): void {
    const isRefusal = this.#state === 'handshake' && !this.#hasHeard
    this.#end(reason ?? closeReason(isRefusal ? 'refused-greeting' : 'lost'))
  }

  close(): void {
    this.#close('ended')
  }

  /** The screen has another size. */
  resize(screen: ScreenSize): void {
    this.#screen = screen
    this.#pointer = this.#onScreen(this.#pointer.x, this.#pointer.y)
    if (this.#isAsked && this.#isOpen) this.#sendScreen()
  }

  #take(packet: Buffer): void {
    if (this.#state === 'closed') return
    if (this.#state === 'hello') {
      this.#greeted(packet)
      return
    }
    this.#hasHeard = true
    this.#heardAtMs = this.#options.clock.nowMs()
    if (this.#isStalled) this.#watchServer()
    const message = decode(packet, 'server', this.#minor)
    if (message === undefined) this.statistics.unknown++
    else this.#obey(message)
  }

  #greeted(packet: Buffer): void {
    const { protocol, major, minor } = decodeHello(packet)
    if (major < versions.MAJOR || (major === versions.MAJOR && minor < versions.MINOR_MIN)) {
      this.#close('refused-version', `the server speaks ${major}.${minor}`)
      return
    }
    this.#minor = major > versions.MAJOR ? versions.MINOR_MAX : Math.min(minor, versions.MINOR_MAX)
    this.#state = 'handshake'
    this.#reader.limitBytes = limits.packetBytes
    this.#startTimer(handshakeMs, () => this.#close('handshake'))
    const { name } = this.#options
    this.#write(encodeHelloBack({ protocol, major: versions.MAJOR, minor: this.#minor, name }))
  }

  /** What concerns the connection; all else is input. */
  #obey(message: MessageFrom<'server'>): void {
    switch (message.code) {
      case 'QINF':
        this.#isAsked = true
        this.#sendScreen()
        break
      case 'CIAK':
        this.#unacknowledged = Math.max(0, this.#unacknowledged - 1)
        break
      case 'CALV':
        this.#send({ code: 'CALV' })
        break
      case 'CROP':
        this.#serverOptions.clear()
        if (this.#state !== 'handshake') this.#watchServer()
        this.#options.events.options(this.#serverOptions)
        break
      case 'DSOP':
        this.#setOptions(message.options)
        break
      case 'CINN':
        this.#entered(message)
        break
      case 'SECN':
        this.#options.events.keyboardBlocked(message.program)
        break
      case 'CBYE':
        this.#close('bye')
        break
      case 'EICV':
        this.#close('refused-version', `the server speaks ${message.major}.${message.minor}`)
        break
      case 'EUNK':
        this.#close('unknown-screen')
        break
      case 'EBSY':
        this.#close('screen-in-use')
        break
      case 'EBAD':
        this.#close('complained')
        break
      // No clipboard, screen saver, file or language goes any further. A server wants no answer to any of them.
      case 'CNOP':
      case 'CCLP':
      case 'DCLP':
      case 'CSEC':
      case 'DFTR':
      case 'DDRG':
      case 'LSYN':
        break
      case 'COUT':
      case 'DKDN':
      case 'DKDL':
      case 'DKRP':
      case 'DKUP':
      case 'DMDN':
      case 'DMUP':
      case 'DMMV':
      case 'DMRM':
      case 'DMWM':
        if (this.#state === 'active') this.#input(message)
        else this.statistics.ignored++
    }
  }

  #input(message: Message & { code: InputCode }): void {
    const { events } = this.#options
    switch (message.code) {
      case 'COUT':
        this.#state = 'ready'
        events.left()
        break
      case 'DKDN':
      case 'DKDL':
        events.keyDown(keyOf(message))
        break
      case 'DKRP':
        events.keyRepeat(keyOf(message))
        break
      case 'DKUP':
        events.keyUp(keyOf(message))
        break
      case 'DMDN':
      case 'DMUP':
        this.#button(message.code, message.button)
        break
      case 'DMMV':
      case 'DMRM':
        this.#moved(message)
        break
      case 'DMWM':
        if (message.dx !== 0 || message.dy !== 0) events.wheel(message.dx, message.dy)
        break
    }
  }

  #entered({ x, y, sequence, mask }: Message & { code: 'CINN' }): void {
    if (this.#state === 'handshake') {
      this.statistics.ignored++
      return
    }
    const { events } = this.#options
    if (this.#state === 'active') events.left()
    this.#state = 'active'
    this.#pointer = this.#onScreen(x, y)
    this.#watchServer()
    events.entered({ ...this.#pointer, sequence, mask })
  }

  #button(code: 'DMDN' | 'DMUP', button: number): void {
    const { events } = this.#options
    const notch = horizontalNotch(button)
    if (notch !== undefined) {
      if (code === 'DMDN') events.wheel(notch, 0)
    } else if (button < 1 || button > mouseButtons) {
      this.statistics.ignored++
    } else if (code === 'DMDN') {
      events.mouseDown(button)
    } else {
      events.mouseUp(button)
    }
  }

  #moved(message: Message & { code: 'DMMV' | 'DMRM' }): void {
    const { events } = this.#options
    if (this.#unacknowledged > 0) {
      this.statistics.ignored++
    } else if (message.code === 'DMRM') {
      events.mouseRelative(message.dx, message.dy)
    } else {
      this.#pointer = this.#onScreen(message.x, message.y)
      events.mouseMove(this.#pointer.x, this.#pointer.y)
    }
  }

  #onScreen(x: number, y: number): { x: number; y: number } {
    const { width, height } = this.#screen
    return { x: clamp(x, width), y: clamp(y, height) }
  }

  #sendScreen(): void {
    const { width, height } = this.#screen
    const { x: pointerX, y: pointerY } = this.#pointer
    this.#unacknowledged++
    this.#send({ code: 'DINF', x: 0, y: 0, width, height, warp: 0, pointerX, pointerY })
  }

  #setOptions(options: readonly ScreenOption[]): void {
    for (const { id, value } of options) {
      // One list is short, but there can be many of them.
      if (this.#serverOptions.size < limits.options) this.#serverOptions.set(id, value)
    }
    const isFirst = this.#state === 'handshake'
    if (isFirst) this.#state = 'ready'
    this.#watchServer()
    this.#options.events.options(this.#serverOptions)
    if (isFirst && this.#isOpen) this.#options.events.ready(this.#minor)
  }

  /** Looks whether the server still lives. Whatever it says shows that, not keep-alives alone. */
  #watchServer(): void {
    this.#cancelTimer()
    const keepAliveMs = this.#keepAliveMs
    const silentMs = this.#options.clock.nowMs() - this.#heardAtMs
    const leftMs = keepAlivesUntilDeath * keepAliveMs - silentMs
    if (leftMs <= 0) {
      this.#close('silent')
      return
    }
    this.#isStalled = silentMs >= quietMsMax && (this.#isStalled || this.#stalls(silentMs))
    const nextMs = Math.min(leftMs, this.#lookInMs(silentMs))
    if (nextMs < Number.POSITIVE_INFINITY) this.#startTimer(nextMs, () => this.#watchServer())
  }

  /** Whether the server that is silent has the input here, and does not seem to live; then it is told. */
  #stalls(silentMs: number): boolean {
    if (this.#state !== 'active') return false
    const hangs = silentMs >= this.#hangMs
    const isGone = (this.#options.wire.state?.quietMs ?? 0) >= quietMsMax
    if (!hangs && !isGone) return false
    this.#options.events.stalled()
    return true
  }

  /** When it is to be looked again whether it stalls. */
  #lookInMs(silentMs: number): number {
    if (this.#state !== 'active' || this.#isStalled) return Number.POSITIVE_INFINITY
    if (silentMs < quietMsMax) return quietMsMax - silentMs
    return Math.min(lookMs, this.#hangMs - silentMs)
  }

  get #hangMs(): number {
    return Math.max(keepAlivesUntilStalled * this.#keepAliveMs, quietMsMax)
  }

  /** Without an end for a server that wants none. */
  get #keepAliveMs(): number {
    const wishMs = this.#serverOptions.get('HART') ?? usualKeepAliveMs
    if (wishMs <= 0) return Number.POSITIVE_INFINITY
    return Math.min(Math.max(wishMs, keepAliveMsMin), keepAliveMsMax)
  }

  #startTimer(delayMs: number, run: () => void): void {
    this.#cancelTimer()
    // What was sent just now may have ended it.
    if (this.#isOpen) this.#cancelTimer = this.#options.clock.after(delayMs, run)
  }

  #send(message: Message): void {
    this.#write(encode(message, this.#minor))
  }

  #write(bytes: Buffer): void {
    const { wire } = this.#options
    wire.write(bytes)
    if (wire.queuedBytes > queueBytesMax) this.#close('slow')
  }

  get #isOpen(): boolean {
    return this.#state !== 'closed'
  }

  #close(kind: CloseKind, detail?: string): void {
    this.#end(closeReason(kind, detail))
  }

  #end(reason: CloseReason): void {
    if (this.#state === 'closed') return
    const wasActive = this.#state === 'active'
    this.#state = 'closed'
    this.#cancelTimer()
    const { wire, events } = this.#options
    wire.end()
    if (wasActive) events.left()
    events.closed(reason)
  }
}

function keyOf({ id, mask, button }: Key): Key {
  return { id, mask, button }
}

/** Deskflow's server on X11 reports a horizontal wheel as two more buttons. */
function horizontalNotch(button: number): number | undefined {
  if (button === 6) return -120
  return button === 7 ? 120 : undefined
}

function clamp(value: number, size: number): number {
  return Math.min(Math.max(value, 0), size - 1)
}
