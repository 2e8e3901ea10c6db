import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { attachSession, socketWire } from '../../../src/share/net/socket-wire.ts'
import { identities, patience } from './peers.ts'

/** The client's end of a connection on which nobody says anything. */
async function silentConnection(isSecure: boolean): Promise<Socket> {
  const [ours] = await identities()
  const accepted: Socket[] = []
  const take = (socket: Socket) => {
    socket.on('error', () => {})
    accepted.push(socket)
  }
  const server = isSecure
    ? createTlsServer({ key: ours.pem, cert: ours.pem }, take)
    : createServer(take)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  const { port } = address
  const socket = isSecure
    ? connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false })
    : connect({ host: '127.0.0.1', port })
  socket.on('error', () => {})
  onTestFinished(() => {
    socket.destroy()
    for (const each of accepted) each.destroy()
    server.close()
  })
  await once(socket, isSecure ? 'secureConnect' : 'connect')
  return socket
}

describe.each([
  ['plain', false],
  ['over TLS', true],
])('of a connection %s', (_, isSecure) => {
  test('the system tells the round trip, and that the other one is there, though nobody says anything', async () => {
    const socket = await silentConnection(isSecure)
    attachSession(socket, { start: () => {}, received: () => {}, lost: () => {} })
    const wire = socketWire(socket)
    expect(wire.state?.roundTripMs).toBeGreaterThan(0)
    expect(wire.state?.roundTripMs).toBeLessThan(1000)
    await vi.waitUntil(() => (wire.state?.quietMs ?? 0) > 500, patience)
    await vi.waitUntil(() => (wire.state?.quietMs ?? 9999) < 500, patience)
  })

  test('nothing is told when it is over', async () => {
    const socket = await silentConnection(isSecure)
    const wire = socketWire(socket)
    socket.destroy()
    await once(socket, 'close')
    expect(wire.state).toBeUndefined()
  })
})

test('of what is no TCP connection nothing is told', () => {
  const wire = socketWire({ _handle: { fd: 0 } } as unknown as Socket)
  expect(wire.state).toBeUndefined()
})
