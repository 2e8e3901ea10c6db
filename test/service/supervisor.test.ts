import { closeSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createLogger } from '../../src/log.ts'
import { listenForMessages, receiveMessage } from '../../src/native/message.ts'
import { notifySocket } from '../../src/service/notify-socket.ts'
import { Supervisor } from '../../src/service/supervisor.ts'

const patienceMs = 10_000
const log = await createLogger({ level: 'silent' })

let folder: string
let socket: number
let path: string
let supervisor: Supervisor | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evswitch-notify-'))
  path = join(folder, 'notify')
  socket = listenForMessages(path, 'datagram')
})
afterEach(() => {
  supervisor?.close()
  closeSync(socket)
  rmSync(folder, { recursive: true })
})

function supervised(env: Record<string, string> = {}): Supervisor {
  const all = { NOTIFY_SOCKET: path, ...env }
  supervisor = new Supervisor({ notify: notifySocket(all), log, env: all, pid: 42 })
  return supervisor
}

async function next(): Promise<string | undefined> {
  return (await receiveMessage(socket, patienceMs))?.bytes.toString()
}

describe('what the supervisor is told', () => {
  test('is that the service is ready, and what it does, in one line', async () => {
    await supervised().ready('two\nlines')
    expect(await next()).toBe('READY=1\nSTATUS=two lines')
  })

  test('is when a reload began, on the clock that systemd compares', async () => {
    const before = process.hrtime.bigint() / 1000n
    await supervised().reloading()
    const [first, second] = (await next())?.split('\n') ?? []
    expect(first).toBe('RELOADING=1')
    const told = BigInt(/^MONOTONIC_USEC=(\d+)$/.exec(second ?? '')?.[1] ?? 0)
    expect(told >= before && told <= process.hrtime.bigint() / 1000n).toBe(true)
  })

  test('is that it stops', async () => {
    await supervised().stopping()
    expect(await next()).toBe('STOPPING=1\nSTATUS=stopping')
  })

  test('is nothing where there is none, or one of another kind', async () => {
    for (const env of [{}, { NOTIFY_SOCKET: '' }, { NOTIFY_SOCKET: 'vsock:2:1' }]) {
      expect(notifySocket(env)).toBeUndefined()
    }
    await new Supervisor({ notify: undefined, log }).ready('nobody hears it')
  })

  test('is lost without harm when it does not listen any more', async () => {
    const one = supervised()
    closeSync(socket)
    socket = listenForMessages(join(folder, 'other'), 'datagram')
    await one.status('nobody hears it')
  })
})

describe('the watchdog', () => {
  test('is fed while everything answers, and not while it does not', async () => {
    const answers: (() => void)[] = []
    supervised({ WATCHDOG_USEC: '20000', WATCHDOG_PID: '42' }).watch(
      async () => await new Promise<void>((resolve) => answers.push(resolve)),
    )
    await vi.waitUntil(() => answers.length === 1, patienceMs)
    // Nothing was fed before the first answer: what comes first is this.
    await supervisor?.status('first')
    expect(await next()).toBe('STATUS=first')
    answers[0]?.()
    expect(await next()).toBe('WATCHDOG=1')
  })

  test('is not fed when the question fails, and is again when it does not', async () => {
    let asked = 0
    supervised({ WATCHDOG_USEC: '20000' }).watch(async () => {
      asked++
      if (asked <= 2) throw new Error('the engine has ended')
    })
    expect(await next()).toBe('WATCHDOG=1')
    expect(asked).toBeGreaterThanOrEqual(3)
  })

  test('of another process is not ours', () => {
    vi.useFakeTimers()
    try {
      let asked = 0
      const check = async () => void asked++
      supervised({ WATCHDOG_USEC: '1000000', WATCHDOG_PID: '43' }).watch(check)
      vi.advanceTimersByTime(1000)
      expect(asked).toBe(0)
      supervised({ WATCHDOG_USEC: '1000000', WATCHDOG_PID: '42' }).watch(check)
      vi.advanceTimersByTime(1000)
      expect(asked).toBe(1)
    } finally {
      vi.useRealTimers()
    }
  })
})
