import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type RecordedDevice,
  type RecordedFrame,
  type RecordingEntry,
  RecordingReader,
  recordedDevice,
  recordedFrame,
  recordingLine,
} from '../../src/capture/recording.ts'
import { listDevices } from '../../src/devices/list.ts'
import { EvswitchError } from '../../src/errors.ts'
import { allFixtures, FakeRoot } from '../devices/fake-root.ts'
import { frameOf } from './frames-of.ts'

const header: RecordingEntry = { kind: 'header', kernel: '6.1.0' }
const keyboard: RecordedDevice = {
  device: 0,
  node: 'event3',
  name: 'A Keyboard',
  kind: 'keyboard',
  id: { bus: '0003', vendor: '046d', product: 'c52b', version: '0111' },
  phys: 'usb-1/input0',
  uniq: '',
  properties: '0',
  capabilities: {
    ev: '120013',
    key: '3 0 0 ffffffffffffffff',
    rel: '0',
    abs: '0',
    msc: '10',
    sw: '0',
    led: '1f',
    snd: '0',
    ff: '0',
  },
}
const device: RecordingEntry = { kind: 'device', device: keyboard }

/** Reads lines as a recording that begins well. */
function read(...lines: readonly string[]): RecordingEntry[] {
  const reader = new RecordingReader('try.jsonl')
  const entries = [recordingLine(header), recordingLine(device), ...lines].map((line) =>
    reader.line(line),
  )
  reader.finish()
  return entries
}

const event = fc.record({
  type: fc.integer({ min: 0, max: 0x1f }),
  code: fc.integer({ min: 0, max: 0x2ff }),
  value: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
})
const frame: fc.Arbitrary<RecordedFrame> = fc.record({
  device: fc.constant(0),
  timeUs: fc.maxSafeNat(),
  latencyUs: fc.maxSafeNat(),
  events: fc.array(event, { maxLength: 64 }),
  dropped: fc.boolean(),
})

describe('a recording', () => {
  test('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 20 }), (frames) => {
        const entries: RecordingEntry[] = [
          ...frames.map((each) => ({ kind: 'frame', frame: each }) as const),
          { kind: 'departure', device: 0, timeUs: 5 },
          { kind: 'end', frames: frames.length, lostEvents: 3 },
        ]
        expect(read(...entries.map(recordingLine))).toEqual([header, device, ...entries])
      }),
    )
  })

  test('has times from its start, in whole microseconds', () => {
    const made = recordedFrame(2, frameOf(1500, [1, 30, 1]), 1_000_400n)
    expect(made).toEqual({
      device: 2,
      timeUs: 499,
      latencyUs: 50,
      events: [{ type: 1, code: 30, value: 1 }],
      dropped: false,
    })
  })

  test.each(allFixtures())('describes $name with the texts of its fixture', ({ fixture }) => {
    const root = new FakeRoot()
    try {
      root.plug(fixture)
      for (const [at, one] of listDevices(root.path).devices.entries()) {
        const described = recordedDevice(at, one)
        const node = fixture.nodes[at]
        expect(described).toMatchObject({
          id: node?.id,
          properties: node?.properties,
          capabilities: node?.capabilities,
        })
        const reader = new RecordingReader('r')
        reader.line(recordingLine(header))
        const line = recordingLine({ kind: 'device', device: described })
        expect(reader.line(line)).toEqual({ kind: 'device', device: described })
      }
    } finally {
      root.remove()
    }
  })
})

const end = '{"end":{"frames":0,"lostEvents":0}}'
const oneFrame = '{"frame":[0,1,1,[[1,30,1]]]}'
const changed = (change: object) => JSON.stringify({ ...keyboard, device: 1, ...change })

describe('a bad recording', () => {
  test.each([
    ['{"frame":[0,1,1,[[1,30,1]]]', 'the line is not JSON'],
    ['[]', 'the line is not an object'],
    ['{}', 'the line is neither a device, a frame, a departure nor the end'],
    ['{"frame":[1,1,1,[]]}', 'device 1 is not described before'],
    ['{"frame":[0,1,1]}', 'the frame is not a list of 4'],
    ['{"frame":[0,-1,1,[]]}', 'the time is not a whole number from 0 to 9007199254740991'],
    ['{"frame":[0,1,1,[[1,30]]]}', 'the event is not a list of 3'],
    ['{"frame":[0,1,1,[[32,30,1]]]}', 'the type is not a whole number from 0 to 31'],
    ['{"frame":[0,1,1,[[1,768,1]]]}', 'the code is not a whole number from 0 to 767'],
    ['{"frame":[0,1,1,[[1,30,2147483648]]]}', 'the value is not a whole number from'],
    ['{"frame":[0,1,1,[[1,30,1.5]]]}', 'the value is not a whole number from'],
    ['{"frame":[0,1,1,[[1,30,"1"]]]}', 'the value is not a whole number from'],
    [`{"frame":[0,1,1,[${'[1,30,1],'.repeat(256)}[1,30,1]]]}`, 'a frame has 256 events at most'],
    ['{"departure":[3,1]}', 'device 3 is not described before'],
    [JSON.stringify(keyboard), 'device 0 is described twice'],
    [changed({ device: 1024 }), 'the device is not a whole number from 0 to 1023'],
    [changed({ node: '../../etc/passwd' }), '"node" is not the name of an event node'],
    [changed({ name: 7 }), '"name" is not a text'],
    [changed({ id: null }), '"id" is not an object'],
    [changed({ properties: 'zz' }), '"properties" is not a row of hexadecimal words'],
    [changed({ axes: 7 }), '"axes" is not an object'],
    [changed({ axes: { 64: [0, 1, 0, 0, 0] } }), 'an axis is none of 0 to 63'],
    [changed({ axes: { 0: [0, 1] } }), 'the range of an axis is not a list of 5'],
    [changed({ axes: { 0: [0, 2 ** 31, 0, 0, 0] } }), 'the range of an axis is not a whole number'],
  ])('is refused at the line %s', (line, reason) => {
    const attempt = () => read(line, end)
    expect(attempt).toThrow(EvswitchError)
    expect(attempt).toThrow(`try.jsonl:3: bad recording: ${reason}`)
  })

  test('that was cut within a line is told', () => {
    const reader = new RecordingReader('try.jsonl')
    reader.line(recordingLine(header))
    expect(() => reader.finish('{"fra')).toThrow(
      'try.jsonl:2: bad recording: it is cut short within',
    )
  })

  test('that was cut between lines is told', () => {
    expect(() => read(oneFrame)).toThrow(
      'try.jsonl:3: bad recording: it is cut short after this line',
    )
  })

  test('that lost a line is told', () => {
    expect(() => read(end.replace('"frames":0', '"frames":2'))).toThrow(
      'try.jsonl:3: bad recording: the end tells of 2 frames, but there are 0',
    )
  })

  test('with more behind its end is told', () => {
    expect(() => read(end, oneFrame)).toThrow('try.jsonl:4: bad recording: there is more behind')
  })

  test.each([
    ['', 'the line is not JSON'],
    ['{"name":"something else"}', 'the first line does not say it is one'],
    ['{"evswitch":"recording","version":2}', 'its version is not 1'],
  ])('is something else: %s', (line, reason) => {
    expect(() => new RecordingReader('f').line(line)).toThrow(`f:1: bad recording: ${reason}`)
  })

  test('does not reach the terminal by the names in it', () => {
    const forged = changed({ name: 'Evil\u001b[2J\\x1b\u202e', kind: 'key\nboard' })
    const [, , entry] = read(forged, end)
    expect(entry).toMatchObject({
      device: { name: 'Evil\\x1b[2J\\x1b\\u{202e}', kind: 'key\\x0aboard' },
    })
    const reader = new RecordingReader('\u001b[2J')
    expect(() => reader.line('x')).toThrow('\\x1b[2J:1: bad recording')
  })

  test('of any kind ends in this error and no other', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.json(), fc.string(), fc.constant(oneFrame))), (lines) => {
        try {
          read(...lines)
        } catch (error) {
          expect(error).toMatchObject({ code: 'bad-recording' })
        }
      }),
    )
  })
})
