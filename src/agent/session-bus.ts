import { connect, type Socket } from 'node:net'
import { isAbsolute, join } from 'node:path'
import { type BusValue, encodeCall, MessageReader, type MethodCall } from './bus-message.ts'

interface Waiting {
  resolve(value: number | undefined): void
  reject(error: Error): void
}

/** Longer than any answer of a desktop that lives. */
const answerMs = 5000

export interface Bus {
  /** Resolves with the first number of the answer, if it begins with one; rejects when it cannot be made. */
  call(call: MethodCall, body: readonly BusValue[]): Promise<number | undefined>
}

/**
 * The D-Bus of the user's session, for the two or three calls that the agent makes. It connects at the first call, and
 * again after the bus was gone. What was asked for at the bus, such as an inhibition, ends with the connection.
 */
export class SessionBus implements Bus {
  readonly #path: string | undefined
  #connection: Promise<BusConnection> | undefined

  /** @param path of its socket; undefined = there is none */
  constructor(path: string | undefined = sessionBusPath()) {
    this.#path = path
  }

  async call(call: MethodCall, body: readonly BusValue[]): Promise<number | undefined> {
    const connection = await this.#connect()
    return await connection.call(call, body)
  }

  close(): void {
    this.#connection?.then(
      (connection) => connection.close(),
      () => {},
    )
    this.#connection = undefined
  }

  async #connect(): Promise<BusConnection> {
    if (this.#path === undefined) throw new Error('there is no session bus')
    this.#connection ??= BusConnection.open(this.#path)
    const connecting = this.#connection
    const forget = () => {
      if (this.#connection === connecting) this.#connection = undefined
    }
    try {
      const connection = await connecting
      void connection.closed.then(forget)
      return connection
    } catch (error) {
      forget()
      throw error
    }
  }
}

/** Where it is, by what sessions set; abstract sockets begin with a NUL, as Node wants it. */
export function sessionBusPath(
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  const addresses = (env['DBUS_SESSION_BUS_ADDRESS'] ?? '').split(';')
  for (const address of addresses) {
    const [, kind, path = ''] = /^unix:(?:.*,)?(path|abstract)=([^,]+)/.exec(address) ?? []
    if (kind === 'path') return unescaped(path)
    if (kind === 'abstract') return `\0${unescaped(path)}`
  }
  const directory = env['XDG_RUNTIME_DIR'] ?? ''
  return isAbsolute(directory) ? join(directory, 'bus') : undefined
}

/** Percent signs as in URLs (D-Bus specification, "Server Addresses"). */
function unescaped(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
}

class BusConnection {
  readonly closed: Promise<void>
  readonly #socket: Socket
  readonly #waiting = new Map<number, Waiting>()
  #lastSerial = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        for (const { reject } of this.#waiting.values()) reject(new Error('the bus is gone'))
        this.#waiting.clear()
        resolve()
      })
    })
  }

  static async open(path: string): Promise<BusConnection> {
    const socket = connect(path)
    const rest = await authenticated(socket)
    const connection = new BusConnection(socket)
    connection.#listen(rest)
    const bus = 'org.freedesktop.DBus'
    const hello = { destination: bus, path: '/org/freedesktop/DBus', interface: bus }
    await connection.call({ ...hello, member: 'Hello' }, [])
    return connection
  }

  async call(call: MethodCall, body: readonly BusValue[]): Promise<number | undefined> {
    const serial = ++this.#lastSerial
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => settle(() => reject(new Error('no answer'))), answerMs)
      const settle = (tell: () => void) => {
        clearTimeout(timer)
        this.#waiting.delete(serial)
        tell()
      }
      this.#waiting.set(serial, {
        resolve: (value) => settle(() => resolve(value)),
        reject: (error) => settle(() => reject(error)),
      })
      if (this.#socket.destroyed) this.#waiting.get(serial)?.reject(new Error('the bus is gone'))
      else this.#socket.write(encodeCall(call, body, serial))
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #listen(rest: Buffer): void {
    const reader = new MessageReader(({ replyTo, error, number }) => {
      const waiting = this.#waiting.get(replyTo)
      if (error === undefined) waiting?.resolve(number)
      else waiting?.reject(new Error(error))
    })
    const take = (bytes: Buffer) => {
      try {
        reader.push(bytes)
      } catch {
        this.#socket.destroy() // it does not speak D-Bus
      }
    }
    this.#socket.on('data', take)
    take(rest)
  }
}

/** The handshake: who we are, the kernel tells the bus. Resolves with what came behind it. */
async function authenticated(socket: Socket): Promise<Buffer> {
  const uid = Buffer.from(String(process.geteuid?.() ?? 0)).toString('hex')
  return await new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      socket.destroy()
      reject(error)
    }
    socket.setTimeout(answerMs, () => fail(new Error('no answer')))
    socket.on('error', fail)
    let said = Buffer.alloc(0)
    const heard = (bytes: Buffer) => {
      said = Buffer.concat([said, bytes])
      const end = said.indexOf('\r\n')
      if (end < 0 && said.length < 1024) return
      if (!said.subarray(0, 3).equals(Buffer.from('OK '))) return fail(new Error('refused'))
      socket.off('data', heard)
      socket.setTimeout(0)
      socket.write('BEGIN\r\n')
      resolve(said.subarray(end + 2))
    }
    socket.on('data', heard)
    socket.write(`\0AUTH EXTERNAL ${uid}\r\n`)
  })
}
