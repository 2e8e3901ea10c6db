import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { codes } from '../../src/engine/code-table.ts'
import { Incoming } from '../../src/service/incoming.ts'
import { encodeFrame } from '../../src/share/link/records.ts'
import type { NodeMaker } from '../../src/share/nodes/share-nodes.ts'

let folder: string
let path: string
const ends: (() => unknown)[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evswitch-incoming-'))
  path = join(folder, 'join.sock')
  ends.push(() => rmSync(folder, { recursive: true }))
})
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

/** A share that listens, with the connections it has had. */
async function share(): Promise<{ server: Server; sockets: Socket[] }> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {})
    sockets.push(socket)
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  ends.push(() => server.close())
  return { server, sockets }
}

async function incoming() {
  const keys: number[][] = []
  const lines: string[] = []
  let closed = 0
  const node = {
    node: '/dev/input/event9',
    minor: 9,
    isCurrent: true,
    descriptor: 0,
    lamps: () => 0,
    write: (frame: readonly { code: number; value: number }[]) => {
      for (const { code, value } of frame) keys.push([code, value])
    },
    close: () => closed++,
  }
  const maker: NodeMaker = {
    createSink: async ({ role }) => ({ ...node, role }),
    createClone: async () => node,
  }
  const log = pino({ base: null, timestamp: false }, { write: (line: string) => lines.push(line) })
  const taken = new Incoming({ socket: path, maker, log, firstDelayMs: 1, longestDelayMs: 5 })
  await taken.start()
  ends.push(() => taken.close())
  return { taken, keys, lines, closed: () => closed }
}

const pressA = encodeFrame([{ type: codes.EV_KEY, code: codes.KEY_A, value: 1 }])

test('the share may come later, go and come again: what it pressed goes up with it', async () => {
  const { keys, lines } = await incoming()
  await expect.poll(() => lines.join('')).toContain('ENOENT')
  const { sockets } = await share()
  await expect.poll(() => sockets.length).toBe(1)
  sockets[0]?.write(pressA)
  await expect.poll(() => keys).toEqual([[codes.KEY_A, 1]])
  sockets[0]?.destroy()
  await expect.poll(() => keys.at(-1)).toEqual([codes.KEY_A, 0])
  await expect.poll(() => sockets.length).toBe(2)
  sockets[1]?.write(pressA)
  await expect.poll(() => keys.at(-1)).toEqual([codes.KEY_A, 1])
})

test('a share that sends what it may not is cut off, told, and looked for again', async () => {
  const { sockets } = await share()
  const { keys, lines } = await incoming()
  await expect.poll(() => sockets.length).toBe(1)
  sockets[0]?.write(pressA)
  sockets[0]?.write(encodeFrame([{ type: codes.EV_KEY, code: codes.KEY_B, value: 2 }]))
  await expect.poll(() => sockets.length).toBe(2)
  expect(keys).toEqual([
    [codes.KEY_A, 1],
    [codes.KEY_A, 0],
  ])
  expect(lines.join('')).toContain('an event is none of a keyboard or mouse')
})

test('it connects anew when it is asked to, and its nodes end with it alone', async () => {
  const { sockets } = await share()
  const { taken, keys, closed } = await incoming()
  await expect.poll(() => sockets.length).toBe(1)
  taken.reconnect()
  await expect.poll(() => sockets.length).toBe(2)
  sockets[1]?.write(pressA)
  await expect.poll(() => keys).toEqual([[codes.KEY_A, 1]])
  expect(closed()).toBe(0)
  await taken.close()
  expect(keys.at(-1)).toEqual([codes.KEY_A, 0])
  expect(closed()).toBe(3)
  await taken.close()
  expect(closed()).toBe(3)
})
