/*
 * node flood.mjs PID CONNECTIONS     clients of the control socket that do everything wrong, and the process that serves
 *
 * Eight follow the log, ask without end and never read. So many others come in turn, 150 at a time: bytes that are
 * nothing, half a handshake, frames of no kind, frames that claim to be huge, messages that are too long or too many,
 * methods that there are not. Prints one line of JSON: how many there were and were refused, and the most descriptors and
 * memory that the process had meanwhile.
 */
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'

const PATH = '/run/evswitch/control.sock'
const AT_ONCE = 150
const PATIENCE_MS = 300
const NEVER_READING = 8

const HANDSHAKE =
  'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'

const pid = Number(process.argv[2])
const count = Number(process.argv[3])
const result = {
  connections: 0,
  refused: 0,
  mostDescriptors: 0,
  mostResidentKb: 0,
}

/** A text frame, masked with zeros. @param {string} text */
function frame(text) {
  const payload = Buffer.from(text)
  const head = Buffer.alloc(payload.length < 126 ? 6 : 14)
  head[0] = 0x81
  if (payload.length < 126) head[1] = 0x80 | payload.length
  else {
    head[1] = 0x80 | 127
    head.writeBigUInt64BE(BigInt(payload.length), 2)
  }
  return Buffer.concat([head, payload])
}

/** @param {string} method */
const request = (method) => JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: {} })

const batch = JSON.stringify(Array.from({ length: 17 }, () => ({ method: 'status' })))
const nonsense = [request('nonsense'), request('__proto__'), '{', batch].map(frame)

/** What those who come in turn say. The last one says nothing. @type {readonly Buffer[]} */
const kinds = [
  randomBytes(200),
  Buffer.from(HANDSHAKE.slice(0, 60)),
  Buffer.concat([Buffer.from(HANDSHAKE), Buffer.from([0xff, 0xff, 1, 2, 3])]),
  Buffer.concat([
    Buffer.from(HANDSHAKE),
    Buffer.from([0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
  ]),
  Buffer.concat([Buffer.from(HANDSHAKE), frame(`"${'x'.repeat(20_000)}"`)]),
  Buffer.concat([Buffer.from(HANDSHAKE), ...nonsense]),
  Buffer.alloc(0),
]

/**
 * Comes, says one of these, and goes when it has heard something, or was sent away, or is tired. False when the kernel
 * has no place for it: too many wait to be let in.
 * @param {number} index
 */
async function attack(index) {
  return await new Promise((resolve) => {
    let hasPlace = true
    const socket = connect(PATH)
    /** @type {NodeJS.Timeout | undefined} */
    let tired
    socket.on('error', (error) => {
      hasPlace = !('code' in error) || error.code !== 'EAGAIN'
    })
    socket.on('close', () => {
      clearTimeout(tired)
      resolve(hasPlace)
    })
    socket.on('data', (bytes) => {
      if (bytes.includes('503 Service')) result.refused++
      socket.destroy()
    })
    socket.on('connect', () => {
      result.connections++
      tired = setTimeout(() => socket.destroy(), PATIENCE_MS)
      socket.write(kinds[index % kinds.length] ?? '')
    })
  })
}

function neverRead() {
  const socket = connect(PATH)
  socket.on('error', () => {})
  socket.pause()
  const subscribe = request('subscribe').replace('{}', '{"events":["log","switched"]}')
  const asked = Array.from({ length: 5000 }, () => frame(request('log')))
  socket.write(Buffer.concat([Buffer.from(HANDSHAKE), frame(subscribe), ...asked]))
}

function look() {
  const descriptors = readdirSync(`/proc/${pid}/fd`).length
  const [, kb] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  result.mostDescriptors = Math.max(result.mostDescriptors, descriptors)
  result.mostResidentKb = Math.max(result.mostResidentKb, Number(kb))
}

for (let each = 0; each < NEVER_READING; each++) neverRead()
let next = 0
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    while (next < count) {
      const index = next++
      if (index % 100 === 0) look()
      while (!(await attack(index))) await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }),
)
look()
process.stdout.write(`${JSON.stringify(result)}\n`)
process.exit(0)
