import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { connectMessages, sendMessage } from '../../src/native/message.ts'
import { holderStore, systemdStore } from '../../src/service/node-store.ts'

const patienceMs = 10_000
const program = fileURLToPath(new URL('../../native/build/evswitch-holder', import.meta.url))

let folder: string
const opened: number[] = []
const holders: ChildProcess[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evswitch-store-'))
})
afterEach(async () => {
  for (const holder of holders.splice(0)) {
    if (holder.exitCode !== null || holder.signalCode !== null) continue
    holder.kill('SIGKILL')
    await once(holder, 'exit')
  }
  for (const descriptor of opened.splice(0)) closeSync(descriptor)
  rmSync(folder, { recursive: true })
})

function openFile(name: string): number {
  const path = join(folder, name)
  writeFileSync(path, name)
  const descriptor = openSync(path, 'r')
  opened.push(descriptor)
  return descriptor
}

function inode(descriptor: number): number {
  return fstatSync(descriptor).ino
}

describe("systemd's store", () => {
  const notify = vi.fn(async () => {})
  afterEach(() => notify.mockClear())

  test('is told what to keep and what to forget', async () => {
    const store = systemdStore(notify, {}, 42)
    await store.keep('evswitch-win10-event-kbd', 7)
    await store.forget('evswitch-win10-event-kbd')
    expect(notify.mock.calls).toEqual([
      [['FDSTORE=1', 'FDNAME=evswitch-win10-event-kbd', 'FDPOLL=0'], 7],
      [['FDSTOREREMOVE=1', 'FDNAME=evswitch-win10-event-kbd']],
    ])
  })

  test('passes what it kept from descriptor 3 on', async () => {
    const env = { LISTEN_PID: '42', LISTEN_FDS: '2', LISTEN_FDNAMES: 'one:two' }
    expect(await systemdStore(notify, env, 42).stored()).toEqual([
      { name: 'one', descriptor: 3 },
      { name: 'two', descriptor: 4 },
    ])
  })

  test('has nothing for another process, or when nothing was kept', async () => {
    const env = { LISTEN_PID: '43', LISTEN_FDS: '2', LISTEN_FDNAMES: 'one:two' }
    expect(await systemdStore(notify, env, 42).stored()).toEqual([])
    expect(await systemdStore(notify, {}, 42).stored()).toEqual([])
  })
})

describe('the holder', () => {
  const socket = () => join(folder, 'holder.sock')

  async function start(): Promise<ChildProcess> {
    const holder = spawn(program, [socket()], { stdio: ['ignore', 'ignore', 'pipe'] })
    holders.push(holder)
    await vi.waitUntil(() => existsSync(socket()) || holder.exitCode !== null, patienceMs)
    return holder
  }

  /** The socket is there a moment before it can be connected to. */
  async function connect() {
    return await vi.waitFor(() => holderStore(socket()), patienceMs)
  }

  test('keeps descriptors beyond the end of who gave them', async () => {
    await start()
    const file = openFile('node')
    const expected = inode(file)
    await (await connect()).keep('one', file)
    const later = await (await connect()).stored()
    expect(later.map(({ name }) => name)).toEqual(['one'])
    const [{ descriptor } = { descriptor: -1 }] = later
    opened.push(descriptor)
    expect(descriptor).not.toBe(file)
    expect(inode(descriptor)).toBe(expected)
  })

  test('forgets what it is told to, and replaces what has the same name', async () => {
    await start()
    const store = await connect()
    const second = openFile('second')
    await store.keep('same', openFile('first'))
    await store.keep('same', second)
    await store.keep('other', openFile('other'))
    await store.forget('other')
    await store.forget('never was')
    const kept = await store.stored()
    for (const { descriptor } of kept) opened.push(descriptor)
    expect(kept.map(({ name, descriptor }) => [name, inode(descriptor)])).toEqual([
      ['same', inode(second)],
    ])
  })

  test('drops a client that talks nonsense, and goes on', async () => {
    await start()
    await (await connect()).keep('one', openFile('one'))
    for (const nonsense of ['\0', 'x'.repeat(4000), 'FDSTORE=1', 'FDNAME=', '=\n=\n']) {
      const client = connectMessages(socket(), 'seqpacket')
      opened.push(client)
      await sendMessage(client, Buffer.from(nonsense), { descriptor: openFile('leak') })
    }
    const kept = await (await connect()).stored()
    for (const { descriptor } of kept) opened.push(descriptor)
    expect(kept.map(({ name }) => name)).toEqual(['one'])
  })

  test('is one at a place, and takes the place of one that was killed', async () => {
    const first = await start()
    await connect()
    const second = await start()
    if (second.exitCode === null) await once(second, 'exit')
    expect(second.exitCode).toBe(1)
    first.kill('SIGKILL')
    await once(first, 'exit')
    await start()
    expect(await (await connect()).stored()).toEqual([])
  })
})
