import { getSystemErrorName } from 'node:util'
import koffi from 'koffi'
import { EvswitchError } from '../errors.ts'
import { limits, messageKinds } from './abi.ts'
import { libraryPath, onThread, openLibrary } from './library.ts'

/**
 * Short messages with at most one descriptor over Unix sockets: to systemd's descriptor store, and between
 * evswitch and a process that stands in for it. Sockets are descriptors and are closed by `closeSync`.
 */

export type MessageKind = 'datagram' | 'stream' | 'seqpacket'

export interface Message {
  readonly bytes: Buffer
  /** Close-on-exec, and the receiver's to close. */
  readonly descriptor: number | undefined
}

const kinds: Record<MessageKind, number> = {
  datagram: messageKinds.DATAGRAM,
  stream: messageKinds.STREAM,
  seqpacket: messageKinds.SEQPACKET,
}

interface MessageLibrary {
  connect(path: string, kind: number): number
  listen(path: string, kind: number): number
  accept(socket: number, timeoutMs: number): Promise<number>
  send(
    socket: number,
    bytes: Uint8Array,
    size: number,
    passed: number,
    timeoutMs: number,
  ): Promise<number>
  receive(
    socket: number,
    bytes: Uint8Array,
    capacity: number,
    timeoutMs: number,
    passed: Int32Array,
  ): Promise<number>
}

let loaded: MessageLibrary | undefined

function messageLibrary(): MessageLibrary {
  loaded ??= bind()
  return loaded
}

function bind(): MessageLibrary {
  const library = openLibrary(libraryPath)
  const int = 'int32_t'
  const accept = library.func('evs_message_accept', int, [int, int])
  const send = library.func('evs_message_send', int, [int, 'void *', 'uint32_t', int, int])
  const receive = library.func('evs_message_receive', int, [
    ...[int, 'void *', 'uint32_t', int],
    koffi.pointer(int),
  ])
  return {
    connect: library.func('evs_message_connect', int, ['str', 'uint32_t']),
    listen: library.func('evs_message_listen', int, ['str', 'uint32_t']),
    accept: async (...args) => await onThread(accept, args),
    send: async (...args) => await onThread(send, args),
    receive: async (...args) => await onThread(receive, args),
  }
}

/** A socket that is connected to a path, or to a name in the abstract space: '@name'. Throws 'unexpected'. */
export function connectMessages(path: string, kind: MessageKind): number {
  return checked(`connect to ${path}`, messageLibrary().connect(path, kinds[kind]))
}

/** A socket that is bound to a path, which must not be there yet. Throws 'unexpected'. */
export function listenForMessages(path: string, kind: MessageKind): number {
  return checked(`listen at ${path}`, messageLibrary().listen(path, kinds[kind]))
}

/** The next connection; undefined when none comes in time. Waits without end below 0. */
export async function acceptMessages(
  socket: number,
  timeoutMs: number,
): Promise<number | undefined> {
  const result = await messageLibrary().accept(socket, timeoutMs)
  return isLate(result) ? undefined : checked('accept a connection', result)
}

/** Sends a message; the descriptor stays the caller's too. Throws 'unexpected', also when it is not taken in time. */
export async function sendMessage(
  socket: number,
  bytes: Uint8Array,
  { descriptor = -1, timeoutMs = 1000 }: { descriptor?: number; timeoutMs?: number } = {},
): Promise<void> {
  const library = messageLibrary()
  checked('send a message', await library.send(socket, bytes, bytes.length, descriptor, timeoutMs))
}

/**
 * The next message, with no bytes at the peer's end; undefined when none comes in time. Waits without end below 0.
 * Throws 'unexpected' for one that is too long or has several descriptors, of which nothing is kept.
 */
export async function receiveMessage(
  socket: number,
  timeoutMs: number,
): Promise<Message | undefined> {
  const bytes = Buffer.alloc(limits.messageSize)
  const passed = Int32Array.of(-1)
  const library = messageLibrary()
  const result = await library.receive(socket, bytes, bytes.length, timeoutMs, passed)
  if (isLate(result)) return undefined
  const size = checked('receive a message', result)
  const [descriptor = -1] = passed
  return {
    bytes: bytes.subarray(0, size),
    descriptor: descriptor < 0 ? undefined : descriptor,
  }
}

function isLate(result: number): boolean {
  return result < 0 && getSystemErrorName(result) === 'EAGAIN'
}

function checked(what: string, result: number): number {
  if (result >= 0) return result
  throw new EvswitchError('unexpected', `cannot ${what}: ${getSystemErrorName(result)}`)
}
