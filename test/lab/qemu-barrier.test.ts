import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { duplexPair } from 'node:stream'
import { pino } from 'pino'
import { afterEach, expect, test, vi } from 'vitest'
import { needPackages } from '../../scripts/bootstrap.mjs'
import { codes } from '../../src/engine/code-table.ts'
import type { SinkEvent } from '../../src/engine/types.ts'
import { barrierArguments } from '../../src/guests/qemu.ts'
import { keyRows } from '../../src/share/keys/key-table.ts'
import { encodeFrame } from '../../src/share/link/records.ts'
import { openServe } from '../../src/share/process/open-serve.ts'
import { qemuPackages } from '../packages.mjs'
import { PATIENCE_MS } from './deadline.ts'
import { localMachineWithPipes } from './local-process.ts'
import { startNestedGuest } from './nested-guest.ts'

/** The client that is within QEMU, with a guest that has no software: what it makes of the frames of the engine. */

const { EV_KEY, EV_REL, EV_MSC } = codes
const patience = { timeout: PATIENCE_MS, interval: 20 }
const server = '127.0.0.1'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

/** Keys that a PC's keyboard has, but for Pause, which has no release, and F12, at which this guest switches itself off. */
const pcKeys = keyRows
  .filter(({ kbd }) => kbd > 0)
  .map(({ code }) => code)
  .filter(
    (code) =>
      code <= codes.KEY_KPDOT ||
      (code >= codes.KEY_102ND && code <= codes.KEY_F11) ||
      (code >= codes.KEY_KPENTER && code <= codes.KEY_DELETE) ||
      (code >= codes.KEY_LEFTMETA && code <= codes.KEY_COMPOSE),
  )

test("every key of a PC's keyboard, the mouse and its buttons reach the guest of QEMU's own client, and all go up when it loses the input", async ({
  skip,
}) => {
  if (process.env['EVSWITCH_LAB'] === 'off') skip('EVSWITCH_LAB is off')
  if (process.getuid?.() === 0) needPackages(qemuPackages)
  const state = mkdtempSync(join(tmpdir(), 'evswitch-qemu-'))
  ends.push(() => rmSync(state, { recursive: true }))
  const { serve, port, close } = await openServe(
    {
      ...{ host: server, port: 0, layout: { layout: 'us' }, plainAddresses: [server] },
      screens: [
        {
          ...{ target: 'guest', name: 'vm', client: 'qemu', isPlain: true, isWheelSmooth: false },
          pointer: { isRelative: true, speed: 1, acceleration: 0 },
        },
      ],
    },
    { state, log: pino({ level: 'silent' }) },
  )
  ends.push(close)
  const [link, engine] = duplexPair()
  engine.resume()
  serve.link('guest', link)
  const send = (...frame: SinkEvent[]) => void engine.write(encodeFrame(frame))
  const key = (code: number, value: number) => send({ type: EV_KEY, code, value })

  const size = { width: 1920, height: 1080 }
  const guest = await startNestedGuest(localMachineWithPipes, {
    extraArgs: barrierArguments({ target: 'guest', screen: 'vm', server, port, size }),
  })
  ends.push(async () => await guest.stop())
  await vi.waitUntil(() => serve.status[0]?.state === 'connected', patience)
  expect(serve.status[0]).toMatchObject({ protocol: '1.6', screen: '1920x1080', isSecure: false })

  send({ type: EV_MSC, code: codes.MSC_SERIAL, value: 1 })
  expect(pcKeys.length).toBeGreaterThan(100)
  for (const code of pcKeys) {
    const count = guest.keys.length
    key(code, 1)
    key(code, 0)
    await guest.waitUntil(() => guest.keys.length >= count + 2)
    expect(guest.keys.slice(count)).toEqual([
      { key: code, down: true },
      { key: code, down: false },
    ])
  }
  send(
    { type: EV_REL, code: codes.REL_X, value: 5 },
    { type: EV_REL, code: codes.REL_Y, value: -3 },
  )
  await guest.waitUntil(() => guest.motion.x === 5 && guest.motion.y === -3)
  key(codes.BTN_RIGHT, 1)
  await guest.waitUntil(() => guest.pressedButtons.right)

  key(codes.KEY_LEFTSHIFT, 1)
  await guest.waitForKey(codes.KEY_LEFTSHIFT, true)
  await guest.waitUntil(() => guest.pressedKeys.has(codes.KEY_LEFTSHIFT))
  send({ type: EV_MSC, code: codes.MSC_SERIAL, value: 0 })
  await guest.waitUntil(() => guest.pressedKeys.size === 0 && !guest.pressedButtons.right)
})
