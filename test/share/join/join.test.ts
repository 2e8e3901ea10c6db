import { duplexPair } from 'node:stream'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { codes } from '../../../src/engine/code-table.ts'
import type { SinkEvent } from '../../../src/engine/types.ts'
import { type Connect, Join, usualScreenName } from '../../../src/share/join/join.ts'
import { encodeFrame, FrameReader } from '../../../src/share/link/records.ts'
import { encode } from '../../../src/share/messages/codec.ts'
import { encodeHello } from '../../../src/share/messages/hello.ts'
import type { Message } from '../../../src/share/messages/table.ts'
import type { ClientSession } from '../../../src/share/protocol/client-session.ts'
import { systemClock } from '../../../src/share/protocol/clock.ts'
import { type CloseReason, closeReason } from '../../../src/share/protocol/close-reason.ts'

/** A server without a network: what it says goes straight into the session. */
class FakeServer {
  session: ClientSession | undefined
  /** What the next connections get instead of one. */
  refusals: CloseReason[] = []
  attempts = 0
  #over: (() => void) | undefined

  readonly connect: Connect = async (open, signal) => {
    this.attempts++
    const refusal = this.refusals.shift()
    if (refusal !== undefined) return refusal
    const over = new Promise<void>((resolve) => {
      this.#over = resolve
    })
    const state = { roundTripMs: 0.25, quietMs: 0 }
    const session = open(
      { write: () => {}, end: () => this.#over?.(), queuedBytes: 0, state },
      true,
    )
    signal.addEventListener('abort', () => session.close(), { once: true })
    this.session = session
    session.start()
    session.received(encodeHello({ protocol: 'Barrier', major: 1, minor: 6 }))
    for (const code of ['QINF', 'CIAK', 'CROP'] as const) this.say({ code })
    this.say({ code: 'DSOP', options: [] })
    await over
    return undefined
  }

  say(message: Message): void {
    this.session?.received(encode(message, 6))
  }

  enter(): void {
    this.say({ code: 'CINN', x: 10, y: 10, sequence: 1, mask: 0 })
  }
}

function joined() {
  const server = new FakeServer()
  const [near, far] = duplexPair()
  const lines: string[] = []
  const log = pino({ base: null, timestamp: false }, { write: (line: string) => lines.push(line) })
  const join = new Join(
    { server: 'desk', name: 'laptop', keys: { server: 'x11' } },
    {
      link: near,
      connect: server.connect,
      clock: systemClock,
      log,
      screen: () => ({ width: 100, height: 100 }),
      firstDelayMs: 1,
      longestDelayMs: 4,
    },
  )
  const reader = new FrameReader()
  const frames: SinkEvent[][] = []
  far.on('data', (chunk: Buffer) => frames.push(...(reader.push(chunk) ?? [])))
  const keys = () => frames.flat().filter(({ type }) => type === codes.EV_KEY)
  const end = new AbortController()
  const run = join.run(end.signal)
  return { server, join, far, keys, lines, end, run }
}

const pressA: Message = { code: 'DKDN', id: 0x61, mask: 0, button: codes.KEY_A + 8 }

describe('a screen that is joined', () => {
  test('has what the server types', async () => {
    const { server, join, keys, end, run } = joined()
    await expect.poll(() => join.status.state).toBe('connected')
    expect(join.status).toMatchObject({ protocol: '1.6', isSecure: true, screen: '100x100' })
    expect(join.status.roundTripMs).toBe(0.25)
    server.enter()
    server.say(pressA)
    await expect.poll(keys).toEqual([{ type: codes.EV_KEY, code: codes.KEY_A, value: 1 }])
    expect(join.status.state).toBe('entered')
    end.abort()
    await run
    await expect.poll(() => keys().at(-1)?.value).toBe(0)
  })

  test('lets go of everything when the connection is lost, and connects anew', async () => {
    const { server, join, keys, end, run } = joined()
    await expect.poll(() => join.status.state).toBe('connected')
    server.enter()
    server.say(pressA)
    server.session?.lost()
    await expect.poll(() => keys().map(({ value }) => value)).toEqual([1, 0])
    await expect.poll(() => server.attempts).toBe(2)
    await expect.poll(() => join.status.state).toBe('connected')
    end.abort()
    await run
  })

  test('goes on trying, tells each reason once, and the last one until it is connected', async () => {
    const { server, join, lines, end, run } = joined()
    await expect.poll(() => join.status.state).toBe('connected')
    server.refusals = Array.from({ length: 20 }, () => closeReason('unreachable', 'ECONNREFUSED'))
    server.session?.lost()
    await expect.poll(() => join.status.lastError?.text).toContain('ECONNREFUSED')
    await expect.poll(() => server.attempts).toBe(22)
    await expect.poll(() => join.status.state).toBe('connected')
    expect(join.status.lastError).toBeUndefined()
    expect(lines.filter((line) => line.includes('ECONNREFUSED'))).toHaveLength(1)
    end.abort()
    await run
  })

  test('ends with the process that has the nodes', async () => {
    const { join, far, run } = joined()
    await expect.poll(() => join.status.state).toBe('connected')
    far.end()
    await run
  })

  test('is asked for its lamps when it is entered, and taps what differs', async () => {
    const { server, join, far, keys, end, run } = joined()
    await expect.poll(() => join.status.state).toBe('connected')
    server.enter()
    far.write(encodeFrame([{ type: codes.EV_LED, code: codes.LED_CAPSL, value: 1 }]))
    await expect
      .poll(() => keys().map(({ code, value }) => [code, value]))
      .toEqual([
        [codes.KEY_CAPSLOCK, 1],
        [codes.KEY_CAPSLOCK, 0],
      ])
    end.abort()
    await run
  })

  test('never has a key in its log', async () => {
    const { server, join, lines, end, run } = joined()
    await expect.poll(() => join.status.state).toBe('connected')
    server.enter()
    server.say({ code: 'DKDN', id: 0x7a, mask: 0, button: 7777 & 511 })
    server.session?.lost()
    await expect.poll(() => server.attempts).toBe(2)
    end.abort()
    await run
    expect(lines.join('')).not.toMatch(/122|0x7a|"z"|"code"/)
  })
})

test.each([
  ['laptop.example.org', 'laptop'],
  ['my_pc', 'my_pc'],
  ['-x-', 'x'],
  ['größe', 'gre'],
  ['', 'evswitch'],
])('the host %j is the screen %s', (host, name) => {
  expect(usualScreenName(host)).toBe(name)
})
