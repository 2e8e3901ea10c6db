import { connect as connectTo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { pino } from 'pino'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { EvswitchError } from '../../../src/errors.ts'
import { targetLine } from '../../../src/share/link/target-line.ts'
import type { ServeSettings } from '../../../src/share/process/open-serve.ts'
import { Serving } from '../../../src/share/process/serving.ts'
import { temporaryFolder } from '../folder.ts'
import { patience } from '../net/peers.ts'

const settings: ServeSettings = {
  ...{ host: undefined, port: 24800, layout: undefined, plainAddresses: [] },
  screens: [
    {
      ...{ target: 'laptop', name: 'laptop', isPlain: false, isWheelSmooth: false },
      client: 'barrier',
      pointer: { isRelative: false, speed: 1, acceleration: 0 },
    },
  ],
}

/** What was done, in its order. */
let done: string[]
let wanted: ServeSettings | undefined
let refusal: EvswitchError | undefined
let serving: Serving
let path: string

beforeEach(async () => {
  done = []
  wanted = settings
  refusal = undefined
  serving = new Serving({
    settings: () => wanted,
    open: async ({ port, screens }) => {
      await new Promise((resolve) => setImmediate(resolve))
      if (refusal !== undefined) throw refusal
      done.push(`open ${port}`)
      const links: Duplex[] = []
      return {
        port,
        serve: {
          status: [],
          link: (target, link) => {
            if (!screens.some((each) => each.target === target)) return false
            links.push(link)
            link.on('data', (chunk: Buffer) => done.push(`${target} ${chunk.toString('hex')}`))
            return true
          },
        },
        close: async () => {
          await Promise.resolve()
          for (const link of links) link.destroy()
          done.push(`close ${port}`)
        },
      }
    },
    log: pino({ level: 'silent' }),
  })
  const server = createServer((socket) => serving.take(socket))
  path = join(temporaryFolder(), 'serve.sock')
  await new Promise<void>((resolve) => server.listen(path, resolve))
  onTestFinished(async () => {
    await serving.stop()
    server.close()
  })
})

/** A connection of the engine's process. */
function connect(target: string): Socket {
  const socket = connectTo(path).resume()
  onTestFinished(() => void socket.destroy())
  // The first frame comes with the name.
  socket.write(Buffer.concat([targetLine(target), Buffer.from('aa', 'hex')]))
  return socket
}

const closed = async (socket: Socket) =>
  await new Promise((resolve) => socket.once('close', resolve))

test('screens can connect from the first connection of the engine to its last', async () => {
  expect(serving.status).toBeUndefined()
  const first = connect('laptop')
  await vi.waitUntil(() => done.includes('laptop aa'), patience)
  expect(serving.status).toEqual({ port: 24800, trouble: undefined, screens: [] })
  const second = connect('laptop')
  await vi.waitUntil(() => done.filter((each) => each === 'laptop aa').length === 2, patience)
  first.destroy()
  second.destroy()
  await vi.waitUntil(() => done.includes('close 24800'), patience)
  expect(done).toEqual(['open 24800', 'laptop aa', 'laptop aa', 'close 24800'])
  expect(serving.status).toBeUndefined()
})

test('a target that is no screen is hung up on, and opens nothing for long', async () => {
  await closed(connect('nobody'))
  await vi.waitUntil(() => done.includes('close 24800'), patience)
  wanted = undefined
  await closed(connect('laptop'))
  expect(done).toEqual(['open 24800', 'close 24800'])
})

test('other settings hold with the next connection, and let the old ones go', async () => {
  const before = connect('laptop')
  await vi.waitUntil(() => done.includes('laptop aa'), patience)
  wanted = { ...settings, port: 24801 }
  connect('laptop')
  await closed(before)
  await vi.waitUntil(() => done.length === 5, patience)
  expect(done).toEqual(['open 24800', 'laptop aa', 'close 24800', 'open 24801', 'laptop aa'])
})

test('what keeps it from listening is told, until it can', async () => {
  refusal = new EvswitchError('unexpected', 'cannot listen at port 24800: another program does')
  await closed(connect('laptop'))
  expect(serving.status?.trouble).toContain('another program does')
  await expect(serving.start()).rejects.toThrow('another program does')
  refusal = undefined
  connect('laptop')
  await vi.waitUntil(() => done.includes('laptop aa'), patience)
  expect(serving.status?.trouble).toBeUndefined()
})

test('what does not say whose frames it has is hung up on', async () => {
  const socket = connect('a'.repeat(64))
  await closed(socket)
  expect(done).toEqual([])
})
