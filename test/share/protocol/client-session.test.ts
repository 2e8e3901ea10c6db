import { describe, expect, test } from 'vitest'
import { encode } from '../../../src/share/messages/codec.ts'
import { limits } from '../../../src/share/messages/limits.ts'
import type { Message } from '../../../src/share/messages/table.ts'
import { capturedPackets, withLength } from '../fixtures/packets.ts'
import {
  activeClient,
  barrier16,
  type ClientEvent,
  type ClientWorld,
  clientWorld,
  readyClient,
} from './peer.ts'

function kindsOf(events: readonly ClientEvent[]): string[] {
  return events.map((each) => (each.event === 'closed' ? `closed ${each.reason.kind}` : each.event))
}

/** What `events` says of the end, and that nothing is left behind it. */
function endOf(world: ClientWorld): string | undefined {
  const end = world.events().at(-1)
  if (end?.event !== 'closed') return undefined
  expect(world.far.isEnded).toBe(true)
  expect(world.clock.pending).toBe(0)
  return end.reason.kind
}

const screenOf1920: Message = {
  code: 'DINF',
  ...{ x: 0, y: 0, width: 1920, height: 1080, warp: 0, pointerX: 960, pointerY: 540 },
}

describe('with what barriers 2.4.0 said', () => {
  test('the handshake is answered byte for byte as it was', () => {
    const world = clientWorld()
    const packets = capturedPackets('barriers-2.4.0-clipboard')
    const answers: Buffer[] = []
    const { write } = world.far
    world.far.write = (bytes) => {
      answers.push(bytes)
      write.call(world.far, bytes)
    }
    for (const { from, bytes } of packets.slice(0, 7))
      if (from === 'server') world.bytes(withLength(bytes))
    expect(answers).toEqual(
      packets
        .slice(0, 7)
        .filter(({ from }) => from === 'client')
        .map(({ bytes }) => withLength(bytes)),
    )
    const options = {
      HDCL: 1,
      SSCM: 0,
      SSCS: 0,
      CLPS: 1,
      HART: 5000,
      MDLT: 1,
      SSVR: 0,
      SSWT: 250,
      _KFW: 0,
    }
    expect(world.events()).toEqual([
      { event: 'options', options: {} },
      { event: 'options', options },
      { event: 'ready', minor: 6 },
    ])
  })

  test('the text that was typed comes out, and a clipboard disturbs nothing', () => {
    const world = clientWorld()
    for (const { from, bytes } of capturedPackets('barriers-barrierc-2.4.0')) {
      if (from === 'server') world.bytes(withLength(bytes))
    }
    const events = world.events()
    const typed = events.map((each) =>
      each.event === 'keyDown' && each.id < 0xe000 ? String.fromCodePoint(each.id) : '',
    )
    expect(typed.join('')).toContain('Hello, World! 42%')
    expect(world.session.statistics).toEqual({ unknown: 0, ignored: 0 })
  })

  test('buttons, wheels, motion of both kinds, repeats, and the ways in and out are told in order', () => {
    const world = clientWorld()
    for (const { from, bytes } of capturedPackets('barriers-2.4.0-input')) {
      if (from === 'server') world.bytes(withLength(bytes))
    }
    const events = world.events()
    const of = (...names: string[]) => events.filter(({ event }) => names.includes(event))
    expect(of('mouseDown')).toEqual(
      [1, 2, 3, 4, 5].map((button) => ({ event: 'mouseDown', button })),
    )
    expect(of('wheel')).toEqual([
      { event: 'wheel', dx: 0, dy: 120 },
      { event: 'wheel', dx: 0, dy: -120 },
      { event: 'wheel', dx: -120, dy: 0 },
      { event: 'wheel', dx: 120, dy: 0 },
    ])
    expect(of('mouseMove', 'mouseRelative')).toEqual([
      { event: 'mouseMove', x: 970, y: 545 },
      { event: 'mouseMove', x: 967, y: 547 },
      { event: 'mouseRelative', dx: 7, dy: -4 },
      { event: 'mouseRelative', dx: 1, dy: 1 },
      { event: 'mouseMove', x: 960, y: 540 },
    ])
    expect(of('keyRepeat')).toHaveLength(15)
    expect(of('entered', 'left')).toEqual([
      { event: 'entered', x: 960, y: 540, sequence: 1, mask: 0 },
      { event: 'left' },
      { event: 'entered', x: 960, y: 540, sequence: 3, mask: 0x1000 },
      { event: 'left' },
    ])
    const downs = of('keyDown').map((each) => 'button' in each && each.button)
    const ups = of('keyUp').map((each) => 'button' in each && each.button)
    expect(downs.toSorted()).toEqual(ups.toSorted())
  })
})

describe('the greeting', () => {
  test.each([
    ['Barrier', 1, 6, 6],
    ['Barrier', 1, 8, 8],
    ['Synergy', 1, 8, 8],
    ['Barrier', 1, 9, 8],
    ['Barrier', 2, 0, 8],
    ['Synergy', 1, 3, 3],
  ] as const)(
    'of %s %i.%i is answered by the same word and 1.%i',
    (protocol, major, minor, answer) => {
      const world = clientWorld()
      world.greet({ protocol, major, minor })
      expect(world.far.greeting).toEqual({ protocol, major: 1, minor: answer, name: 'cli' })
    },
  )

  test.each([
    [1, 2],
    [0, 9],
  ])('of version %i.%i, which had no keep-alive, is not answered', (major, minor) => {
    const world = clientWorld()
    world.greet({ protocol: 'Barrier', major, minor })
    expect(world.far.greeting).toBe(undefined)
    expect(endOf(world)).toBe('refused-version')
  })

  test.each([
    [false, 'wants-tls'],
    [true, 'distrusts-us'],
  ])('that does not come within 5 s ends it (TLS: %s)', (isSecure, kind) => {
    const world = clientWorld({ isSecure })
    world.clock.advance(4999)
    expect(world.events()).toEqual([])
    world.clock.advance(1)
    expect(endOf(world)).toBe(kind)
  })

  test.each([
    ['another protocol', withLength(Buffer.from('SSH-2.0-OpenSSH'))],
    ['more than a greeting has room for', Buffer.from('00000401', 'hex')],
    ['HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ])('that is %s ends it at once, without an answer', (_, bytes) => {
    const world = clientWorld()
    world.bytes(bytes)
    expect(endOf(world)).toBe('malformed')
    expect(world.far.messages).toEqual([])
  })

  test('a server that hangs up at it does not like the version or the name', () => {
    const world = clientWorld()
    world.greet(barrier16)
    world.session.lost()
    expect(endOf(world)).toBe('refused-greeting')
  })

  test('a server that says no more is left after 15 s, even when it goes on to ask', () => {
    const world = clientWorld()
    world.greet(barrier16)
    for (let second = 0; second < 15; second++) {
      world.say({ code: 'QINF' }, { code: 'CALV' }, { code: 'CIAK' })
      world.clock.advance(1000)
    }
    expect(endOf(world)).toBe('handshake')
  })
})

describe('a refusal says what it is', () => {
  test.each([
    [{ code: 'EICV', major: 1, minor: 6 }, 'refused-version'],
    [{ code: 'EUNK' }, 'unknown-screen'],
    [{ code: 'EBSY' }, 'screen-in-use'],
    [{ code: 'EBAD' }, 'complained'],
    [{ code: 'CBYE' }, 'bye'],
  ] as const)('%j: %s', (message, kind) => {
    const world = clientWorld()
    world.greet(barrier16)
    world.say(message, { code: 'CALV' })
    expect(endOf(world)).toBe(kind)
  })
})

describe('input', () => {
  const aKey = { id: 0x61, mask: 0, button: 38 }

  test('comes only between enter and leave', () => {
    const world = readyClient()
    const input: Message[] = [
      { code: 'DKDN', ...aKey },
      { code: 'DMMV', x: 5, y: 6 },
      { code: 'DMDN', button: 1 },
      { code: 'DMWM', dx: 0, dy: 120 },
    ]
    world.say(...input, { code: 'COUT' })
    expect(world.events()).toEqual([])
    expect(world.session.statistics.ignored).toBe(5)
    world.say(
      { code: 'CINN', x: 1, y: 2, sequence: 9, mask: 0x2000 },
      ...input,
      { code: 'COUT' },
      ...input,
    )
    expect(world.events()).toEqual([
      { event: 'entered', x: 1, y: 2, sequence: 9, mask: 0x2000 },
      { event: 'keyDown', ...aKey },
      { event: 'mouseMove', x: 5, y: 6 },
      { event: 'mouseDown', button: 1 },
      { event: 'wheel', dx: 0, dy: 120 },
      { event: 'left' },
    ])
  })

  test('an enter before the end of the handshake is none', () => {
    const world = clientWorld()
    world.greet(barrier16)
    world.say({ code: 'CINN', x: 1, y: 2, sequence: 1, mask: 0 }, { code: 'DKDN', ...aKey })
    expect(world.events()).toEqual([])
  })

  test('a second enter lets go of what the first one pressed', () => {
    const world = activeClient()
    world.say({ code: 'CINN', x: 1, y: 2, sequence: 3, mask: 0 })
    expect(kindsOf(world.events())).toEqual(['left', 'entered'])
  })

  test('a key of 1.8 with its language, and a repeat with one that 1.6 has no place for, are keys', () => {
    const world = activeClient()
    world.say({ code: 'DKDL', ...aKey, language: 'en' })
    world.bytes(encode({ code: 'DKRP', ...aKey, count: 1, language: 'en' }, 8))
    world.say({ code: 'DKUP', ...aKey })
    expect(world.events()).toEqual([
      { event: 'keyDown', ...aKey },
      { event: 'keyRepeat', ...aKey },
      { event: 'keyUp', ...aKey },
    ])
  })

  test.each([
    [6, -120],
    [7, 120],
  ])("button %i of Deskflow's X11 server is a notch to the side", (button, dx) => {
    const world = activeClient()
    world.say({ code: 'DMDN', button }, { code: 'DMUP', button })
    expect(world.events()).toEqual([{ event: 'wheel', dx, dy: 0 }])
  })

  test.each([0, 8, 255])('there is no button %i', (button) => {
    const world = activeClient()
    world.say({ code: 'DMDN', button }, { code: 'DMUP', button })
    expect(world.events()).toEqual([])
    expect(world.session.statistics.ignored).toBe(2)
  })

  test('the pointer stays on the screen', () => {
    const world = activeClient()
    world.say({ code: 'DMMV', x: -7, y: 32767 }, { code: 'DMMV', x: 1920, y: -32768 })
    expect(world.events()).toEqual([
      { event: 'mouseMove', x: 0, y: 1079 },
      { event: 'mouseMove', x: 1919, y: 0 },
    ])
  })

  test('a wheel that did not turn is not told', () => {
    const world = activeClient()
    world.say({ code: 'DMWM', dx: 0, dy: 0 })
    expect(world.events()).toEqual([])
  })
})

describe('the screen', () => {
  test('is told when it is asked for', () => {
    const world = clientWorld()
    world.greet(barrier16)
    world.say({ code: 'QINF' })
    expect(world.far.take()).toEqual([screenOf1920])
  })

  test('is told again when it has another size, and motion for the old one is dropped', () => {
    const world = activeClient()
    world.session.resize({ width: 800, height: 600 })
    expect(world.far.take()).toEqual([
      { ...screenOf1920, width: 800, height: 600, pointerX: 10, pointerY: 20 },
    ])
    world.say({ code: 'DMMV', x: 1900, y: 1000 }, { code: 'DMRM', dx: 1, dy: 1 })
    world.say({ code: 'DKDN', id: 0x61, mask: 0, button: 38 })
    world.say({ code: 'CIAK' }, { code: 'DMMV', x: 700, y: 500 })
    expect(kindsOf(world.events())).toEqual(['keyDown', 'mouseMove'])
  })

  test('with two changes motion waits for both acknowledgements', () => {
    const world = activeClient()
    world.session.resize({ width: 800, height: 600 })
    world.session.resize({ width: 1024, height: 768 })
    world.say({ code: 'CIAK' }, { code: 'DMMV', x: 1, y: 1 }, { code: 'CIAK' }, { code: 'CIAK' })
    world.say({ code: 'DMMV', x: 2, y: 2 })
    expect(world.events()).toEqual([{ event: 'mouseMove', x: 2, y: 2 }])
  })

  test('is not told to a server that has not asked, nor after the end', () => {
    const world = clientWorld()
    world.session.resize({ width: 800, height: 600 })
    world.greet(barrier16)
    world.session.resize({ width: 1024, height: 768 })
    expect(world.far.take()).toEqual([])
    world.say({ code: 'QINF' })
    expect(world.far.take()).toMatchObject([{ width: 1024, height: 768 }])
    world.session.close()
    world.session.resize({ width: 800, height: 600 })
    expect(world.far.take()).toEqual([])
  })
})

describe('options', () => {
  test('come together from several lists, and go with a reset', () => {
    const world = readyClient()
    world.say({ code: 'DSOP', options: [{ id: 'MMFS', value: 6 }] })
    world.say({ code: 'DSOP', options: [{ id: 'HDCL', value: 1 }] })
    world.say({ code: 'CROP' })
    expect(world.events()).toEqual([
      { event: 'options', options: { MMFS: 6 } },
      { event: 'options', options: { MMFS: 6, HDCL: 1 } },
      { event: 'options', options: {} },
    ])
  })

  test('many lists of many options need no more room than one', () => {
    const world = readyClient()
    for (let list = 0; list < 40; list++) {
      const options = Array.from({ length: limits.options }, (_, index) => ({
        id: String(list * limits.options + index)
          .padStart(4, '0')
          .slice(-4),
        value: 1,
      }))
      world.say({ code: 'DSOP', options })
    }
    const last = world.events().at(-1)
    expect(last?.event === 'options' && Object.keys(last.options)).toHaveLength(limits.options)
  })
})

describe('a server that is silent', () => {
  test.each([
    [undefined, 9000],
    [5000, 15_000],
    [1, 1500],
    [2 ** 31 - 1, 3 * 3_600_000],
  ])('is left, with a HART of %s, after %i ms', (value, deathMs) => {
    const world = readyClient()
    if (value !== undefined) world.say({ code: 'DSOP', options: [{ id: 'HART', value }] })
    world.events()
    world.clock.advance(deathMs - 1)
    expect(world.events()).toEqual([])
    world.clock.advance(1)
    expect(kindsOf(world.events())).toEqual(['closed silent'])
  })

  test('has what is pressed released before that, and once more when it is left', () => {
    const world = activeClient()
    world.clock.advance(9000)
    expect(kindsOf(world.events())).toEqual(['stalled', 'left', 'closed silent'])
  })

  test('is left by a client whose options it took away in between, after the usual time', () => {
    const world = readyClient()
    world.say({ code: 'DSOP', options: [{ id: 'HART', value: 60_000 }] }, { code: 'CROP' })
    world.events()
    world.clock.advance(9000)
    expect(endOf(world)).toBe('silent')
  })

  test.each([0, -1])('may be so with a HART of %i', (value) => {
    const world = readyClient()
    world.say({ code: 'DSOP', options: [{ id: 'HART', value }] })
    world.events()
    world.clock.advance(3_600_000)
    expect(world.events()).toEqual([])
  })

  test('is not, whatever it says', () => {
    const world = readyClient()
    for (const bytes of ['XYZW', 'CNOP', 'CALV', 'LSYN\0\0\0\0']) {
      world.clock.advance(8999)
      world.bytes(withLength(Buffer.from(bytes)))
    }
    expect(world.events()).toEqual([])
  })

  test('every keep-alive is answered at once', () => {
    const world = readyClient()
    world.say({ code: 'CALV' }, { code: 'CALV' })
    expect(world.far.take()).toEqual([{ code: 'CALV' }, { code: 'CALV' }])
  })
})

describe('what is pressed is released', () => {
  /** A server whose system answers as it does, and how long it takes until that counts. */
  function stalledAfter(world: ClientWorld, quietMs: (silentMs: number) => number): number {
    for (let silentMs = 0; silentMs < 9000; silentMs += 10) {
      if (kindsOf(world.events()).includes('stalled')) return silentMs
      world.far.state = { roundTripMs: 1, quietMs: quietMs(silentMs) }
      world.clock.advance(10)
    }
    return Number.POSITIVE_INFINITY
  }
  const gone = (silentMs: number) => silentMs
  const answering = (silentMs: number) => silentMs % 1000
  const withoutOneAnswer = (silentMs: number) => silentMs % 2000

  test("within 3 s when the server's system has gone", () => {
    expect(stalledAfter(activeClient(), gone)).toBeLessThan(3000)
  })

  test.each([
    ['answers each second', answering],
    ['has lost every second answer', withoutOneAnswer],
  ])('after a keep-alive and a half when the server hangs and its system %s', (_, quietMs) => {
    expect(stalledAfter(activeClient(), quietMs)).toBe(4500)
  })

  test.each([
    [1000, 2400],
    [5000, 7500],
  ])('with %i ms between keep-alives, after %i ms', (value, ms) => {
    const world = activeClient()
    world.say({ code: 'DSOP', options: [{ id: 'HART', value }] })
    expect(stalledAfter(world, answering)).toBe(ms)
  })

  test('by a server that wants no keep-alives when its system has gone, and not before', () => {
    const world = activeClient()
    world.say({ code: 'DSOP', options: [{ id: 'HART', value: 0 }] })
    expect(stalledAfter(world, answering)).toBe(Number.POSITIVE_INFINITY)
    world.say({ code: 'CNOP' })
    expect(stalledAfter(world, gone)).toBeLessThan(3000)
  })

  test('not while a key is held and there is nothing to say but keep-alives', () => {
    const world = activeClient()
    world.say({ code: 'DKDN', id: 0xefe1, mask: 0, button: 50 })
    for (let count = 0; count < 20; count++) {
      world.clock.advance(3100)
      world.say({ code: 'CALV' })
    }
    expect(kindsOf(world.events())).toEqual(['keyDown'])
  })

  test('once for each silence, and goes on as soon as the server does', () => {
    const world = activeClient()
    const aKey = { id: 0x61, mask: 0, button: 38 }
    world.say({ code: 'DKDN', ...aKey })
    world.clock.advance(8000)
    expect(kindsOf(world.events())).toEqual(['keyDown', 'stalled'])
    world.say({ code: 'DKUP', ...aKey }, { code: 'DKDN', ...aKey })
    world.clock.advance(4499)
    expect(kindsOf(world.events())).toEqual(['keyUp', 'keyDown'])
    world.clock.advance(1)
    expect(kindsOf(world.events())).toEqual(['stalled'])
  })

  test('not by a server that has its input itself', () => {
    const world = readyClient()
    world.far.state = { roundTripMs: 1, quietMs: 60_000 }
    world.clock.advance(8999)
    expect(world.events()).toEqual([])
    world.say({ code: 'CALV' }, { code: 'CINN', x: 1, y: 1, sequence: 1, mask: 0 })
    world.clock.advance(2400)
    expect(kindsOf(world.events())).toEqual(['entered', 'stalled'])
  })
})

test('the round trip is that of the way', () => {
  const world = readyClient()
  expect(world.session.roundTripMs).toBeUndefined()
  world.far.state = { roundTripMs: 0.25, quietMs: 0 }
  expect(world.session.roundTripMs).toBe(0.25)
})

describe('the end', () => {
  test.each([
    ['the server ends it', (world: ClientWorld) => world.say({ code: 'CBYE' }), 'bye'],
    ['the connection breaks', (world: ClientWorld) => world.session.lost(), 'lost'],
    ['it is closed here', (world: ClientWorld) => world.session.close(), 'ended'],
    [
      'a message is cut off',
      (world: ClientWorld) => world.bytes(withLength(Buffer.from('DKDN'))),
      'malformed',
    ],
    [
      'a packet is too long',
      (world: ClientWorld) => world.bytes(Buffer.from('00200000', 'hex')),
      'malformed',
    ],
  ])('when %s everything is let go first, once', (_, end, kind) => {
    const world = activeClient()
    end(world)
    world.session.lost()
    world.session.close()
    world.say(
      { code: 'CALV' },
      { code: 'COUT' },
      { code: 'CINN', x: 1, y: 2, sequence: 5, mask: 0 },
    )
    world.clock.advance(60_000)
    expect(kindsOf(world.events())).toEqual(['left', `closed ${kind}`])
    expect(world.far.isEnded).toBe(true)
    expect(world.clock.pending).toBe(0)
  })

  test('messages of one read behind the last one are not obeyed', () => {
    const world = activeClient()
    world.bytes(
      Buffer.concat([
        encode({ code: 'CBYE' }, 6),
        encode({ code: 'DKDN', id: 0x61, mask: 0, button: 38 }, 6),
      ]),
    )
    expect(kindsOf(world.events())).toEqual(['left', 'closed bye'])
  })

  test('a server that asks and never reads is left before its answers fill the memory', () => {
    const world = readyClient()
    world.far.queuedBytes = 65_537
    world.say({ code: 'CALV' })
    expect(endOf(world)).toBe('slow')
  })
})

test('clipboards, files, screen savers and languages are heard and go nowhere', () => {
  const world = activeClient()
  const data = Buffer.alloc(limits.blobBytes)
  world.say(
    { code: 'CCLP', clipboard: 0, sequence: 0 },
    { code: 'DCLP', clipboard: 0, sequence: 0, mark: 1, data: Buffer.from('99999999999999999999') },
    { code: 'DCLP', clipboard: 200, sequence: 0, mark: 2, data },
    { code: 'DCLP', clipboard: 0, sequence: 0, mark: 3, data: Buffer.alloc(0) },
    { code: 'DFTR', mark: 2, data },
    { code: 'DDRG', count: 65_535, paths: data },
    { code: 'CSEC', on: 1 },
    { code: 'LSYN', languages: 'e' },
    { code: 'CNOP' },
  )
  expect(world.events()).toEqual([])
  expect(world.far.take()).toEqual([])
  expect(world.session.statistics).toEqual({ unknown: 0, ignored: 0 })
})

test('what nobody knows is counted, in every state, and the next message is heard', () => {
  const world = clientWorld()
  world.greet(barrier16)
  world.bytes(withLength(Buffer.from('LOLZ....')))
  world.say({ code: 'QINF' })
  expect(world.far.take()).toEqual([screenOf1920])
  expect(world.session.statistics.unknown).toBe(1)
})

test('a program that keeps the keyboard to itself is told', () => {
  const world = readyClient()
  world.say({ code: 'SECN', program: 'Terminal' })
  expect(world.events()).toEqual([{ event: 'keyboardBlocked', program: 'Terminal' }])
})
