import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encode } from '../../../src/share/messages/codec.ts'
import { MalformedPacket } from '../../../src/share/messages/fields.ts'
import { PacketReader } from '../../../src/share/messages/packet-reader.ts'
import { withLength } from '../fixtures/packets.ts'
import { anyMessage } from './arbitrary.ts'

/** Cuts a stream at places that are parts of its length. */
function pieces(stream: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.map((cut) => Math.floor(cut * stream.length)).sort((a, b) => a - b)]
  return at.map((start, index) => stream.subarray(start, at[index + 1] ?? stream.length))
}

const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 })

function readAll(chunks: readonly Buffer[], limitBytes = 4096): Buffer[] {
  const packets: Buffer[] = []
  const reader = new PacketReader(limitBytes, (packet) => packets.push(Buffer.from(packet)))
  for (const chunk of chunks) reader.push(chunk)
  return packets
}

test('packets are the same wherever the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(anyMessage, { maxLength: 12 }), cuts, (sent, places) => {
      const packets = sent.map((message) => encode(message, 8))
      const expected = packets.map((packet) => packet.subarray(4))
      const stream = Buffer.concat(packets)
      expect(readAll(pieces(stream, places))).toEqual(expected)
      expect(readAll(Array.from(stream, (byte) => Buffer.from([byte])))).toEqual(expected)
    }),
  )
})

test('an empty packet says nothing', () => {
  const stream = [
    withLength(Buffer.alloc(0)),
    withLength(Buffer.from('CALV')),
    withLength(Buffer.alloc(0)),
  ]
  expect(readAll([Buffer.concat(stream)])).toEqual([Buffer.from('CALV')])
})

describe('a packet above the limit', () => {
  test.each([
    ['of one byte more', '00000011'],
    ['of 5 MiB', '00500000'],
    ['of 4 GiB', 'ffffffff'],
  ])('%s is refused as soon as its length is there', (_, length) => {
    const reader = new PacketReader(16, () => {})
    reader.push(Buffer.from(length.slice(0, 6), 'hex'))
    expect(() => reader.push(Buffer.from(length.slice(6), 'hex'))).toThrow(MalformedPacket)
  })

  test('is one that the last packet made it', () => {
    const packets: string[] = []
    const reader: PacketReader = new PacketReader(16, (packet) => {
      packets.push(String(packet))
      reader.limitBytes = 3
    })
    const stream = Buffer.concat([
      withLength(Buffer.from('first')),
      withLength(Buffer.from('second')),
    ])
    expect(() => reader.push(stream)).toThrow(MalformedPacket)
    expect(packets).toEqual(['first'])
  })
})
