import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decode, encode } from '../../../src/share/messages/codec.ts'
import { MalformedPacket } from '../../../src/share/messages/fields.ts'
import {
  decodeHello,
  decodeHelloBack,
  encodeHello,
  encodeHelloBack,
  protocols,
} from '../../../src/share/messages/hello.ts'
import { limits } from '../../../src/share/messages/limits.ts'
import { type Code, type Message, messages, type Side } from '../../../src/share/messages/table.ts'
import { capturedPackets, captures, withLength } from '../fixtures/packets.ts'
import { anyMessage, codes, messageOf } from './arbitrary.ts'

const newest = 8
const lengthBytes = 4
const nothing = Buffer.alloc(0)

function bodyOf(message: Message, minor = newest): Buffer {
  return encode(message, minor).subarray(lengthBytes)
}

function senderOf(code: Code): Side {
  const { from } = messages[code]
  return from === 'both' ? 'client' : from
}

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex')
}

describe.each(captures)('%s', (name) => {
  const [hello, helloBack, ...packets] = capturedPackets(name)

  test('is read, and written again byte for byte', () => {
    for (const { from, bytes } of packets) {
      const message = decode(bytes, from, 6)
      expect(message, bytes.toString('latin1')).toBeDefined()
      if (message !== undefined) expect(encode(message, 6)).toEqual(withLength(bytes))
    }
  })

  test('begins with the two greetings', () => {
    const said = decodeHello(hello?.bytes ?? nothing)
    expect(said).toEqual({ protocol: 'Barrier', major: 1, minor: 6 })
    expect(encodeHello(said)).toEqual(withLength(hello?.bytes ?? nothing))
    const answered = decodeHelloBack(helloBack?.bytes ?? nothing)
    expect(answered).toEqual({ protocol: 'Barrier', major: 1, minor: 6, name: 'cli' })
    expect(encodeHelloBack(answered)).toEqual(withLength(helloBack?.bytes ?? nothing))
  })
})

test.each(codes)('%s is what it was when it is encoded and decoded', (code) => {
  fc.assert(
    fc.property(messageOf(code), (message) => {
      expect(decode(bodyOf(message), senderOf(code), newest)).toEqual(message)
    }),
    { numRuns: 50 },
  )
})

test('what stands behind the last argument is passed over, by every version', () => {
  fc.assert(
    fc.property(
      anyMessage,
      fc.uint8Array({ maxLength: 20 }),
      fc.constantFrom(6, 7, 8),
      (message, surplus, minor) => {
        fc.pre(messages[message.code].since <= minor)
        const body = bodyOf(message, minor)
        const longer = Buffer.concat([body, surplus])
        const isOptional = message.code === 'DKRP' && minor === newest
        if (!isOptional) {
          expect(decode(longer, senderOf(message.code), minor)).toEqual(
            decode(body, senderOf(message.code), minor),
          )
        }
      },
    ),
  )
})

test('a message that is cut off anywhere is refused, and nothing behind it is read', () => {
  fc.assert(
    fc.property(
      anyMessage,
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (message, part) => {
        const body = bodyOf(message)
        const cut = Math.floor(part * body.length)
        // A packet in the middle of a buffer, as it lies in what a socket brought.
        const packet = body.subarray(0, cut)
        const isWithoutLanguage = message.code === 'DKRP' && cut === 12
        if (isWithoutLanguage) return
        expect(() => decode(packet, senderOf(message.code), newest)).toThrow(MalformedPacket)
      },
    ),
  )
})

test('whatever a packet holds, it is read, unknown or refused', () => {
  const packet = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .tuple(fc.constantFrom(...codes), fc.uint8Array({ maxLength: 60 }))
      .map(([code, rest]) => Buffer.concat([Buffer.from(code), rest])),
  )
  fc.assert(
    fc.property(
      packet,
      fc.constantFrom<Side>('server', 'client'),
      fc.nat({ max: 9 }),
      (bytes, from, minor) => {
        try {
          const message = decode(Buffer.from(bytes), from, minor)
          if (message !== undefined) expect(codes).toContain(message.code)
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedPacket)
        }
      },
    ),
    { numRuns: 2000 },
  )
})

test.each([
  ['of nobody', 'XYZW', 'server'],
  ['that only a client has', 'DINF', 'server'],
  ['that only a server has', 'DKDN', 'client'],
] as const)('a code %s is unknown, whatever follows it', (_, code, from) => {
  expect(decode(Buffer.from(code), from, newest)).toBe(undefined)
})

describe('versions', () => {
  test.each([
    ['LSYN', 8],
    ['DKDL', 8],
    ['SECN', 7],
    ['DFTR', 5],
  ] as const)('%s is not sent to anybody before 1.%i, who would hang up', (code, since) => {
    const [message] = fc.sample(messageOf(code), 1)
    if (message === undefined) throw new Error('no sample')
    expect(() => encode(message, since - 1)).toThrow(RangeError)
    expect(() => encode(message, since)).not.toThrow()
  })

  const repeat = { code: 'DKRP', id: 0x78, mask: 0, count: 1, button: 0x35, language: '' } as const

  test('a repeat has its language for 1.8 only, and there always', () => {
    expect(bodyOf(repeat, 7)).toEqual(hex('444b5250 0078 0000 0001 0035'))
    expect(bodyOf(repeat, 8)).toEqual(hex('444b5250 0078 0000 0001 0035 00000000'))
  })

  test('a repeat of Deskflow, which says the language to everybody, is read by every version', () => {
    const packet = hex('444b5250 0078 0000 0001 0035 00000002 656e')
    expect(decode(packet, 'server', 6)).toEqual(repeat)
    expect(decode(packet, 'server', 8)).toEqual({ ...repeat, language: 'en' })
    expect(decode(packet.subarray(0, 12), 'server', 8)).toEqual(repeat)
  })

  test('a clipboard has no mark before 1.6', () => {
    const whole = {
      code: 'DCLP',
      clipboard: 1,
      sequence: 7,
      mark: 0,
      data: Buffer.from('abc'),
    } as const
    expect(bodyOf(whole, 5)).toEqual(hex('44434c50 01 00000007 00000003 616263'))
    expect(decode(bodyOf(whole, 5), 'server', 5)).toEqual(whole)
  })
})

describe('limits', () => {
  test.each([
    ['more options than there are', 'DSOP', 'ffffffff'],
    ['one option too many, which are all there', 'DSOP', `00000202${'00000000'.repeat(0x202)}`],
    ['more data than a packet can have', 'DCLP', '00 00000001 02 7fffffff'],
    ['data that is not there', 'DCLP', '00 00000001 02 00000005 61626364'],
    ['a program with a name without end', 'SECN', `00000401${'61'.repeat(0x401)}`],
  ])('%s are refused', (_, code, rest) => {
    const packet = Buffer.concat([Buffer.from(code), hex(rest)])
    expect(() => decode(packet, 'server', newest)).toThrow(MalformedPacket)
  })

  test('the most that there may be fits', () => {
    const options = Array.from({ length: limits.options }, () => ({ id: 'HART', value: -1 }))
    const many: Message = { code: 'DSOP', options }
    expect(decode(bodyOf(many), 'server', newest)).toEqual(many)
    const data = Buffer.alloc(limits.blobBytes, 1)
    const large: Message = { code: 'DCLP', clipboard: 0, sequence: 1, mark: 2, data }
    expect(bodyOf(large).length).toBeLessThanOrEqual(limits.packetBytes)
    const read = decode(bodyOf(large), 'server', newest)
    expect(read?.code === 'DCLP' && read.data.equals(data)).toBe(true)
  })

  test('options of which one is half are none', () => {
    const packet = hex('44534f50 00000003 48415254 000007d0 434c5053')
    expect(decode(packet, 'server', 6)).toEqual({ code: 'DSOP', options: [] })
  })
})

describe('greetings', () => {
  const hello = fc.record({
    protocol: fc.constantFrom(...protocols),
    major: fc.nat({ max: 0xffff }),
    minor: fc.nat({ max: 0xffff }),
  })
  const helloBack = fc
    .tuple(hello, fc.string({ unit: 'grapheme', maxLength: 20 }))
    .map(([each, name]) => ({ ...each, name }))

  test('are what they were', () => {
    fc.assert(
      fc.property(hello, helloBack, (first, second) => {
        expect(decodeHello(encodeHello(first).subarray(lengthBytes))).toEqual(first)
        expect(decodeHelloBack(encodeHelloBack(second).subarray(lengthBytes))).toEqual(second)
      }),
    )
  })

  test.each([
    ['another word', Buffer.from('Bananas\0\x01\0\x06')],
    ['nothing', nothing],
    ['half a version', Buffer.from('Barrier\0\x01\0')],
    ['a name of 4 GiB', Buffer.from('Barrier\0\x01\0\x06\xff\xff\xff\xffx', 'latin1')],
    [
      'a long name',
      encodeHelloBack({ protocol: 'Barrier', major: 1, minor: 6, name: 'x'.repeat(256) }).subarray(
        4,
      ),
    ],
  ])('%s is none', (_, packet) => {
    expect(() => decodeHelloBack(packet)).toThrow(MalformedPacket)
  })
})
