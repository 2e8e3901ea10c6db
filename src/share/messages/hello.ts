import { fieldList, packetOf } from './codec.ts'
import { Cursor, MalformedPacket, text, u16 } from './fields.ts'
import { limits } from './limits.ts'

/** Deskflow can be told to call itself by its older name; all else is the same. */
export const protocols = ['Barrier', 'Synergy'] as const
export type Protocol = (typeof protocols)[number]

/** What a server says first. */
export interface Hello {
  readonly protocol: Protocol
  readonly major: number
  readonly minor: number
}

/** What a client answers. */
export interface HelloBack extends Hello {
  /** Of its screen. */
  readonly name: string
}

const version = { major: u16, minor: u16 }
const helloFields = fieldList(version)
const helloBackFields = fieldList({ ...version, name: text })
const protocolBytes = 7

export function encodeHello(hello: Hello): Buffer {
  return packetOf(hello.protocol, helloFields, { ...hello }, 0)
}

export function encodeHelloBack(hello: HelloBack): Buffer {
  return packetOf(hello.protocol, helloBackFields, { ...hello }, 0)
}

/** Throws a MalformedPacket, also for a protocol of another name. */
export function decodeHello(packet: Buffer): Hello {
  return readHello(packet, new Cursor(packet, protocolBytes))
}

/** The same. */
export function decodeHelloBack(packet: Buffer): HelloBack {
  const cursor = new Cursor(packet, protocolBytes)
  const hello = { ...readHello(packet, cursor), name: text.read(cursor) }
  if (Buffer.byteLength(hello.name) > limits.nameBytes) {
    throw new MalformedPacket('a name is too long')
  }
  return hello
}

function readHello(packet: Buffer, cursor: Cursor): Hello {
  return { protocol: protocolOf(packet), major: u16.read(cursor), minor: u16.read(cursor) }
}

function protocolOf(packet: Buffer): Protocol {
  const word = packet.toString('latin1', 0, protocolBytes)
  const protocol = protocols.find((known) => known === word)
  if (protocol === undefined) throw new MalformedPacket('it greets in no language of Barrier')
  return protocol
}
