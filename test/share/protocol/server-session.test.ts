import { describe, expect, test } from 'vitest'
import { encode } from '../../../src/share/messages/codec.ts'
import type { Message } from '../../../src/share/messages/table.ts'
import { capturedPackets, withLength } from '../fixtures/packets.ts'
import {
  activeServer,
  plainWheel,
  readyServer,
  type ServerWorld,
  serverWorld,
  usualScreen,
} from './peer.ts'

const hello = { protocol: 'Barrier', major: 1, minor: 6, name: 'cli' } as const
const aKey = { id: 0x61, mask: 0, button: 38 }

function endOf(world: ServerWorld): string | undefined {
  const end = world.events().at(-1)
  if (end?.event !== 'closed') return undefined
  expect(world.far.isEnded).toBe(true)
  expect(world.clock.pending).toBe(0)
  return end.reason.kind
}

function motionOf(world: ServerWorld): Message[] {
  return world.far.take().filter(({ code }) => code !== 'CALV')
}

describe('the handshake', () => {
  test('begins with Barrier 1.8, in 15 bytes', () => {
    const { far } = serverWorld()
    expect(far.greeting).toEqual({ protocol: 'Barrier', major: 1, minor: 8 })
  })

  test('is that of barriers for what barrierc 2.4.0 answered', () => {
    const world = serverWorld()
    const said = capturedPackets('barriers-barrierc-2.4.0').filter(({ from }) => from === 'client')
    world.far.minor = 6
    for (const { bytes } of said.slice(0, 2)) world.bytes(withLength(bytes))
    expect(world.far.take()).toEqual([
      { code: 'QINF' },
      { code: 'CIAK' },
      { code: 'CROP' },
      { code: 'DSOP', options: [{ id: 'CLPS', value: 0 }] },
    ])
    const screen = { name: 'cli', width: 1280, height: 720, minor: 6 }
    expect(world.events()).toEqual([{ event: 'ready', screen }])
    for (const { bytes } of said.slice(2)) world.bytes(withLength(bytes))
    expect(world.events()).toEqual([])
    expect(world.session.statistics).toEqual({ unknown: 0, dropped: 0 })
  })

  test.each([3, 6, 7, 8])(
    'with 1.%i has no message that a client of it would hang up at',
    (minor) => {
      const world = serverWorld()
      world.greet({ ...hello, minor })
      world.say(usualScreen)
      const codes = world.far.take().map(({ code }) => code)
      expect(codes).toEqual(['QINF', 'CIAK', 'CROP', 'DSOP'])
    },
  )

  test.each([
    [1, 2],
    [1, 9],
    [2, 6],
    [0, 6],
  ])('with %i.%i is refused by EICV', (major, minor) => {
    const world = serverWorld()
    world.greet({ ...hello, major, minor })
    expect(world.far.take()).toEqual([{ code: 'EICV', major: 1, minor: 8 }])
    expect(endOf(world)).toBe('refused-version')
  })

  test.each([
    ['another protocol', withLength(Buffer.from('Bananas\0\x01\0\x06\0\0\0\x01x'))],
    ['a greeting that is cut off', withLength(Buffer.from('Barrier\0\x01\0\x06\0\0\0\x04cli'))],
    ['a greeting without end', Buffer.from('00000401', 'hex')],
    ['a browser', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ])('with %s ends without a word', (_, bytes) => {
    const world = serverWorld()
    world.bytes(bytes)
    expect(endOf(world)).toBe('malformed')
    expect(world.far.messages).toEqual([])
  })

  test('has 10 s, in whatever small steps the client makes it', () => {
    const world = serverWorld()
    world.greet(hello)
    const trickle = Buffer.concat(Array(40).fill(encode({ code: 'CNOP' }, 6)))
    for (const byte of trickle.subarray(0, 9)) {
      world.clock.advance(1000)
      world.bytes(Buffer.from([byte]))
    }
    expect(world.events()).toEqual([])
    world.clock.advance(1000)
    expect(endOf(world)).toBe('handshake')
  })

  test.each([
    ['unknown-screen', 'EUNK'],
    ['screen-in-use', 'EBSY'],
  ] as const)('refuses by %s: %s after its screen, and leaves after 5 s', (admission, code) => {
    const world = serverWorld(() => admission)
    world.greet(hello)
    world.far.take()
    world.say(usualScreen)
    expect(world.far.take()).toEqual([{ code: 'CIAK' }, { code }])
    world.say(usualScreen, { code: 'CALV' })
    expect(world.far.take()).toEqual([])
    world.session.enter(1, 1, 0)
    world.clock.advance(4999)
    expect(world.events()).toEqual([])
    world.clock.advance(1)
    expect(endOf(world)).toBe(admission)
  })

  test.each([
    '',
    'a b',
    '-a',
    'a-',
    'a..b',
    'ä',
    'a\0',
    '../x',
    'x'.repeat(255).concat('!').slice(1),
  ])('nobody is asked about a name that is none: %j', (name) => {
    const asked: string[] = []
    const world = serverWorld((each) => {
      asked.push(each)
      return { wheel: plainWheel }
    })
    world.greet({ ...hello, name })
    world.say(usualScreen)
    expect(world.far.take().at(-1)).toEqual({ code: 'EUNK' })
    expect(asked).toEqual([])
  })

  test.each(['cli', 'VM-1', 'a.b-c._d', '7'])('%j is a name', (name) => {
    const world = serverWorld()
    world.greet({ ...hello, name })
    world.say(usualScreen)
    expect(world.events()).toMatchObject([{ event: 'ready', screen: { name } }])
  })

  test.each([
    [0, 720],
    [1280, 0],
    [-1, -1],
  ])('a screen of %i x %i ends it', (width, height) => {
    const world = serverWorld()
    world.greet(hello)
    world.far.take()
    world.say({ ...usualScreen, width, height } as Message)
    expect(world.far.take()).toEqual([{ code: 'EBAD' }])
    expect(endOf(world)).toBe('malformed')
  })
})

describe('input', () => {
  test('of every kind is one message', () => {
    const world = activeServer()
    const { session } = world
    session.keyDown(aKey)
    session.keyRepeat(aKey)
    session.keyUp(aKey)
    session.mouseMove(5, 6)
    session.mouseRelative(-7, 8)
    session.wheel(0, 120)
    session.wheel(-120, 0)
    session.mouseDown(3)
    session.mouseUp(3)
    expect(world.far.take()).toEqual([
      { code: 'DKDN', ...aKey },
      { code: 'DKRP', ...aKey, count: 1, language: '' },
      { code: 'DKUP', ...aKey },
      { code: 'DMMV', x: 5, y: 6 },
      { code: 'DMRM', dx: -7, dy: 8 },
      { code: 'DMWM', dx: 0, dy: 120 },
      { code: 'DMWM', dx: -120, dy: 0 },
      { code: 'DMDN', button: 3 },
      { code: 'DMUP', button: 3 },
    ])
  })

  test('for 1.8 has a language with its keys, and with its repeats', () => {
    const world = activeServer(8)
    const packets: string[] = []
    const { write } = world.far
    world.far.write = (bytes) => {
      packets.push(bytes.toString('hex', 4))
      write.call(world.far, bytes)
    }
    world.session.keyDown(aKey)
    world.session.keyRepeat(aKey)
    expect(packets).toEqual([
      '444b444c00610000002600000000',
      '444b525000610000000100260000' + '0000',
    ])
  })

  test('goes nowhere before the enter and after the leave', () => {
    const world = readyServer()
    const { session } = world
    const all = () => {
      session.keyDown(aKey)
      session.keyUp(aKey)
      session.mouseDown(1)
      session.mouseMove(1, 2)
      session.mouseRelative(1, 2)
      session.wheel(0, 120)
      session.leave()
    }
    all()
    expect(world.far.take()).toEqual([])
    session.enter(0, 0, 0)
    session.leave()
    world.far.take()
    all()
    expect(world.far.take()).toEqual([])
  })

  test('enters and leaves by turns, each with the next number', () => {
    const world = readyServer()
    const { session, far } = world
    session.enter(10, 20, 0x1000)
    session.enter(10, 20, 0x1000)
    session.leave()
    session.leave()
    session.enter(1, 2, 0)
    expect(far.take().filter(({ code }) => code !== 'CALV')).toEqual([
      { code: 'CINN', x: 10, y: 20, sequence: 1, mask: 0x1000 },
      { code: 'COUT' },
      { code: 'CINN', x: 1, y: 2, sequence: 3, mask: 0 },
    ])
  })

  test('leaves nothing pressed', () => {
    const world = activeServer()
    const { session, far } = world
    session.keyDown(aKey)
    session.mouseDown(1)
    session.keyDown({ id: 0xefe1, mask: 0, button: 50 })
    session.keyUp(aKey)
    far.take()
    session.leave()
    expect(far.take()).toEqual([
      { code: 'DMUP', button: 1 },
      { code: 'DKUP', id: 0xefe1, mask: 0, button: 50 },
      { code: 'COUT' },
    ])
  })

  test.each([
    ['a key with another number', { ...aKey, button: 512 }],
    ['a key without one', { ...aKey, button: 0 }],
    ['a character beyond 16 bits', { ...aKey, id: 0x1f600 }],
    ['a key that means nothing', { ...aKey, id: 0 }],
  ])('%s is not sent, and neither is its release', (_, key) => {
    const world = activeServer()
    world.session.keyDown(key)
    world.session.keyRepeat(key)
    world.session.keyUp(key)
    expect(world.far.take()).toEqual([])
    expect(world.session.statistics.dropped).toBe(3)
  })

  test('a key that is held and means nothing any more is repeated and released as what it was', () => {
    const world = activeServer()
    world.session.keyDown(aKey)
    world.session.keyRepeat({ ...aKey, id: 0x1f600, mask: 0x1_0001 })
    world.session.keyUp({ ...aKey, id: 0 })
    expect(world.far.take().slice(1)).toEqual([
      { code: 'DKRP', ...aKey, mask: 1, count: 1, language: '' },
      { code: 'DKUP', ...aKey },
    ])
  })

  test('nothing is pressed or released twice', () => {
    const world = activeServer()
    const { session } = world
    session.keyDown(aKey)
    session.keyDown(aKey)
    session.mouseDown(1)
    session.mouseDown(1)
    session.mouseDown(6)
    session.mouseUp(2)
    session.keyUp({ ...aKey, button: 39 })
    expect(world.far.take().map(({ code }) => code)).toEqual(['DKDN', 'DMDN'])
    expect(session.statistics.dropped).toBe(5)
  })

  test('places are on the screen, and where the client has it', () => {
    const world = readyServer()
    world.say({ ...usualScreen, x: -1280, y: 32_000 } as Message)
    world.far.take()
    world.session.enter(2000, -5, 0)
    world.session.mouseMove(1.9, 700)
    world.session.mouseMove(5000, 5000)
    expect(motionOf(world)).toEqual([
      { code: 'CINN', x: -1, y: 32_000, sequence: 1, mask: 0 },
      { code: 'DMMV', x: -1279, y: 32_700 },
      { code: 'DMMV', x: -1, y: 32_719 },
    ])
  })

  test('a client whose screen changes is told that it was heard, and so are we', () => {
    const world = readyServer()
    world.say(
      { ...usualScreen, width: 800 } as Message,
      { ...usualScreen, width: 800, pointerX: 1 } as Message,
    )
    expect(world.far.take()).toEqual([{ code: 'CIAK' }, { code: 'CIAK' }])
    expect(world.events()).toMatchObject([
      { event: 'resized', screen: { width: 800, height: 720 } },
    ])
  })
})

describe('a wheel', () => {
  test('waits for whole notches', () => {
    const world = activeServer()
    for (const dy of [15, 45, 59]) world.session.wheel(0, dy)
    expect(motionOf(world)).toEqual([])
    world.session.wheel(0, 1)
    world.session.wheel(0, -240)
    expect(motionOf(world)).toEqual([
      { code: 'DMWM', dx: 0, dy: 120 },
      { code: 'DMWM', dx: 0, dy: -120 },
      { code: 'DMWM', dx: 0, dy: -120 },
    ])
  })

  test('forgets half a notch when the pointer leaves', () => {
    const world = activeServer()
    world.session.wheel(0, 119)
    world.session.leave()
    world.session.enter(0, 0, 0)
    world.session.wheel(0, 1)
    expect(motionOf(world).map(({ code }) => code)).toEqual(['COUT', 'CINN'])
  })

  test('with two axes is two messages', () => {
    const world = activeServer()
    world.session.wheel(120, -120)
    expect(motionOf(world)).toEqual([
      { code: 'DMWM', dx: 120, dy: 0 },
      { code: 'DMWM', dx: 0, dy: -120 },
    ])
  })

  test('goes out in parts to a client that wants them', () => {
    const world = activeServer(6, { wheel: { ...plainWheel, isHiRes: true } })
    world.session.wheel(0, 15)
    expect(motionOf(world)).toEqual([{ code: 'DMWM', dx: 0, dy: 15 }])
  })

  test('goes to the other side where the client has it so', () => {
    const world = activeServer(8, { wheel: { ...plainWheel, isSidewaysInverted: true } })
    world.session.wheel(120, 0)
    expect(motionOf(world)).toEqual([{ code: 'DMWM', dx: -120, dy: 0 }])
  })

  test('does not go to the side in QEMU, which would take it for one downwards', () => {
    const world = activeServer(6, { wheel: { ...plainWheel, isSideways: false } })
    world.session.wheel(240, 120)
    expect(motionOf(world)).toEqual([{ code: 'DMWM', dx: 0, dy: 120 }])
  })
})

describe('a client that does not keep up', () => {
  /** So many moves that it is asked, and does not answer; what it was sent is forgotten. */
  function fallBehind(world: ServerWorld): void {
    for (let move = 0; move < 80; move++) world.session.mouseMove(move, move)
    world.far.take()
  }

  test('gets the last place and the sum of steps, in one message each, when it has caught up', () => {
    const world = activeServer()
    fallBehind(world)
    for (let move = 0; move < 1000; move++) world.session.mouseMove(move, 7)
    for (let move = 0; move < 1000; move++) world.session.mouseRelative(1, -2)
    world.session.wheel(0, 60)
    world.session.wheel(0, 60)
    expect(world.far.take()).toEqual([])
    world.say({ code: 'CALV' })
    expect(motionOf(world)).toEqual([
      { code: 'DMMV', x: 999, y: 7 },
      { code: 'DMRM', dx: 1000, dy: -2000 },
      { code: 'DMWM', dx: 0, dy: 120 },
    ])
    expect(world.session.merged).toBe(1998)
  })

  test('gets keys at once, and a click at the place where it was made', () => {
    const world = activeServer()
    fallBehind(world)
    world.session.mouseMove(300, 400)
    world.session.keyDown(aKey)
    world.session.keyUp(aKey)
    world.session.mouseDown(1)
    world.session.mouseMove(500, 600)
    world.session.mouseUp(1)
    expect(motionOf(world)).toEqual([
      { code: 'DKDN', ...aKey },
      { code: 'DKUP', ...aKey },
      { code: 'DMMV', x: 300, y: 400 },
      { code: 'DMDN', button: 1 },
      { code: 'DMMV', x: 500, y: 600 },
      { code: 'DMUP', button: 1 },
    ])
  })

  test('gets no repeats that would come when the key is up', () => {
    const world = activeServer()
    fallBehind(world)
    world.session.keyDown(aKey)
    for (let repeat = 0; repeat < 100; repeat++) world.session.keyRepeat(aKey)
    world.session.keyUp(aKey)
    expect(motionOf(world).map(({ code }) => code)).toEqual(['DKDN', 'DKUP'])
  })

  test('is not one that answers later than the moves come: 1 kHz over a wire of 30 ms is not merged', () => {
    const world = activeServer()
    for (let ms = 0; ms < 3000; ms += 10) {
      for (let move = 0; move < 10; move++) world.session.mouseRelative(1, 0)
      world.live(10, 30)
    }
    expect(world.session.merged).toBe(0)
    expect(world.session.roundTripMs).toBeGreaterThanOrEqual(30)
    expect(world.session.roundTripMs).toBeLessThanOrEqual(50)
  })

  test('is never sent more than a hundred moves that it has not read', () => {
    const world = activeServer()
    world.far.take()
    for (let move = 0; move < 100_000; move++) world.session.mouseMove(move % 1280, 1)
    expect(motionOf(world).length).toBeLessThanOrEqual(100)
  })

  test('is one whose socket is full, until it has drained', () => {
    const world = activeServer()
    world.far.queuedBytes = 5000
    world.session.mouseMove(1, 2)
    world.session.mouseMove(3, 4)
    expect(world.far.take()).toEqual([])
    world.far.queuedBytes = 0
    world.session.drained()
    expect(world.far.take()).toEqual([{ code: 'DMMV', x: 3, y: 4 }])
  })

  test('is left when even keys find no more room', () => {
    const world = activeServer()
    world.far.queuedBytes = 65_537
    world.session.keyDown(aKey)
    expect(endOf(world)).toBe('slow')
  })

  test('forgets motion that waits when the pointer leaves', () => {
    const world = activeServer()
    fallBehind(world)
    world.session.mouseMove(300, 400)
    world.session.leave()
    expect(motionOf(world)).toEqual([{ code: 'COUT' }])
  })
})

describe('a client that does not answer', () => {
  test('is told by then when it has the input that less than 3 s have passed since it lived', () => {
    for (const livedMs of [0, 10, 399, 400, 1234, 5000]) {
      const world = activeServer()
      world.live(livedMs)
      world.events()
      const start = world.clock.nowMs()
      let passedMs = 0
      while (world.events().length === 0) {
        world.clock.advance(10)
        passedMs = world.clock.nowMs() - start
        expect(passedMs).toBeLessThan(3000)
      }
      expect(passedMs).toBeGreaterThan(2000)
      expect(world.far.isEnded).toBe(true)
    }
  })

  test('but goes on talking does not read: it is slow', () => {
    const world = activeServer()
    for (let ms = 0; ms < 2900; ms += 100) {
      world.clock.advance(100)
      world.say({ code: 'CNOP' })
    }
    expect(endOf(world)).toBe('slow')
  })

  test('has 9 s while it has no input', () => {
    const world = readyServer()
    world.clock.advance(8999)
    expect(world.events()).toEqual([])
    world.clock.advance(1)
    expect(endOf(world)).toBe('silent')
  })

  test('is asked each 3 s, and what it answers is enough', () => {
    const world = readyServer()
    world.clock.advance(2999)
    expect(world.far.take()).toEqual([])
    world.clock.advance(1)
    expect(world.far.take()).toEqual([{ code: 'CALV' }])
    world.live(60_000)
    expect(world.events()).toEqual([])
  })

  test('lives for ten minutes while it has the input and answers', () => {
    const world = activeServer()
    world.live(600_000, 300)
    expect(world.events()).toEqual([])
  })

  test('is not taken for silent because it was so before it was entered', () => {
    const world = readyServer()
    world.clock.advance(2990)
    world.session.enter(0, 0, 0)
    world.live(1000)
    expect(world.events()).toEqual([])
  })
})

describe('the end', () => {
  test.each([
    ['the connection breaks', (world: ServerWorld) => world.session.lost(), 'lost'],
    ['the client complains', (world: ServerWorld) => world.say({ code: 'EBAD' }), 'complained'],
    [
      'a message is cut off',
      (world: ServerWorld) => world.bytes(withLength(Buffer.from('DINF'))),
      'malformed',
    ],
    [
      'a packet is too long',
      (world: ServerWorld) => world.bytes(Buffer.from('ffffffff', 'hex')),
      'malformed',
    ],
    [
      'a packet is too short',
      (world: ServerWorld) => world.bytes(withLength(Buffer.from('CAL'))),
      'malformed',
    ],
  ])('comes once when %s', (_, end, kind) => {
    const world = activeServer()
    end(world)
    world.session.lost()
    world.session.close()
    world.session.drained()
    world.session.keyDown(aKey)
    world.session.mouseMove(1, 1)
    world.say(usualScreen, { code: 'CALV' })
    world.clock.advance(60_000)
    expect(world.events()).toMatchObject([{ event: 'closed', reason: { kind } }])
    expect(world.far.isEnded).toBe(true)
    expect(world.clock.pending).toBe(0)
  })

  test('is said to the client, with everything let go, when it comes from here', () => {
    const world = activeServer()
    world.session.keyDown(aKey)
    world.far.take()
    world.session.close()
    expect(world.far.take().map(({ code }) => code)).toEqual(['DKUP', 'COUT', 'CBYE'])
    expect(endOf(world)).toBe('ended')
  })
})

test('clipboards and files are heard and go nowhere, and what nobody knows is counted', () => {
  const world = readyServer()
  const data = Buffer.alloc(1024 * 1024)
  world.say(
    { code: 'CCLP', clipboard: 1, sequence: 1 },
    { code: 'DCLP', clipboard: 9, sequence: 1, mark: 2, data },
    { code: 'DFTR', mark: 1, data },
    { code: 'DDRG', count: 1, paths: data },
    { code: 'CNOP' },
  )
  world.bytes(withLength(Buffer.from('DKDN\0\0\0\0\0\0')))
  world.bytes(withLength(Buffer.from('....')))
  expect(world.far.take()).toEqual([])
  expect(world.events()).toEqual([])
  expect(world.session.statistics.unknown).toBe(2)
})
