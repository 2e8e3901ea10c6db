/** What is called, where. */
export interface MethodCall {
  readonly destination: string
  readonly path: string
  readonly interface: string
  readonly member: string
}

/** A value with its type; `as` and `a{sv}` are empty. */
export type BusValue =
  | readonly ['s', string]
  | readonly ['u' | 'i', number]
  | readonly ['as' | 'a{sv}', readonly []]

/** An answer; `number` is the first value of its body when that is an unsigned number. */
export interface Reply {
  readonly replyTo: number
  /** Name of the error, if it is one. */
  readonly error: string | undefined
  readonly number: number | undefined
}

// D-Bus specification, "Message Protocol".
const littleEndian = 'l'.charCodeAt(0)
const types = { METHOD_CALL: 1, METHOD_RETURN: 2, ERROR: 3 } as const
const fields = {
  PATH: 1,
  INTERFACE: 2,
  MEMBER: 3,
  ERROR_NAME: 4,
  REPLY_SERIAL: 5,
  DESTINATION: 6,
  SIGNATURE: 8,
} as const
const protocolVersion = 1
const fixedBytes = 16
/** Far more than any answer here; the specification allows 128 MiB. */
const messageBytesMax = 64 * 1024

/** A method call as bytes. */
export function encodeCall(call: MethodCall, body: readonly BusValue[], serial: number): Buffer {
  const bodyBytes = new Writer()
  for (const value of body) bodyBytes.value(value)
  const head = new Writer()
  head.bytes(littleEndian, types.METHOD_CALL, 0, protocolVersion)
  head.uint32(bodyBytes.length)
  head.uint32(serial)
  const header = new Writer()
  header.field(fields.PATH, 'o', call.path)
  header.field(fields.DESTINATION, 's', call.destination)
  header.field(fields.INTERFACE, 's', call.interface)
  header.field(fields.MEMBER, 's', call.member)
  if (body.length > 0) {
    header.field(fields.SIGNATURE, 'g', body.map(([signature]) => signature).join(''))
  }
  head.uint32(header.length)
  head.append(header)
  head.align(8)
  head.append(bodyBytes)
  return head.toBuffer()
}

/** Writes values, each aligned to its size from the beginning. */
class Writer {
  readonly #bytes: number[] = []

  get length(): number {
    return this.#bytes.length
  }

  bytes(...bytes: readonly number[]): void {
    this.#bytes.push(...bytes)
  }

  append(other: Writer): void {
    this.#bytes.push(...other.#bytes)
  }

  align(size: number): void {
    while (this.#bytes.length % size !== 0) this.#bytes.push(0)
  }

  uint32(value: number): void {
    this.align(4)
    this.bytes(...[0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff))
  }

  text(text: string): void {
    const bytes = Buffer.from(text)
    this.uint32(bytes.length)
    this.bytes(...bytes, 0)
  }

  signature(text: string): void {
    this.bytes(text.length, ...Buffer.from(text), 0)
  }

  field(code: number, type: 's' | 'o' | 'g', text: string): void {
    this.align(8)
    this.bytes(code)
    this.signature(type)
    if (type === 'g') this.signature(text)
    else this.text(text)
  }

  value([signature, value]: BusValue): void {
    switch (signature) {
      case 's':
        this.text(value.replaceAll('\0', ''))
        break
      case 'u':
      case 'i':
        this.uint32(value)
        break
      case 'as':
        this.uint32(0)
        break
      case 'a{sv}':
        this.uint32(0)
        this.align(8)
        break
    }
  }

  toBuffer(): Buffer {
    return Buffer.from(this.#bytes)
  }
}

/** Cuts a stream into messages and tells the answers among them; signals and calls are passed over. */
export class MessageReader {
  readonly #onReply: (reply: Reply) => void
  #rest = Buffer.alloc(0)

  constructor(onReply: (reply: Reply) => void) {
    this.#onReply = onReply
  }

  /** Throws when it is no D-Bus, or too long. */
  push(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes])
    for (;;) {
      if (this.#rest.length < fixedBytes) return
      if (this.#rest[0] !== littleEndian) throw new Error('not the byte order of this machine')
      const bodyBytes = this.#rest.readUInt32LE(4)
      const fieldBytes = this.#rest.readUInt32LE(12)
      const bodyAt = fixedBytes + Math.ceil(fieldBytes / 8) * 8
      const end = bodyAt + bodyBytes
      if (end > messageBytesMax) throw new Error('a message is too long')
      if (this.#rest.length < end) return
      const message = this.#rest.subarray(0, end)
      this.#rest = this.#rest.subarray(end)
      const reply = readReply(message, fixedBytes + fieldBytes, bodyAt)
      if (reply !== undefined) this.#onReply(reply)
    }
  }
}

function readReply(message: Buffer, fieldsEnd: number, bodyAt: number): Reply | undefined {
  const type = message[1]
  if (type !== types.METHOD_RETURN && type !== types.ERROR) return undefined
  let replyTo: number | undefined
  let error: string | undefined
  let signature = ''
  let at = fixedBytes
  while (at < fieldsEnd) {
    at = Math.ceil(at / 8) * 8
    const code = message.readUInt8(at)
    const fieldType = message.toString('latin1', at + 2, at + 2 + message.readUInt8(at + 1))
    at += 4 // every field of the specification has a type of one letter
    if (fieldType === 'g') {
      const length = message.readUInt8(at)
      if (code === fields.SIGNATURE) signature = message.toString('latin1', at + 1, at + 1 + length)
      at += length + 2
      continue
    }
    at = Math.ceil(at / 4) * 4
    const number = message.readUInt32LE(at)
    at += 4
    if (fieldType === 'u') {
      if (code === fields.REPLY_SERIAL) replyTo = number
    } else if (fieldType === 's' || fieldType === 'o') {
      if (code === fields.ERROR_NAME) error = message.toString('utf8', at, at + number)
      at += number + 1
    } else {
      throw new Error('a field that there is not')
    }
  }
  if (replyTo === undefined) throw new Error('an answer to nothing')
  if (type === types.ERROR) return { replyTo, error: error ?? 'unknown error', number: undefined }
  const hasNumber = signature.startsWith('u') && message.length >= bodyAt + 4
  return { replyTo, error: undefined, number: hasNumber ? message.readUInt32LE(bodyAt) : undefined }
}
