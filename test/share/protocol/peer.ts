import { decode, encode } from '../../../src/share/messages/codec.ts'
import {
  decodeHello,
  decodeHelloBack,
  encodeHello,
  encodeHelloBack,
  type Hello,
  type HelloBack,
} from '../../../src/share/messages/hello.ts'
import { limits } from '../../../src/share/messages/limits.ts'
import { PacketReader } from '../../../src/share/messages/packet-reader.ts'
import type { Message, Side } from '../../../src/share/messages/table.ts'
import { ClientSession } from '../../../src/share/protocol/client-session.ts'
import type { CloseReason } from '../../../src/share/protocol/close-reason.ts'
import type { Key } from '../../../src/share/protocol/input.ts'
import type { WheelHabits } from '../../../src/share/protocol/pointer-queue.ts'
import {
  type Admission,
  type Screen,
  ServerSession,
} from '../../../src/share/protocol/server-session.ts'
import type { WayState, Wire } from '../../../src/share/protocol/wire.ts'
import { VirtualClock } from './virtual-clock.ts'

/** The far end of a wire: it reads what a session of the other side writes. */
class FarEnd implements Wire {
  readonly messages: Message[] = []
  greeting: Hello | HelloBack | undefined
  /** Set by tests, for a peer that does not read. */
  queuedBytes = 0
  /** Set by tests, for a system that knows. */
  state: WayState | undefined
  isEnded = false
  minor = 8
  readonly #side: Side
  readonly #reader = new PacketReader(limits.packetBytes, (packet) => this.#take(packet))

  /** @param side of the session that writes here */
  constructor(side: Side) {
    this.#side = side
  }

  write(bytes: Buffer): void {
    if (this.isEnded) throw new Error('something was written after the end')
    this.#reader.push(bytes)
  }

  end(): void {
    this.isEnded = true
  }

  /** What was said since the last time. */
  take(): Message[] {
    return this.messages.splice(0)
  }

  #take(packet: Buffer): void {
    if (this.greeting === undefined && packet.toString('latin1', 0, 4) !== 'EICV') {
      this.greeting = this.#side === 'server' ? decodeHello(packet) : decodeHelloBack(packet)
      return
    }
    const message = decode(packet, this.#side, this.minor)
    if (message === undefined) throw new Error(`${packet.toString('latin1', 0, 4)} is no message`)
    this.messages.push(message)
  }
}

export type ClientEvent =
  | { readonly event: 'ready'; readonly minor: number }
  | { readonly event: 'options'; readonly options: Readonly<Record<string, number>> }
  | {
      readonly event: 'entered'
      readonly x: number
      readonly y: number
      readonly sequence: number
      readonly mask: number
    }
  | { readonly event: 'left' | 'stalled' }
  | ({ readonly event: 'keyDown' | 'keyRepeat' | 'keyUp' } & Key)
  | { readonly event: 'mouseDown' | 'mouseUp'; readonly button: number }
  | { readonly event: 'mouseMove'; readonly x: number; readonly y: number }
  | { readonly event: 'mouseRelative' | 'wheel'; readonly dx: number; readonly dy: number }
  | { readonly event: 'keyboardBlocked'; readonly program: string }
  | { readonly event: 'closed'; readonly reason: CloseReason }

export interface ClientWorld {
  readonly clock: VirtualClock
  readonly session: ClientSession
  /** What the session says. */
  readonly far: FarEnd
  /** What happened since the last time. */
  events(): ClientEvent[]
  /** The server says so. */
  say(...messages: readonly Message[]): void
  greet(hello: Hello): void
  bytes(bytes: Uint8Array): void
}

/** A client and a server that is played by the test. */
export function clientWorld(options: { isSecure?: boolean; name?: string } = {}): ClientWorld {
  const clock = new VirtualClock()
  const far = new FarEnd('client')
  const happened: ClientEvent[] = []
  const tell = (event: ClientEvent) => void happened.push(event)
  const session = new ClientSession({
    wire: far,
    clock,
    name: options.name ?? 'cli',
    screen: { width: 1920, height: 1080 },
    isSecure: options.isSecure ?? false,
    events: {
      ready: (minor) => tell({ event: 'ready', minor }),
      options: (map) => tell({ event: 'options', options: Object.fromEntries(map) }),
      entered: (entry) => tell({ event: 'entered', ...entry }),
      left: () => tell({ event: 'left' }),
      stalled: () => tell({ event: 'stalled' }),
      keyDown: (key) => tell({ event: 'keyDown', ...key }),
      keyRepeat: (key) => tell({ event: 'keyRepeat', ...key }),
      keyUp: (key) => tell({ event: 'keyUp', ...key }),
      mouseDown: (button) => tell({ event: 'mouseDown', button }),
      mouseUp: (button) => tell({ event: 'mouseUp', button }),
      mouseMove: (x, y) => tell({ event: 'mouseMove', x, y }),
      mouseRelative: (dx, dy) => tell({ event: 'mouseRelative', dx, dy }),
      wheel: (dx, dy) => tell({ event: 'wheel', dx, dy }),
      keyboardBlocked: (program) => tell({ event: 'keyboardBlocked', program }),
      closed: (reason) => tell({ event: 'closed', reason }),
    },
  })
  session.start()
  const bytes = (sent: Uint8Array) => session.received(Buffer.from(sent))
  return {
    clock,
    session,
    far,
    events: () => happened.splice(0),
    say: (...messages) => {
      for (const message of messages) bytes(encode(message, 8))
    },
    greet: (hello) => {
      far.minor = Math.min(hello.minor, 8)
      bytes(encodeHello(hello))
    },
    bytes,
  }
}

export const barrier16: Hello = { protocol: 'Barrier', major: 1, minor: 6 }

/** One that has done its handshake, with nothing left to look at. */
export function readyClient(options: { isSecure?: boolean } = {}): ClientWorld {
  const world = clientWorld(options)
  world.greet(barrier16)
  world.say({ code: 'QINF' }, { code: 'CIAK' }, { code: 'CROP' }, { code: 'DSOP', options: [] })
  world.far.take()
  world.events()
  return world
}

export function activeClient(): ClientWorld {
  const world = readyClient()
  world.say({ code: 'CINN', x: 10, y: 20, sequence: 1, mask: 0 })
  world.events()
  return world
}

export type ServerEvent =
  | { readonly event: 'ready' | 'resized'; readonly screen: Screen }
  | { readonly event: 'closed'; readonly reason: CloseReason }

export interface ServerWorld {
  readonly clock: VirtualClock
  readonly session: ServerSession
  readonly far: FarEnd
  events(): ServerEvent[]
  /** The client says so. */
  say(...messages: readonly Message[]): void
  greet(hello: HelloBack): void
  bytes(bytes: Uint8Array): void
  /** Time passes, in which the client answers what it is asked, each time after so long. */
  live(ms: number, echoAfterMs?: number): void
}

export const plainWheel: WheelHabits = {
  isHiRes: false,
  isSideways: true,
  isSidewaysInverted: false,
}

/** A server and a client that is played by the test. */
export function serverWorld(
  admit: (name: string) => Admission = () => ({ wheel: plainWheel }),
): ServerWorld {
  const clock = new VirtualClock()
  const far = new FarEnd('server')
  const happened: ServerEvent[] = []
  const session = new ServerSession({
    wire: far,
    clock,
    admit,
    events: {
      ready: (screen) => void happened.push({ event: 'ready', screen }),
      resized: (screen) => void happened.push({ event: 'resized', screen }),
      closed: (reason) => void happened.push({ event: 'closed', reason }),
    },
  })
  session.start()
  const bytes = (sent: Uint8Array) => session.received(Buffer.from(sent))
  const say = (...messages: readonly Message[]) => {
    for (const message of messages) bytes(encode(message, 8))
  }
  return {
    clock,
    session,
    far,
    events: () => happened.splice(0),
    say,
    greet: (hello) => {
      far.minor = Math.min(hello.minor, 8)
      bytes(encodeHelloBack(hello))
    },
    bytes,
    live: (ms, echoAfterMs = 1) => {
      const echo = () => {
        const asked = far.take().filter(({ code }) => code === 'CALV').length
        if (asked > 0)
          clock.after(echoAfterMs, () => say(...Array<Message>(asked).fill({ code: 'CALV' })))
      }
      for (let passed = 0; passed < ms; passed += 10) {
        echo()
        clock.advance(10)
      }
    },
  }
}

export const usualScreen: Message = {
  code: 'DINF',
  ...{ x: 0, y: 0, width: 1280, height: 720, warp: 0, pointerX: 640, pointerY: 360 },
}

/** One whose client has done its handshake with 1.`minor`. */
export function readyServer(minor = 6, admission: Admission = { wheel: plainWheel }): ServerWorld {
  const world = serverWorld(() => admission)
  world.greet({ protocol: 'Barrier', major: 1, minor, name: 'cli' })
  world.say(usualScreen)
  world.far.take()
  world.events()
  return world
}

/** The same, entered, with its first question answered. */
export function activeServer(minor = 6, admission?: Admission): ServerWorld {
  const world = readyServer(minor, admission)
  world.session.enter(100, 200, 0)
  world.say({ code: 'CALV' })
  world.far.take()
  return world
}
