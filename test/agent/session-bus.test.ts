import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { MessageReader } from '../../src/agent/bus-message.ts'
import { SessionBus, sessionBusPath } from '../../src/agent/session-bus.ts'
import { temporaryDirectory } from '../control/peer.ts'

const driver = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
}

const hasDaemon = spawnSync('dbus-daemon', ['--version']).status === 0

async function startDaemon(): Promise<string> {
  const path = join(temporaryDirectory(), 'bus')
  const daemon = spawn('dbus-daemon', [
    ...['--session', '--nofork', '--print-address'],
    `--address=unix:path=${path}`,
  ])
  onTestFinished(() => void daemon.kill())
  const [address] = await once(daemon.stdout, 'data')
  return sessionBusPath({ DBUS_SESSION_BUS_ADDRESS: String(address).trim() }) ?? ''
}

// It checks every byte of what it is sent, and ends the connection over one that is wrong.
describe.skipIf(!hasDaemon)('with a real bus (dbus-daemon)', () => {
  async function open(): Promise<SessionBus> {
    const bus = new SessionBus(await startDaemon())
    onTestFinished(() => bus.close())
    return bus
  }

  test('calls are answered', async () => {
    const bus = await open()
    const user = { ...driver, member: 'GetConnectionUnixUser' }
    expect(await bus.call(user, [['s', 'org.freedesktop.DBus']])).toBe(process.getuid?.())
    const name = { ...driver, member: 'RequestName' }
    const asked = await bus.call(name, [
      ['s', 'org.evswitch.Test'],
      ['u', 4],
    ])
    expect(asked).toBe(1)
  })

  test('an error is one, and the next call works', async () => {
    const bus = await open()
    const missing = { ...driver, destination: 'org.freedesktop.ScreenSaver', member: 'Inhibit' }
    await expect(bus.call(missing, [['s', 'a']])).rejects.toThrow('ServiceUnknown')
    expect(await bus.call({ ...driver, member: 'GetId' }, [])).toBe(undefined)
  })

  test('values of every type are well-formed, whatever the texts are', async () => {
    const bus = await open()
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), fc.nat(), async (text, number) => {
        const call = bus.call({ ...driver, member: 'Nothing' }, [
          ['s', text],
          ['u', number],
          ['as', []],
          ['s', text],
          ['a{sv}', []],
          ['i', -1],
        ])
        await expect(call).rejects.toThrow('UnknownMethod')
      }),
      { numRuns: 50 },
    )
  })
})

test('without a bus a call fails, and says why', async () => {
  const call = { ...driver, member: 'Hello' }
  await expect(new SessionBus(undefined).call(call, [])).rejects.toThrow('no session bus')
  await expect(new SessionBus('/nowhere/bus').call(call, [])).rejects.toThrow('ENOENT')
})

test.each([
  ['refuses', 'REJECTED EXTERNAL\r\n'],
  ['says much and no line', 'x'.repeat(4096)],
  ['does not speak D-Bus', 'OK 1\r\nHTTP/1.1 400 Bad Request\r\n\r\n'],
  ['announces more than there is room for', `OK 1\r\nl\x02\x00\x01${'\x7f'.repeat(12)}`],
])('a bus that %s is left', async (_, words) => {
  const path = join(temporaryDirectory(), 'bus')
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.write(words, 'latin1')
  })
  server.listen(path)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const bus = new SessionBus(path)
  await expect(bus.call({ ...driver, member: 'Hello' }, [])).rejects.toThrow()
})

test('whatever bytes come, a reader takes them or refuses them with an error', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (chunks) => {
      const reader = new MessageReader(() => {})
      try {
        for (const chunk of chunks)
          reader.push(Buffer.from([...'l\x02\0\x01'].map((c) => c.charCodeAt(0)).concat(...chunk)))
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
      }
    }),
  )
})

test.each([
  [{ DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus,guid=12' }, '/run/user/1000/bus'],
  [{ DBUS_SESSION_BUS_ADDRESS: 'tcp:host=a;unix:abstract=/tmp/a%20b' }, '\0/tmp/a b'],
  [{ XDG_RUNTIME_DIR: '/run/user/7' }, '/run/user/7/bus'],
  [{ DBUS_SESSION_BUS_ADDRESS: 'autolaunch:' }, undefined],
])('%j has its bus at %j', (env, path) => {
  expect(sessionBusPath(env)).toBe(path)
})
