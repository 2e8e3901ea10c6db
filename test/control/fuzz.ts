import { once } from 'node:events'
import { connect as connectSocket } from 'node:net'
import fc from 'fast-check'
import { ControlClient } from '../../src/control/client.ts'
import { rpcErrors } from '../../src/control/json-rpc.ts'
import { limits } from '../../src/control/limits.ts'
import { methods, notificationNames } from '../../src/control/protocol.ts'

/** What was done to the server, for the record. */
export interface Tally {
  connections: number
  requests: number
  answers: number
}

/** A step of a client that keeps to WebSocket, or of one that does not. */
type Step =
  | { readonly kind: 'request'; readonly text: string }
  | { readonly kind: 'frame'; readonly bytes: Uint8Array }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }

const names = fc.oneof(
  fc.constantFrom('host', 'win10', 'next', 'previous', '__proto__', ''),
  fc.string({ unit: 'binary', maxLength: 80 }),
)

/** A value near to what a method takes, or far from it. */
const params = fc.oneof(
  { weight: 4, arbitrary: fc.record({ to: names, target: names }, { requiredKeys: [] }) },
  fc.record({ events: fc.array(fc.oneof(fc.constantFrom(...notificationNames), names)) }),
  fc.record({ lines: fc.oneof(fc.integer(), fc.double(), fc.string()) }),
  fc.jsonValue({ maxDepth: 3 }),
)

const request = fc.record(
  {
    jsonrpc: fc.oneof({ weight: 9, arbitrary: fc.constant('2.0') }, fc.jsonValue()),
    id: fc.oneof(fc.integer(), fc.string({ maxLength: 80 }), fc.constant(null), fc.jsonValue()),
    method: fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...Object.keys(methods)) },
      names,
      fc.jsonValue(),
    ),
    params,
  },
  { requiredKeys: [] },
)

const text = fc.oneof(
  { weight: 6, arbitrary: request.map((value) => JSON.stringify(value)) },
  fc.array(request, { maxLength: limits.batch + 2 }).map((value) => JSON.stringify(value)),
  fc.json({ maxDepth: 8 }),
  fc.string({ unit: 'binary' }),
  fc.nat({ max: limits.messageLength + 10 }).map((length) => 'x'.repeat(length)),
)

/** Frames of any opcode, flag and length, masked or not; what they say they hold is not always there. */
const frame = fc
  .record({
    first: fc.nat({ max: 255 }),
    isMasked: fc.boolean(),
    claims: fc.oneof(
      fc.nat({ max: 125 }),
      fc.constantFrom(126, 127, limits.frameBytes, 0xffff, 2 ** 31, 2 ** 40),
    ),
    payload: fc.uint8Array({ maxLength: 200 }),
  })
  .map(({ first, isMasked, claims, payload }) => frameBytes(first, isMasked, claims, payload))

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: text.map((value): Step => ({ kind: 'request', text: value })) },
  { weight: 2, arbitrary: frame.map((bytes): Step => ({ kind: 'frame', bytes })) },
  fc.uint8Array({ maxLength: 300 }).map((bytes): Step => ({ kind: 'bytes', bytes })),
)

/** How a connection begins: as it should, nearly so, or as nothing at all. */
const opening = fc.oneof(
  { weight: 6, arbitrary: fc.constant(handshake()) },
  fc
    .record({ at: fc.nat({ max: handshake().length }), bytes: fc.uint8Array({ maxLength: 40 }) })
    .map(({ at, bytes }) => Buffer.concat([handshake().subarray(0, at), bytes])),
  fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes)),
)

const polite = text.map((value): Step => ({ kind: 'request', text: value }))

/** A connection from its first byte on: of one who keeps to WebSocket and waits for his answers, or who does not. */
export const conversation = fc.oneof(
  fc.record({
    opening: fc.constant(handshake()),
    steps: fc.array(polite, { maxLength: 20 }),
    waits: fc.constant(true),
  }),
  fc.record({ opening, steps: fc.array(step, { maxLength: 12 }), waits: fc.constant(false) }),
)

export type Conversation = typeof conversation extends fc.Arbitrary<infer T> ? T : never

const lastRequest = '{"jsonrpc":"2.0","id":"the end","method":"status"}'

/** Plays one, and checks what came back. Afterwards the server must answer somebody else. */
export async function converse(path: string, spoken: Conversation, tally: Tally): Promise<void> {
  const socket = connectSocket(path)
  socket.on('error', () => {})
  let heard = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    heard = Buffer.concat([heard, chunk])
  })
  await once(socket, 'connect')
  tally.connections++
  socket.write(spoken.opening)
  for (const each of spoken.steps) {
    tally.requests += each.kind === 'request' ? 1 : 0
    socket.write(bytesOf(each))
  }
  if (spoken.waits) {
    socket.write(bytesOf({ kind: 'request', text: lastRequest }))
    while (!heard.includes('"the end"') && !socket.destroyed) await turn()
  }
  socket.destroy()
  if (spoken.opening.equals(handshake())) tally.answers += checkHeard(heard)
  const other = await ControlClient.connect(path)
  try {
    await other.call('status', {})
  } finally {
    other.close()
  }
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1))
}

function bytesOf(each: Step): Uint8Array {
  if (each.kind !== 'request') return each.bytes
  const payload = Buffer.from(each.text)
  return frameBytes(0x81, true, payload.length, payload)
}

function frameBytes(
  first: number,
  isMasked: boolean,
  claims: number,
  payload: Uint8Array,
): Uint8Array {
  const mask = isMasked ? 0x80 : 0
  const head =
    claims < 126
      ? Buffer.from([first, mask | claims])
      : claims <= 0xffff
        ? Buffer.from([first, mask | 126, claims >> 8, claims & 0xff])
        : longHead(first, mask, claims)
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([head, Buffer.alloc(isMasked ? 4 : 0), payload])
}

function longHead(first: number, mask: number, claims: number): Buffer {
  const head = Buffer.alloc(10)
  head.set([first, mask | 127])
  head.writeBigUInt64BE(BigInt(claims), 2)
  return head
}

function handshake(): Buffer {
  return Buffer.from(
    'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
}

const known = new Set<number>(Object.values(rpcErrors))

/** What the server says is whole: text frames with answers and notifications. Returns how many answers. */
function checkHeard(bytes: Buffer): number {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return 0
  if (!bytes.subarray(0, end).includes('101 Switching Protocols')) throw new Error('not let in')
  let answers = 0
  for (const said of textFrames(bytes.subarray(end + 4))) {
    const value: unknown = JSON.parse(said)
    for (const one of Array.isArray(value) ? value : [value]) answers += checkMessage(one)
  }
  return answers
}

function checkMessage(message: unknown): number {
  const { jsonrpc, id, method, result, error } = message as Record<string, unknown>
  if (jsonrpc !== '2.0') throw new Error('not JSON-RPC 2.0')
  if (typeof method === 'string') return 0
  if (id === undefined || (result === undefined) === (error === undefined)) {
    throw new Error(`neither result nor error: ${JSON.stringify(message)}`)
  }
  const code = (error as { code?: unknown } | undefined)?.code
  if (code === rpcErrors.INTERNAL) throw new Error('internal error')
  if (error !== undefined && !known.has(Number(code))) throw new Error(`unknown code ${code}`)
  return 1
}

/** A server masks nothing; a frame that was cut at the end is left out. */
function* textFrames(bytes: Buffer): Generator<string> {
  let rest = bytes
  while (rest.length >= 2) {
    const short = (rest[1] ?? 0) & 0x7f
    if (short === 126 && rest.length < 4) return
    const length = short === 126 ? rest.readUInt16BE(2) : short
    const start = short === 126 ? 4 : 2
    if (short === 127 || rest.length < start + length) return
    if (rest[0] === 0x81) yield rest.subarray(start, start + length).toString('utf8')
    rest = rest.subarray(start + length)
  }
}
