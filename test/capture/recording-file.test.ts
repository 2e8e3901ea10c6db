import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RecordingEntry } from '../../src/capture/recording.ts'
import { RecordingWriter, readRecording } from '../../src/capture/recording-file.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evswitch-recording-'))
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
const device: RecordingEntry = {
  kind: 'device',
  device: {
    device: 0,
    node: 'event3',
    name: 'Tastatur für 日本語',
    kind: 'keyboard',
    id: { bus: '0003', vendor: '0001', product: '0002', version: '0003' },
    phys: '',
    uniq: '',
    properties: '0',
    capabilities: bits,
  },
}

function frame(timeUs: number): RecordingEntry {
  const events = [{ type: 1, code: 30, value: timeUs % 2 }]
  return { kind: 'frame', frame: { device: 0, timeUs, latencyUs: 1, events, dropped: false } }
}

test('a recording of many pieces is read back as it was written', () => {
  const frames = Array.from({ length: 20_000 }, (_, at) => frame(at))
  const writer = new RecordingWriter(path)
  for (const entry of [device, ...frames]) writer.add(entry)
  writer.finish(0)
  const [header, ...rest] = [...readRecording(path)]
  expect(header).toMatchObject({ kind: 'header' })
  expect(rest).toEqual([device, ...frames, { kind: 'end', frames: 20_000, lostEvents: 0 }])
})

test('a recording belongs to its owner alone', () => {
  new RecordingWriter(path).finish(0)
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('a file that is there is not overwritten', () => {
  writeFileSync(path, 'mine')
  expect(() => new RecordingWriter(path)).toThrow(/is there already\nchoose another name/)
  expect(readFileSync(path, 'utf8')).toBe('mine')
})

test('a recording that did not begin leaves no file', () => {
  new RecordingWriter(path).abandon()
  expect(() => statSync(path)).toThrow()
})

test('a folder that is missing is told', () => {
  expect(() => new RecordingWriter(join(folder, 'none', 'x'))).toThrow(/cannot write .*: ENOENT/)
})

test('what stands before a fault is given out', () => {
  const writer = new RecordingWriter(path)
  writer.add(device)
  writer.add(frame(1))
  writer.finish(0)
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, text.slice(0, text.lastIndexOf('{"end"') + 3))
  const read: RecordingEntry[] = []
  expect(() => {
    for (const entry of readRecording(path)) read.push(entry)
  }).toThrow(`${path}:4: bad recording: it is cut short within this line`)
  expect(read.slice(1)).toEqual([device, frame(1)])
})

test.each([
  ['/dev/zero', /\/dev\/zero is not a file/],
  ['/nonexistent', /cannot read \/nonexistent: ENOENT/],
  ['/', /is not a file/],
])('%s is no recording', (name, message) => {
  expect(() => [...readRecording(name)]).toThrow(message)
})

test('an empty file and a line without an end are refused with little memory', () => {
  writeFileSync(path, '')
  expect(() => [...readRecording(path)]).toThrow(`${path}:1: bad recording: it is empty`)
  writeFileSync(path, 'x'.repeat(10_000_000))
  expect(() => [...readRecording(path)]).toThrow(
    `${path}:1: bad recording: the line is longer than`,
  )
})
