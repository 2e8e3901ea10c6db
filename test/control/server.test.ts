import { once } from 'node:events'
import { connect as connectSocket, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Heard } from '../../src/control/client.ts'
import { rpcErrors } from '../../src/control/json-rpc.ts'
import { limits } from '../../src/control/limits.ts'
import { startServer } from './peer.ts'

function openSocket(path: string): Socket {
  const socket = connectSocket(path)
  socket.on('error', () => {})
  onTestFinished(() => void socket.destroy())
  return socket
}

/** Sends bytes as they are and returns everything that comes until the other side ends. */
async function send(path: string, bytes: string): Promise<string> {
  const socket = openSocket(path)
  socket.end(bytes)
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  return answer
}

function upgrade(...headers: readonly string[]): string {
  const lines = [
    'GET / HTTP/1.1',
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** A WebSocket as anybody may open one, and what it was told, the hello left out. */
async function openWebSocket(path: string) {
  const socket = new WebSocket('ws://localhost/', { createConnection: () => connectSocket(path) })
  socket.on('error', () => {})
  onTestFinished(() => socket.terminate())
  const told: unknown[] = []
  let wake = () => {}
  socket.on('message', (data) => {
    told.push(JSON.parse(String(data)))
    wake()
  })
  const next = async (): Promise<unknown> => {
    while (told.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    return told.shift()
  }
  expect(await next()).toMatchObject({ method: 'hello' })
  return { socket, next }
}

function request(id: unknown, method: string, params?: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params })
}

function error(id: unknown, code: number, message: string) {
  return { jsonrpc: '2.0', id, error: { code, message } }
}

const released = { outcome: 'released', active: 'host' }

describe('the control socket', () => {
  test.each([
    ['a request that is no upgrade', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', /^HTTP\/1.1 426 /],
    ['a post', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}', /^HTTP\/1.1 426 /],
    ['a web page', upgrade('Origin: https://example.com'), /^HTTP\/1.1 403 /],
    ['another path', upgrade().replace('GET /', 'GET /x'), /^HTTP\/1.1 404 /],
    ['another version', upgrade('Sec-WebSocket-Protocol: evswitch.v9'), /^HTTP\/1.1 400 /],
    ['what is not HTTP', '\x00\x01\x02\r\n\r\n', /^HTTP\/1.1 400 /],
    ['a header without end', `GET / HTTP/1.1\r\nX: ${'x'.repeat(9000)}`, /^HTTP\/1.1 431 /],
  ])('refuses %s', async (_, bytes, answer) => {
    const { path } = await startServer()
    expect(await send(path, bytes)).toMatch(answer)
  })

  test('tells the subprotocol that it speaks', async () => {
    const { path } = await startServer()
    const socket = openSocket(path)
    socket.write(upgrade('Sec-WebSocket-Protocol: other, evswitch.v1'))
    const [head] = await once(socket, 'data')
    expect(String(head)).toMatch(/^HTTP\/1.1 101 /)
    expect(String(head)).toContain('Sec-WebSocket-Protocol: evswitch.v1')
  })

  test('sends away who says nothing', async () => {
    const { path } = await startServer()
    const socket = openSocket(path)
    await once(socket, 'close')
  })

  test('sends away one client too many, and takes the next when there is room', async () => {
    const { path, connect } = await startServer()
    const clients = await Promise.all(Array.from({ length: limits.clients }, connect))
    expect(await send(path, upgrade())).toMatch(/^HTTP\/1.1 503 .*\n64 clients are the most\n$/s)
    await expect(connect()).rejects.toThrow('the service has too many clients')
    clients[0]?.close()
    await expect
      .poll(async () =>
        connect().then(
          () => 'connected',
          () => 'refused',
        ),
      )
      .toBe('connected')
  })
})

describe('a request', () => {
  test.each([
    ['nonsense', error(null, rpcErrors.PARSE, 'the message is not JSON')],
    ['7', error(null, rpcErrors.INVALID_REQUEST, 'a request must be an object')],
    ['[]', error(null, rpcErrors.INVALID_REQUEST, 'a batch has 1 to 16 requests')],
    ['{"id":1,"method":"status"}', error(1, rpcErrors.INVALID_REQUEST, 'jsonrpc must be "2.0"')],
    [
      '{"jsonrpc":"2.0","id":1,"method":5}',
      error(1, rpcErrors.INVALID_REQUEST, 'method must be a text'),
    ],
    [
      '{"jsonrpc":"2.0","id":{},"method":"status"}',
      error(
        null,
        rpcErrors.INVALID_REQUEST,
        'id must be a number, null, or a text of at most 64 characters',
      ),
    ],
    [
      request(1, 'stats'),
      error(1, rpcErrors.NO_SUCH_METHOD, 'there is no such method; did you mean status?'),
    ],
    [
      request('a', '__proto__'),
      error(
        'a',
        rpcErrors.NO_SUCH_METHOD,
        'there is no such method; there are: status, switch, release, reload, subscribe, log',
      ),
    ],
    [
      request(1, 'switch'),
      error(1, rpcErrors.INVALID_PARAMS, 'params.to must be a text of at most 64 characters'),
    ],
    [
      request(1, 'switch', { to: 'a', away: 'b' }),
      error(1, rpcErrors.INVALID_PARAMS, 'params must be an object with no keys but to'),
    ],
    [request(1, 'status', []), error(1, rpcErrors.INVALID_PARAMS, 'params must be an object')],
    [
      `"${'x'.repeat(limits.messageLength)}"`,
      error(null, rpcErrors.INVALID_REQUEST, 'the message has more than 16384 characters'),
    ],
    [
      `${'['.repeat(8000)}${']'.repeat(8000)}`,
      [error(null, rpcErrors.INVALID_REQUEST, 'a request must be an object')],
    ],
  ])('like %.60s is answered by an error, and the next is heard', async (text, answer) => {
    const { path } = await startServer()
    const { socket, next } = await openWebSocket(path)
    socket.send(text)
    expect(await next()).toEqual(answer)
    socket.send(request(2, 'release'))
    expect(await next()).toEqual({ jsonrpc: '2.0', id: 2, result: released })
  })

  test('without an id has no answer', async () => {
    const { path, asked } = await startServer()
    const { socket, next } = await openWebSocket(path)
    socket.send(request(undefined, 'release'))
    socket.send(request(undefined, 'nonsense'))
    socket.send(request(1, 'switch', { to: 'win10' }))
    expect(await next()).toMatchObject({ id: 1 })
    expect(asked).toEqual(['release', 'switch win10'])
  })

  test('may be one of a batch', async () => {
    const { path } = await startServer()
    const { socket, next } = await openWebSocket(path)
    const three = [request(1, 'release'), request(undefined, 'release'), request(2, 'nonsense')]
    socket.send(`[${three.join(',')}]`)
    expect(await next()).toMatchObject([
      { id: 1, result: released },
      { id: 2, error: { code: rpcErrors.NO_SUCH_METHOD } },
    ])
  })
})

describe('a client', () => {
  test('that sends bytes instead of text is sent away', async () => {
    const { path } = await startServer()
    const { socket } = await openWebSocket(path)
    socket.send(Buffer.from('{}'))
    expect((await once(socket, 'close'))[0]).toBe(1003)
  })

  test('that sends a frame without measure is sent away', async () => {
    const { path } = await startServer()
    const { socket } = await openWebSocket(path)
    socket.send('x'.repeat(limits.frameBytes + 1))
    expect((await once(socket, 'close'))[0]).toBe(1009)
  })

  test('that does not read is dropped, and the others hear everything', async () => {
    const { path, server, connect } = await startServer()
    const { socket, next } = await openWebSocket(path)
    socket.send(request(1, 'subscribe', {}))
    await next()
    const other = await connect()
    let heard = 0
    other.listen(() => heard++)
    await other.call('subscribe', { events: ['warning'] })
    socket.pause()
    const text = 'x'.repeat(1000)
    for (let told = 0; told < 1000; told++) {
      server.notify('warning', { text, remedy: undefined })
      if (told % 50 === 0) await other.call('status', {})
    }
    await other.call('status', {})
    expect(heard).toBe(1000)
    socket.resume()
    expect((await once(socket, 'close'))[0]).toBe(1006)
  })

  test('that follows the log and does not read it is dropped once, which the others are told', async () => {
    const { path, server, connect } = await startServer()
    const { socket, next } = await openWebSocket(path)
    socket.send(request(1, 'subscribe', { events: ['log', 'warning'] }))
    await next()
    const other = await connect()
    const told: Heard[] = []
    other.listen((heard) => told.push(heard))
    await other.call('subscribe', { events: ['log'] })
    socket.pause()
    const text = 'x'.repeat(1000)
    for (let count = 0; count < 1000; count++) {
      server.notify('warning', { text, remedy: undefined })
    }
    await other.call('status', {})
    const dropped = 'a control client that does not read was dropped'
    expect(told.map(({ params }) => params)).toMatchObject([{ msg: dropped }])
    socket.resume()
    expect((await once(socket, 'close'))[0]).toBe(1006)
  })

  test('that asks and does not read the answers is not asked what else it wants', async () => {
    const { path, asked, connect } = await startServer()
    const { socket } = await openWebSocket(path)
    socket.pause()
    const count = 20_000
    for (let sent = 0; sent < count; sent++) socket.send(request(sent, 'release'))
    const other = await connect()
    await expect.poll(() => asked.length).toBeGreaterThan(0)
    expect(await other.call('release', {})).toEqual(released)
    expect(asked.length).toBeLessThan(count)
  })
})
