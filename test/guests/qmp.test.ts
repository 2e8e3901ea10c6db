import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test, vi } from 'vitest'
import { followMachine, type MachineState } from '../../src/guests/qmp.ts'
import { QmpStream, qmpLineMax } from '../../src/guests/qmp-stream.ts'
import { temporaryDirectory } from '../control/peer.ts'
import { monitorOutput, readMonitor } from './qmp-fuzz.ts'

const greeting =
  '{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}}, "capabilities": []}}\r\n'
const event = (name: string) =>
  `{"timestamp": {"seconds": 1, "microseconds": 2}, "event": "${name}", "data": {}}\r\n`

/** A monitor, and what follows it. */
async function monitor() {
  const path = join(temporaryDirectory(), 'qmp.sock')
  const server = createServer()
  const connected = once(server, 'connection')
  await new Promise<void>((resolve) => server.listen(path, resolve))
  const end = new AbortController()
  onTestFinished(() => {
    end.abort()
    server.close()
  })
  const heard: MachineState[] = []
  const ended = followMachine(path, (state) => heard.push(state), end.signal)
  const [socket] = (await connected) as [Socket]
  let said = ''
  socket.on('data', (bytes) => {
    said += bytes
  })
  return { path, socket, heard, ended, end, said: () => said }
}

test('a machine that is paused and goes on is heard, and nothing else is asked for', async () => {
  const { socket, heard, said, ended } = await monitor()
  socket.write(greeting)
  await vi.waitFor(() => expect(said()).toBe('{"execute":"qmp_capabilities"}\n'))
  socket.write('{"return": {}}\r\n')
  for (const name of ['STOP', 'RTC_CHANGE', 'RESUME', 'SUSPEND', 'WAKEUP', 'SHUTDOWN']) {
    socket.write(event(name))
  }
  await vi.waitFor(() =>
    expect(heard).toEqual(['stopped', 'running', 'stopped', 'running', 'stopped']),
  )
  socket.end()
  expect(await ended).toBe('ended')
  expect(said()).toBe('{"execute":"qmp_capabilities"}\n')
})

test('an event is heard whatever pieces it comes in', async () => {
  const { socket, heard } = await monitor()
  for (const byte of Buffer.from(greeting + event('STOP'))) {
    socket.write(Buffer.of(byte))
    await new Promise(setImmediate)
  }
  await vi.waitFor(() => expect(heard).toEqual(['stopped']))
})

test('the signal ends it', async () => {
  const { ended, end, socket } = await monitor()
  const closed = once(socket, 'close')
  end.abort()
  expect(await ended).toBe('ended')
  await closed
})

test.each([
  ['a line without end', 'x'.repeat(qmpLineMax + 1), /^not QMP: a line is longer/],
  ['no JSON', 'HTTP/1.1 400\r\n', /^not QMP: /],
  ['no object', '[1]\r\n', /^not QMP: it is no JSON object$/],
])('%s is the end of it', async (_, text, reason) => {
  const { socket, ended } = await monitor()
  socket.write(text)
  expect(await ended).toMatch(reason)
})

test('a monitor that closes without a greeting is none, and one that is absent is told by its errno', async () => {
  const { socket, ended, path } = await monitor()
  socket.end()
  expect(await ended).toBe('it closed the connection')
  const { signal } = new AbortController()
  expect(await followMachine(`${path}.absent`, () => {}, signal)).toBe('ENOENT')
})

test('a stream gives the objects of its lines, however it is cut', () => {
  const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 5 })
  fc.assert(
    fc.property(objects, fc.array(fc.nat(400)), (wanted, places) => {
      const bytes = Buffer.from(wanted.map((object) => `${JSON.stringify(object)}\r\n`).join(''))
      const cuts = [
        0,
        ...places.filter((at) => at < bytes.length).sort((a, b) => a - b),
        bytes.length,
      ]
      const stream = new QmpStream()
      const got = cuts
        .slice(1)
        .flatMap((end, index) => stream.push(bytes.subarray(cuts[index], end)))
      expect(JSON.stringify(got)).toBe(JSON.stringify(wanted))
    }),
  )
})

test('whatever comes gives the same objects in pieces as in one, or an error that is caught', () => {
  let objects = 0
  const property = fc.property(monitorOutput, (output) => {
    objects += readMonitor(output)
  })
  fc.assert(property, { numRuns: 200, seed: 4 })
  expect(objects).toBeGreaterThan(100)
})
