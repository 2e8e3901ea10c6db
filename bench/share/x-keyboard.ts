import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** X11 keeps the numbers below for itself. */
const x11Offset = 8

/**
 * Fingers on an X server, without a program between: the XTEST extension, by the protocol itself (X Window System Protocol 11,
 * XTEST 2.2). What is written is one request of 36 bytes for a key.
 */
export class XKeyboard {
  readonly #socket: Socket
  readonly #opcode: number

  private constructor(socket: Socket, opcode: number) {
    this.#socket = socket
    this.#opcode = opcode
  }

  /** @param display as in ':99', of this machine and open to it */
  static async open(display: string): Promise<XKeyboard> {
    const socket = connect(`/tmp/.X11-unix/X${display.slice(1)}`)
    await once(socket, 'connect')
    // Byte order l, protocol 11.0, nothing to show who we are.
    socket.write(Buffer.from([0x6c, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0]))
    const setup = await answer(socket, 8, (head) => 8 + 4 * head.readUInt16LE(6))
    if (setup[0] !== 1) throw new Error(`the X server ${display} refuses us`)
    const name = Buffer.from('XTEST\0\0\0')
    socket.write(Buffer.concat([Buffer.from([98, 0, 4, 0, 5, 0, 0, 0]), name]))
    const reply = await answer(socket, 32, () => 32)
    if (reply[8] !== 1) throw new Error(`the X server ${display} has no XTEST`)
    socket.resume()
    return new XKeyboard(socket, reply[9] ?? 0)
  }

  /** By the kernel's code. */
  key(code: number, isDown: boolean): void {
    const request = Buffer.alloc(36)
    request.set([this.#opcode, 2, 9, 0, isDown ? 2 : 3, code + x11Offset])
    this.#socket.write(request)
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** Reads a head, and as much as it says. */
async function answer(
  socket: Socket,
  headBytes: number,
  sizeOf: (head: Buffer) => number,
): Promise<Buffer> {
  let bytes = Buffer.alloc(0)
  while (bytes.length < headBytes || bytes.length < sizeOf(bytes)) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    bytes = Buffer.concat([bytes, chunk])
  }
  return bytes
}
