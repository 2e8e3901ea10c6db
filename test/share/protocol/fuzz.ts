import fc from 'fast-check'
import { encode } from '../../../src/share/messages/codec.ts'
import { encodeHello, encodeHelloBack } from '../../../src/share/messages/hello.ts'
import { limits } from '../../../src/share/messages/limits.ts'
import type { Message } from '../../../src/share/messages/table.ts'
import { withLength } from '../fixtures/packets.ts'
import { anyMessage, codes, messageOf } from '../messages/arbitrary.ts'
import {
  type ClientEvent,
  type ClientWorld,
  clientWorld,
  plainWheel,
  type ServerWorld,
  serverWorld,
  usualScreen,
} from './peer.ts'

/** What was tried, for the record. */
export interface Tally {
  conversations: number
  bytes: number
  handshakes: number
  /** What a client was told of input. */
  inputs: number
  /** Messages that a server sent. */
  messages: number
}

export function newTally(): Tally {
  return { conversations: 0, bytes: 0, handshakes: 0, inputs: 0, messages: 0 }
}

/** Something that a peer, the network or time does. */
type Step =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'queue'; readonly bytes: number }
  | { readonly kind: 'drained' }
  /** For so long the peer's system has said nothing. */
  | { readonly kind: 'quiet'; readonly ms: number }
  | { readonly kind: 'call'; readonly call: Call }

/** What the rest of the program asks of a session. */
type Call =
  | { readonly name: 'enter' | 'move' | 'step' | 'wheel'; readonly x: number; readonly y: number }
  | { readonly name: 'leave' | 'close' | 'lost' }
  | {
      readonly name: 'key'
      readonly way: 'keyDown' | 'keyRepeat' | 'keyUp'
      readonly id: number
      readonly button: number
    }
  | { readonly name: 'button'; readonly way: 'mouseDown' | 'mouseUp'; readonly button: number }

function bytesStep(bytes: Uint8Array): Step {
  return { kind: 'bytes', bytes: Buffer.from(bytes) }
}

const number = fc.oneof(fc.integer({ min: -300, max: 3000 }), fc.integer())

const keyCall = fc.record({
  name: fc.constant('key' as const),
  way: fc.constantFrom('keyDown', 'keyRepeat', 'keyUp'),
  id: fc.oneof(fc.constant(0x61), fc.nat({ max: 0x1ffff })),
  button: fc.oneof({ weight: 4, arbitrary: fc.nat({ max: 5 }) }, fc.nat({ max: 600 })),
})

const call: fc.Arbitrary<Call> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      name: fc.constantFrom('enter', 'move', 'step', 'wheel'),
      x: number,
      y: number,
    }),
  },
  { weight: 4, arbitrary: keyCall },
  {
    weight: 2,
    arbitrary: fc.record({
      name: fc.constant('button' as const),
      way: fc.constantFrom('mouseDown', 'mouseUp'),
      button: fc.nat({ max: 7 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ name: fc.constant('leave' as const) }) },
)

/** Messages behind which the talk may go on; those that end it come, too, but not so often that there is none. */
const lively = fc
  .constantFrom(...codes.filter((code) => !['CBYE', 'EICV', 'EUNK', 'EBSY', 'EBAD'].includes(code)))
  .chain(messageOf)

/** Packets that are right, nearly so, or nothing; and bytes that are no packets. */
const chatter: fc.Arbitrary<Step> = fc.oneof(
  { weight: 30, arbitrary: lively.map((message) => bytesStep(encode(message, 8))) },
  { weight: 1, arbitrary: anyMessage.map((message) => bytesStep(encode(message, 8))) },
  {
    weight: 2,
    arbitrary: fc
      .record({ message: anyMessage, at: fc.nat(), value: fc.nat({ max: 255 }) })
      .map(({ message, at, value }) => {
        const packet = encode(message, 8)
        packet[4 + (at % (packet.length - 4))] = value
        return bytesStep(packet)
      }),
  },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ maxLength: 30 }).map((body) => bytesStep(withLength(body))),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }).map(bytesStep) },
)

const world: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat({ max: 2000 }) }),
  },
  fc.record({
    kind: fc.constant('queue' as const),
    bytes: fc.constantFrom(...Array<number>(8).fill(0), ...Array<number>(8).fill(5000), 70_000),
  }),
  fc.constant<Step>({ kind: 'drained' }),
  fc.record({ kind: fc.constant('quiet' as const), ms: fc.nat({ max: 9000 }) }),
)

const calls: fc.Arbitrary<Step> = call.map((each) => ({ kind: 'call', call: each }))

/** What a real server says first, mostly. */
const serverOpening = fc
  .record({ minor: fc.constantFrom(3, 6, 7, 8, 9), major: fc.constantFrom(1, 1, 1, 2) })
  .map(({ major, minor }) =>
    [
      encodeHello({ protocol: 'Barrier', major, minor }),
      ...(['QINF', 'CIAK', 'CROP'] as const).map((code) => encode({ code }, 8)),
      encode({ code: 'DSOP', options: [{ id: 'HART', value: 4000 }] }, 8),
      encode({ code: 'CINN', x: 1, y: 2, sequence: 1, mask: 0 }, 8),
    ].map(bytesStep),
  )

const clientOpening = fc
  .record({
    minor: fc.constantFrom(3, 6, 7, 8),
    name: fc.constantFrom('cli', 'cli', 'cli', 'cli', 'a b', 'busy'),
  })
  .map(({ minor, name }) =>
    [encodeHelloBack({ protocol: 'Barrier', major: 1, minor, name }), encode(usualScreen, 8)].map(
      bytesStep,
    ),
  )

function conversation(
  opening: fc.Arbitrary<Step[]>,
  later: fc.Arbitrary<Step>,
): fc.Arbitrary<Step[]> {
  const steps = fc.array(later, { maxLength: 80, size: 'max' })
  return fc.oneof(
    { weight: 5, arbitrary: fc.tuple(opening, steps).map(([first, rest]) => [...first, ...rest]) },
    { weight: 1, arbitrary: steps },
  )
}

const usualInput = fc
  .constantFrom('DKDN', 'DKUP', 'DMDN', 'DMUP', 'DMMV', 'CINN', 'COUT', 'CALV' as const)
  .chain(messageOf)

const ending: fc.Arbitrary<Step> = fc
  .constantFrom('close', 'lost')
  .map((name) => ({ kind: 'call', call: { name } }))

/** Any life of a client's session, with a server that may say anything. */
export const clientConversation = conversation(
  serverOpening,
  fc.oneof(
    { weight: 20, arbitrary: chatter },
    // Not all of it is nonsense.
    { weight: 20, arbitrary: usualInput.map((message) => bytesStep(encode(message, 8))) },
    { weight: 6, arbitrary: world },
    { weight: 1, arbitrary: ending },
  ),
)

/** Any life of a server's session, with a client that may say anything, and a program that may ask for anything. */
export const serverConversation = conversation(
  clientOpening,
  fc.oneof(
    { weight: 8, arbitrary: chatter },
    { weight: 16, arbitrary: fc.constant(bytesStep(encode({ code: 'CALV' }, 8))) },
    { weight: 6, arbitrary: world },
    { weight: 30, arbitrary: calls },
    { weight: 1, arbitrary: ending },
  ),
)

function fail(what: string): never {
  throw new Error(what)
}

/** Plays one, and throws when a rule is broken. */
export function playClient(steps: readonly Step[], tally: Tally): void {
  const it = clientWorld()
  const check = new ClientRules()
  for (const step of steps) {
    takeStep(it, step, tally, (asked) => {
      if (asked.name === 'close') it.session.close()
      else it.session.lost()
    })
    for (const event of it.events()) check.happened(event)
    checkEnd(it, check.isClosed)
    it.far.take()
  }
  it.session.close()
  for (const event of it.events()) check.happened(event)
  checkEnd(it, check.isClosed)
  if (!check.isClosed) fail('it did not end')
  tally.conversations++
  tally.handshakes += check.wasReady ? 1 : 0
  tally.inputs += check.inputs
}

/** Input comes between `entered` and `left`, the end is told once and last, and what comes is in its bounds. */
class ClientRules {
  isClosed = false
  wasReady = false
  inputs = 0
  #isEntered = false

  happened(event: ClientEvent): void {
    if (this.isClosed) fail(`${event.event} after the end`)
    if (event.event === 'ready') {
      this.wasReady = true
    } else if (event.event === 'entered') {
      if (!this.wasReady || this.#isEntered) fail('entered at the wrong time')
      this.#isEntered = true
    } else if (event.event === 'left') {
      if (!this.#isEntered) fail('left without having entered')
      this.#isEntered = false
    } else if (event.event === 'closed') {
      if (this.#isEntered) fail('closed before everything was let go')
      this.isClosed = true
    } else if (event.event === 'options') {
      if (Object.keys(event.options).length > limits.options) fail('options without end')
    } else if (event.event === 'stalled') {
      if (!this.#isEntered) fail('a silence that is of no interest')
    } else if (event.event !== 'keyboardBlocked') {
      this.#input(event)
    }
  }

  #input(event: ClientEvent): void {
    this.inputs++
    if (!this.#isEntered) fail(`${event.event} without having entered`)
    if (
      event.event === 'mouseMove' &&
      (event.x < 0 || event.y < 0 || event.x >= 1920 || event.y >= 1080)
    )
      fail('beside the screen')
    if (
      (event.event === 'mouseDown' || event.event === 'mouseUp') &&
      (event.button < 1 || event.button > 5)
    )
      fail('a button that there is not')
  }
}

export function playServer(steps: readonly Step[], tally: Tally): void {
  const it = serverWorld((name) => (name === 'busy' ? 'screen-in-use' : { wheel: plainWheel }))
  const check = new ServerRules()
  let isClosed = false
  const look = () => {
    for (const { event } of it.events()) {
      if (isClosed) fail(`${event} after the end`)
      if (event === 'closed') isClosed = true
      if (event === 'ready') tally.handshakes++
    }
    for (const message of it.far.take()) {
      check.sent(message)
      tally.messages++
    }
    checkEnd(it, isClosed)
  }
  for (const step of steps) {
    takeStep(it, step, tally, (asked) => ask(it, asked))
    look()
  }
  it.far.queuedBytes = 0
  const wasOpen = !isClosed
  it.session.close()
  look()
  if (!isClosed) fail('it did not end')
  // Where it was we who ended, nothing is left pressed.
  if (wasOpen) check.ended()
  tally.conversations++
}

/** A key or button is pressed once and released once, between enter and leave. */
class ServerRules {
  #isEntered = false
  #sequence = 0
  readonly #keys = new Set<number>()
  readonly #buttons = new Set<number>()

  sent(message: Message): void {
    if (message.code === 'CINN') {
      if (this.#isEntered) fail('a second enter')
      if (message.sequence <= this.#sequence) fail('a sequence that does not grow')
      this.#sequence = message.sequence
      this.#isEntered = true
    } else if (message.code === 'COUT') {
      if (!this.#isEntered) fail('a second leave')
      this.ended()
      this.#isEntered = false
    } else if (message.code === 'DKDN' || message.code === 'DKDL') {
      this.#press(this.#keys, message.button, 511)
    } else if (message.code === 'DKUP') {
      this.#release(this.#keys, message.button)
    } else if (message.code === 'DKRP') {
      if (!this.#keys.has(message.button)) fail('a repeat of a key that is up')
    } else if (message.code === 'DMDN') {
      this.#press(this.#buttons, message.button, 5)
    } else if (message.code === 'DMUP') {
      this.#release(this.#buttons, message.button)
    } else if (['DMMV', 'DMRM', 'DMWM'].includes(message.code)) {
      if (!this.#isEntered) fail('motion outside')
    }
  }

  ended(): void {
    if (this.#keys.size + this.#buttons.size > 0) fail('left with something pressed')
  }

  #press(held: Set<number>, button: number, max: number): void {
    if (!this.#isEntered || held.has(button) || button < 1 || button > max) fail('a wrong press')
    held.add(button)
  }

  #release(held: Set<number>, button: number): void {
    if (!this.#isEntered || !held.delete(button)) fail('a wrong release')
  }
}

function takeStep(
  it: ClientWorld | ServerWorld,
  step: Step,
  tally: Tally,
  ask: (call: Call) => void,
): void {
  switch (step.kind) {
    case 'bytes':
      tally.bytes += step.bytes.length
      it.bytes(step.bytes)
      break
    case 'wait':
      it.clock.advance(step.ms)
      break
    case 'queue':
      it.far.queuedBytes = step.bytes
      break
    case 'quiet':
      it.far.state = { roundTripMs: 1, quietMs: step.ms }
      break
    case 'drained':
      it.far.queuedBytes = 0
      if ('drained' in it.session) it.session.drained()
      break
    case 'call':
      ask(step.call)
      break
  }
}

function ask({ session }: ServerWorld, asked: Call): void {
  switch (asked.name) {
    case 'enter':
      session.enter(asked.x, asked.y, asked.x & 0x7000)
      break
    case 'leave':
      session.leave()
      break
    case 'move':
      session.mouseMove(asked.x, asked.y)
      break
    case 'step':
      session.mouseRelative(asked.x, asked.y)
      break
    case 'wheel':
      session.wheel(asked.x, asked.y)
      break
    case 'key':
      session[asked.way]({ id: asked.id, mask: 0, button: asked.button })
      break
    case 'button':
      session[asked.way](asked.button)
      break
    case 'close':
      session.close()
      break
    case 'lost':
      session.lost()
      break
  }
}

/** Its socket ends with it and not before, and so does its time. */
function checkEnd({ far, clock }: ClientWorld | ServerWorld, isClosed: boolean): void {
  if (far.isEnded !== isClosed) fail('the socket and what was told of it differ')
  if (isClosed ? clock.pending > 0 : clock.pending > 1) fail('a timer is left')
}
