/*
 * node flood.mjs PID CONNECTIONS     clients of the control socket that do everything wrong, and the process that serves
 *
 * Eight follow the log, ask without end and never read. So many others come in turn, a hundred at a time: bytes that are
 * nothing, half a handshake, frames of no kind, frames that claim to be huge, messages that are too long or too many,
 * methods that there are not. Prints one line of JSON: how many there were and were refused, and the most descriptors and
 * memory that the process had meanwhile.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'

const PATH = '/run/evswitch/control.sock'
const AT_ONCE = 100
const NEVER_READING = 8

const HANDSHAKE =
  'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'

const pid = Number(process.argv[2])
const count = Number(process.argv[3])
const result = { connections: 0, refused: 0, mostDescriptors: 0, mostResidentKb: 0 }

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

/** What is sent, by those who come in turn. @type {readonly (() => string | Buffer)[]} */
const kinds = [
  () => Buffer.from(Array.from({ length: 200 }, () => Math.floor(Math.random() * 256))),
  () => HANDSHAKE.slice(0, 60),
  () => Buffer.concat([Buffer.from(HANDSHAKE), Buffer.from([0xff, 0xff, 1, 2, 3])]),
  () =>
    Buffer.concat([
      Buffer.from(HANDSHAKE),
      Buffer.from([0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ]),
  () => Buffer.concat([Buffer.from(HANDSHAKE), frame(`"${'x'.repeat(20_000)}"`)]),
  () => {
    const batch = JSON.stringify(Array.from({ length: 17 }, () => ({ method: 'status' })))
    const texts = [request('nonsense'), request('__proto__'), '{', batch]
    return Buffer.concat([Buffer.from(HANDSHAKE), ...texts.map(frame)])
  },
  () => '',
]

/** Comes, says one of these, and goes when it has heard something, or was sent away. @param {number} index */
async function attack(index) {
  await new Promise((resolve) => {
    const socket = connect(PATH)
    const timer = setTimeout(() => socket.destroy(), 100)
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(undefined)
    })
    socket.on('data', (bytes) => {
      if (bytes.includes('503 Service')) result.refused++
      socket.destroy()
    })
    socket.on('connect', () => {
      result.connections++
      socket.write(kinds[index % kinds.length]?.() ?? '')
      if (index % kinds.length === kinds.length - 1) socket.destroy()
    })
  })
}

function neverRead() {
  const socket = connect(PATH)
  socket.on('error', () => {})
  socket.pause()
  socket.write(HANDSHAKE)
  socket.write(frame(request('subscribe').replace('{}', '{"events":["log","switched"]}')))
  for (let asked = 0; asked < 5000; asked++) socket.write(frame(request('log')))
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
      await attack(index)
    }
  }),
)
look()
process.stdout.write(`${JSON.stringify(result)}\n`)
process.exit(0)
