import { closeSync, fstatSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import {
  acceptMessages,
  connectMessages,
  listenForMessages,
  type MessageKind,
  receiveMessage,
  sendMessage,
} from '../../src/native/message.ts'

const patienceMs = 10_000
const folder = mkdtempSync(join(tmpdir(), 'evswitch-message-'))
const open: number[] = []
let count = 0

afterEach(() => {
  for (const descriptor of open.splice(0)) closeSync(descriptor)
})

function own(descriptor: number): number {
  open.push(descriptor)
  return descriptor
}

/** Both ends of a connection, the sender first. */
async function connection(kind: MessageKind, path = freePath()): Promise<[number, number]> {
  const listening = own(listenForMessages(path, kind))
  const sender = own(connectMessages(path, kind))
  if (kind === 'datagram') return [sender, listening]
  return [sender, own((await acceptMessages(listening, patienceMs)) ?? -1)]
}

function freePath(): string {
  return join(folder, String(count++))
}

describe.each(['datagram', 'stream', 'seqpacket'] as const)('a %s message', (kind) => {
  test('brings its bytes, and a descriptor of the same file', async () => {
    const [sender, receiver] = await connection(kind)
    const file = own(openSync('/dev/null', 'r'))
    await sendMessage(sender, Buffer.from('FDSTORE=1'), { descriptor: file })
    const { bytes, descriptor = -1 } = (await receiveMessage(receiver, patienceMs)) ?? {}

    expect(bytes?.toString()).toBe('FDSTORE=1')
    expect(own(descriptor)).not.toBe(file)
    expect(fstatSync(descriptor).rdev).toBe(fstatSync(file).rdev)
  })

  test('needs no descriptor', async () => {
    const [sender, receiver] = await connection(kind)
    await sendMessage(sender, Buffer.from('READY=1'))
    const message = await receiveMessage(receiver, patienceMs)

    expect(message).toEqual({ bytes: Buffer.from('READY=1'), descriptor: undefined })
  })

  test('goes to a name in the abstract space, too', async () => {
    const [sender, receiver] = await connection(kind, `@evswitch-test-${process.pid}-${kind}`)
    await sendMessage(sender, Buffer.from('x'))

    expect((await receiveMessage(receiver, patienceMs))?.bytes.toString()).toBe('x')
  })

  test('that does not come is waited for only so long', async () => {
    const [, receiver] = await connection(kind)

    expect(await receiveMessage(receiver, 1)).toBeUndefined()
  })
})

test('the end of the other side is a message without bytes', async () => {
  const [sender, receiver] = await connection('seqpacket')
  closeSync(open.splice(open.indexOf(sender), 1)[0] ?? -1)

  expect((await receiveMessage(receiver, patienceMs))?.bytes).toHaveLength(0)
})

test.each([
  ['nobody listens', () => connectMessages(freePath(), 'stream'), 'ENOENT'],
  ['the path is relative', () => connectMessages('socket', 'stream'), 'EINVAL'],
  ['the path is empty', () => connectMessages('', 'stream'), 'EINVAL'],
  ['the path is too long', () => connectMessages(`/${'x'.repeat(200)}`, 'stream'), 'ENAMETOOLONG'],
  ['there is something at the path', () => listenForMessages('/dev/null', 'stream'), 'EADDRINUSE'],
])('no socket is opened when %s', (_, open_, errno) => {
  expect(open_).toThrow(errno)
})

test.each([0, 4097])('a message of %i bytes is not sent', async (size) => {
  const [sender] = await connection('datagram')

  await expect(sendMessage(sender, Buffer.alloc(size))).rejects.toThrow('EINVAL')
})

test('a sender whose receiver has no room is told so, and does not wait for ever', async () => {
  const [sender] = await connection('datagram')
  const fill = async () => {
    for (;;) await sendMessage(sender, Buffer.alloc(4096), { timeoutMs: 1 })
  }

  await expect(fill()).rejects.toThrow('EAGAIN')
})

test('a descriptor that is closed is not sent', async () => {
  const [sender] = await connection('datagram')

  await expect(sendMessage(sender, Buffer.from('x'), { descriptor: 9999 })).rejects.toThrow('EBADF')
})

process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
