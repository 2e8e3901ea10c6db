import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RecordedDevice } from '../../../src/capture/recording.ts'
import { RecordingWriter } from '../../../src/capture/recording-file.ts'
import { capture } from '../capture.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evswitch-monitor-'))
  path = join(folder, 'try.jsonl')
})
afterEach(() => rmSync(folder, { recursive: true }))

const bits = {
  ev: '3',
  key: '1',
  rel: '0',
  abs: '0',
  msc: '0',
  sw: '0',
  led: '0',
  snd: '0',
  ff: '0',
}

function device(number: number, node: string, name: string, kind: string): RecordedDevice {
  const id = { bus: '0003', vendor: '046d', product: 'c52b', version: '0111' }
  const texts = { phys: '', uniq: '', properties: '0', capabilities: bits }
  return { device: number, node, name, kind, id, ...texts }
}

/** A keyboard and a mouse: a key, motion, an overrun, a departure. */
function record(): void {
  const writer = new RecordingWriter(path)
  const frame = (number: number, timeUs: number, events: [number, number, number][]) => {
    const named = events.map(([type, code, value]) => ({ type, code, value }))
    const facts = { device: number, timeUs, latencyUs: 87, events: named }
    writer.add({ kind: 'frame', frame: { ...facts, dropped: events.length === 0 } })
  }
  writer.add({ kind: 'device', device: device(0, 'event3', 'A Keyboard', 'keyboard') })
  writer.add({ kind: 'device', device: device(1, 'event12', 'A Mouse', 'mouse') })
  frame(0, 1_250_000, [
    [4, 4, 0x70004],
    [1, 30, 1],
  ])
  frame(1, 1_250_400, [
    [2, 0, -3],
    [2, 1, 5],
  ])
  frame(0, 1_330_000, [[1, 30, 0]])
  frame(1, 1_358_400, [])
  writer.add({ kind: 'departure', device: 1, timeUs: 2_000_000 })
  writer.finish(7)
}

describe('evswitch monitor --replay', () => {
  test('shows a recording as if it came now', async () => {
    record()
    expect(await capture(['monitor', '--replay', path])).toEqual({
      code: 0,
      err: '',
      out: [
        '     seconds node            since   latency  events',
        '+ event3: A Keyboard (keyboard, 046d:c52b)',
        '+ event12: A Mouse (mouse, 046d:c52b)',
        '    1.250000 event3                 0.087 ms  MSC_SCAN 0x70004, KEY_A down',
        '    1.250400 event12                0.087 ms  REL_X -3, REL_Y 5',
        '    1.330000 event3     +80.000 ms  0.087 ms  KEY_A up',
        '    1.358400 event12   +108.000 ms  0.087 ms  (events are missing here)',
        '- event12',
        '7 events were lost: the devices sent more than could be shown',
        '',
      ].join('\n'),
    })
  })

  test('gives one JSON object a line', async () => {
    record()
    const { out } = await capture(['monitor', '--json', '--replay', path])
    const lines = out.trimEnd().split('\n')
    const objects = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(objects.map(({ event }) => event)).toEqual([
      'device',
      'device',
      'frame',
      'frame',
      'frame',
      'frame',
      'departure',
      'end',
    ])
    expect(objects[2]).toEqual({
      event: 'frame',
      node: 'event3',
      timeUs: 1_250_000,
      latencyUs: 87,
      events: [
        { type: 'EV_MSC', code: 'MSC_SCAN', value: 0x70004 },
        { type: 'EV_KEY', code: 'KEY_A', value: 1 },
      ],
    })
  })

  test('shows what stands before a fault, then the line of the fault', async () => {
    record()
    const lines = readFileSync(path, 'utf8').split('\n')
    writeFileSync(path, `${lines.slice(0, 4).join('\n')}\n`)
    const { code, out, err } = await capture(['monitor', '--replay', path])
    expect(code).toBe(2)
    expect(out).toContain('KEY_A down')
    expect(err).toMatch(/try\.jsonl:4: bad recording: it is cut short after this line: the end is/)
  })

  test('prints nothing of a file that is none', async () => {
    writeFileSync(path, 'root:x:0:0\n')
    const { code, out, err } = await capture(['monitor', '--replay', path])
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain('try.jsonl:1: bad recording: the line is not JSON')
    expect(err).not.toContain('root')
  })

  test.each([[['event3']], [['--record', 'x']], [['--seconds', '3']]])(
    'is alone: not with %j',
    async (more) => {
      const { code, err } = await capture(['monitor', '--replay', 'x', ...more])
      expect(code).toBe(2)
      expect(err).toContain('--replay shows a recording and nothing else')
    },
  )
})

describe('evswitch monitor and identify', () => {
  test.each(['0', '-1', 'x', '1e3', '86401', ' '])('refuse %j seconds', async (seconds) => {
    for (const command of ['monitor', 'identify']) {
      const { code, err } = await capture([command, `--seconds=${seconds}`])
      expect(code).toBe(2)
      expect(err).toContain('bad number of seconds')
    }
  })

  test('have helps that fit 80 columns', async () => {
    for (const command of ['monitor', 'identify']) {
      const { out } = await capture([command, '--help'])
      expect(out).toContain('Examples:')
      for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
    }
  })

  test('show names of keys on a terminal only', async () => {
    const { code, err } = await capture(['identify', '--keys', '--json'])
    expect(code).toBe(2)
    expect(err).toContain('names of keys are shown on a terminal only')
  })
})
