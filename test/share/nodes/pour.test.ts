import { duplexPair } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { codes } from '../../../src/engine/code-table.ts'
import type { SinkEvent } from '../../../src/engine/types.ts'
import { encodeFrame, FrameReader } from '../../../src/share/link/records.ts'
import { streamOf } from '../../../src/share/nodes/frame-check.ts'
import { pour } from '../../../src/share/nodes/pour.ts'
import { ShareNodes } from '../../../src/share/nodes/share-nodes.ts'

const { EV_KEY, EV_REL, EV_ABS, EV_MSC, EV_LED } = codes

const press = (code: number): SinkEvent => ({ type: EV_KEY, code, value: 1 })
const release = (code: number): SinkEvent => ({ type: EV_KEY, code, value: 0 })

/** Nodes that only remember, by the last word of their name: 'keyboard: 1/30/1'. */
async function fakeNodes() {
  const written: string[] = []
  const node = (name: string) => ({
    node: `/dev/input/${name}`,
    minor: 0,
    isCurrent: true,
    descriptor: 0,
    lamps: () => 1 << codes.LED_CAPSL,
    write: (frame: readonly SinkEvent[]) => {
      const events = frame.map(({ type, code, value }) => `${type}/${code}/${value}`)
      written.push(`${name}: ${events.join(' ')}`)
    },
    close: () => written.push(`${name}: closed`),
  })
  const nodes = await ShareNodes.create({
    createSink: async ({ role }) => ({ ...node(role), role }),
    createClone: async () => node('pointer'),
  })
  return { nodes, written }
}

async function poured() {
  const { nodes, written } = await fakeNodes()
  const [near, far] = duplexPair()
  let nowMs = 0
  const ended = pour(near, nodes, () => nowMs)
  return {
    written,
    far,
    ended,
    pass: (ms: number) => {
      nowMs += ms
    },
  }
}

describe('frames of the share', () => {
  test('come out of the node that they are for, each part in its order', async () => {
    const { far, ended, written } = await poured()
    far.write(encodeFrame([press(codes.KEY_A), press(codes.BTN_LEFT), press(codes.KEY_B)]))
    far.write(encodeFrame([{ type: EV_ABS, code: codes.ABS_X, value: 65_535 }]))
    far.end(encodeFrame([{ type: EV_REL, code: codes.REL_WHEEL_HI_RES, value: -120 }]))
    expect(await ended).toBeUndefined()
    expect(written.slice(0, 4)).toEqual([
      'keyboard: 1/30/1 1/48/1',
      'mouse: 1/272/1',
      'pointer: 3/0/65535',
      'mouse: 2/11/-120',
    ])
  })

  test('leave nothing pressed when they end', async () => {
    const { far, ended, written } = await poured()
    far.write(encodeFrame([press(codes.KEY_A)]))
    far.write(encodeFrame([press(codes.KEY_B)]))
    far.write(encodeFrame([release(codes.KEY_A)]))
    far.write(encodeFrame([press(codes.BTN_LEFT)]))
    far.end()
    await ended
    expect(written.slice(-2)).toEqual(['keyboard: 1/48/0', 'mouse: 1/272/0'])
  })

  test('are answered with the lamps when they ask', async () => {
    const { far, ended } = await poured()
    const reader = new FrameReader()
    const answer = new Promise((resolve) => {
      far.on('data', (chunk: Buffer) => resolve(reader.push(chunk)))
    })
    far.write(encodeFrame([{ type: EV_MSC, code: codes.MSC_RAW, value: 1 }]))
    expect(await answer).toEqual([
      [
        { type: EV_LED, code: codes.LED_NUML, value: 0 },
        { type: EV_LED, code: codes.LED_CAPSL, value: 1 },
        { type: EV_LED, code: codes.LED_SCROLLL, value: 0 },
      ],
    ])
    far.end()
    await ended
  })
})

describe('what cannot come from a share that works ends it, and releases everything:', () => {
  test.each<[string, SinkEvent]>([
    ['a repeat', { type: EV_KEY, code: codes.KEY_A, value: 2 }],
    ['a joystick button', press(codes.BTN_TRIGGER)],
    ['a touch', press(codes.BTN_TOUCH)],
    ['the key that is none', press(codes.KEY_RESERVED)],
    ['a code beyond all keys', press(0x2ff)],
    ['motion beyond all hands', { type: EV_REL, code: codes.REL_X, value: 32_768 }],
    ['a dial', { type: EV_REL, code: codes.REL_DIAL, value: 1 }],
    ['a place beyond the screen', { type: EV_ABS, code: codes.ABS_Y, value: 65_536 }],
    ['a place before the screen', { type: EV_ABS, code: codes.ABS_Y, value: -1 }],
    ['pressure', { type: EV_ABS, code: codes.ABS_PRESSURE, value: 1 }],
    ['a scan code', { type: EV_MSC, code: codes.MSC_SCAN, value: 1 }],
    ['a lamp', { type: EV_LED, code: codes.LED_CAPSL, value: 1 }],
    ['an overrun', { type: codes.EV_SYN, code: codes.SYN_DROPPED, value: 0 }],
    ['a type that there is not', { type: 0xffff, code: 0, value: 0 }],
  ])('%s', async (_, event) => {
    const { far, ended, written } = await poured()
    far.write(encodeFrame([press(codes.KEY_A)]))
    far.write(encodeFrame([press(codes.KEY_B), event]))
    far.write(encodeFrame([press(codes.KEY_C)]))
    expect(await ended).toBe('an event is none of a keyboard or mouse')
    expect(written).toEqual(['keyboard: 1/30/1', 'keyboard: 1/30/0'])
  })

  test('a frame without an end', async () => {
    const { far, ended } = await poured()
    const part = encodeFrame([press(codes.KEY_A)]).subarray(0, 8)
    far.write(Buffer.concat(Array(65).fill(part)))
    expect(await ended).toBe('a frame is too long')
  })

  test('more than any mouse sends, but not a burst after a pause', async () => {
    const { far, ended, pass, written } = await poured()
    const motion = encodeFrame([{ type: EV_REL, code: codes.REL_X, value: 1 }])
    const burst = Buffer.concat(Array(4000).fill(motion))
    far.write(burst)
    await expect.poll(() => written.length).toBe(4000)
    pass(250)
    far.write(burst)
    await expect.poll(() => written.length).toBe(8000)
    far.write(motion)
    expect(await ended).toBe('there are too many events')
  })

  test('any bytes at all do no harm', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 })), async (chunks) => {
        const { far, ended, written } = await poured()
        for (const chunk of chunks) far.write(chunk)
        far.end()
        await ended
        for (const line of written) {
          for (const text of line.split(': ')[1]?.split(' ') ?? []) {
            const [type = 0, code = 0, value = 0] = text.split('/').map(Number)
            expect(streamOf({ type, code, value })).toBeDefined()
          }
        }
      }),
      { numRuns: 50 },
    )
  })
})

test('nodes are made all, or none', async () => {
  const closed: string[] = []
  const fails = ShareNodes.create({
    createSink: async ({ role }) => ({
      role,
      node: '',
      minor: 0,
      isCurrent: true,
      descriptor: 0,
      lamps: () => 0,
      write: () => {},
      close: () => closed.push(role),
    }),
    createClone: async () => {
      throw new Error('no room')
    },
  })
  await expect(fails).rejects.toThrow('no room')
  expect(closed).toEqual(['keyboard', 'mouse'])
})
