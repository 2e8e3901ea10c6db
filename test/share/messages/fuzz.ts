import fc from 'fast-check'
import { decode, encode } from '../../../src/share/messages/codec.ts'
import { MalformedPacket } from '../../../src/share/messages/fields.ts'
import { decodeHello, decodeHelloBack } from '../../../src/share/messages/hello.ts'
import { PacketReader } from '../../../src/share/messages/packet-reader.ts'
import { messages, type Side } from '../../../src/share/messages/table.ts'
import { withLength } from '../fixtures/packets.ts'
import { anyMessage, codes } from './arbitrary.ts'

export interface CodecTally {
  bytes: number
  packets: number
  messages: number
}

/** Bytes of a peer, and where they are cut on their way. */
export interface Stream {
  readonly bytes: Buffer
  readonly cuts: readonly number[]
  readonly from: Side
  readonly minor: number
}

const right = anyMessage.map((message) => encode(message, 8))

const nearly = fc
  .record({ packet: right, at: fc.nat(), value: fc.nat({ max: 255 }) })
  .map(({ packet, at, value }) => {
    packet[at % packet.length] = value
    return packet
  })

const coded = fc
  .tuple(fc.constantFrom(...codes, 'Barrier', 'Synergy'), fc.uint8Array({ maxLength: 60 }))
  .map(([word, rest]) => withLength(Buffer.concat([Buffer.from(word), rest])))

const anything = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes))

export const stream: fc.Arbitrary<Stream> = fc.record({
  bytes: fc
    .array(
      fc.oneof(
        { weight: 10, arbitrary: right },
        { weight: 3, arbitrary: nearly },
        { weight: 5, arbitrary: coded },
        { weight: 1, arbitrary: anything },
      ),
      { maxLength: 12 },
    )
    .map((packets) => Buffer.concat(packets)),
  cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }),
  from: fc.constantFrom<Side>('server', 'client'),
  minor: fc.nat({ max: 9 }),
})

const limitBytes = 4096

/**
 * Reads it whole and in pieces: the same packets come out, none above the limit. Each is read, unknown or refused; and what was
 * read says the same when it is written and read again. Throws when a rule is broken.
 */
export function playStream({ bytes, cuts, from, minor }: Stream, tally: CodecTally): void {
  const whole = packetsOf([bytes])
  const places = [0, ...cuts.map((cut) => Math.floor(cut * bytes.length)).sort((a, b) => a - b)]
  const pieces = places.map((start, index) => bytes.subarray(start, places[index + 1]))
  if (packetsOf(pieces).join() !== whole.join()) throw new Error('a cut changed a packet')
  for (const hex of whole) {
    const packet = Buffer.from(hex, 'hex')
    if (packet.length > limitBytes) throw new Error('a packet above the limit')
    orRefused(() => decodeHello(packet))
    orRefused(() => decodeHelloBack(packet))
    const message = orRefused(() => decode(packet, from, minor))
    if (message !== undefined) {
      tally.messages++
      if (messages[message.code].since <= minor) {
        const again = decode(encode(message, minor).subarray(4), from, minor)
        if (JSON.stringify(again) !== JSON.stringify(message)) throw new Error('not the same again')
      }
    }
    tally.packets++
  }
  tally.bytes += bytes.length
}

function packetsOf(chunks: readonly Buffer[]): string[] {
  const packets: string[] = []
  const reader = new PacketReader(limitBytes, (packet) => packets.push(packet.toString('hex')))
  orRefused(() => {
    for (const chunk of chunks) reader.push(chunk)
  })
  return packets
}

/** What came of it, or undefined when it was refused in the one way that there is. */
function orRefused<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof MalformedPacket) return undefined
    throw error
  }
}
