import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { recordingLine } from '../../src/capture/recording.ts'
import { RecordingPlayer } from '../../src/capture/recording-player.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { SimLibrary } from '../engine/sim-library.ts'

const none = { rel: '0', msc: '0', sw: '0', led: '0', snd: '0', ff: '0' }
const pad = {
  device: 0,
  node: 'event3',
  name: 'a pad',
  kind: 'gamepad',
  id: { bus: '0003', vendor: '045e', product: '028e', version: '0114' },
  phys: '',
  uniq: '',
  properties: '0',
  capabilities: { ...none, ev: 'b', key: '1000000000000 0 0 0 0', abs: '1' },
  axes: { 0: [-9, 9, 0, 0, 0] },
}

let folder: string
let library: SimLibrary
let player: RecordingPlayer
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evswitch-player-'))
  library = new SimLibrary()
  player = new RecordingPlayer(createEngine({}, library))
})
afterEach(async () => {
  await player[Symbol.asyncDispose]()
  expect(library.openHandles).toBe(0)
  rmSync(folder, { recursive: true })
})

function file(...lines: object[]): string {
  const path = join(folder, 'try.jsonl')
  const header = recordingLine({ kind: 'header', kernel: '6.1.0' })
  const end = { end: { frames: lines.filter((line) => 'frame' in line).length, lostEvents: 0 } }
  const texts = [header, ...[...lines, end].map((line) => JSON.stringify(line))]
  writeFileSync(path, `${texts.join('\n')}\n`)
  return path
}

test('devices are made first, then their frames are played and shown in their order', async () => {
  const path = file(
    pad,
    { frame: [0, 10, 1, [[3, 0, 5]]] },
    {
      frame: [
        0,
        2000,
        1,
        [
          [1, 304, 1],
          [17, 0, 1],
        ],
      ],
    },
    { departure: [0, 3000] },
  )
  expect(await player.create(path)).toEqual([{ name: 'a pad', node: '/dev/input/event100' }])
  const shown: string[] = []
  await player.play(path, ({ kind }) => void shown.push(kind), new AbortController().signal)
  expect(shown).toEqual(['header', 'device', 'frame', 'frame', 'departure', 'end'])
  expect(library.written).toEqual([['3:0:5'], ['1:304:1']])
})

test('what waits for a far frame ends with the signal', async () => {
  const path = file(pad, { frame: [0, 2 ** 52, 1, [[3, 0, 5]]] })
  await player.create(path)
  const end = new AbortController()
  const playing = player.play(path, () => {}, end.signal)
  end.abort(new Error('enough'))
  await expect(playing).rejects.toThrow()
  expect(library.written).toEqual([])
})

test.each([
  [{ ...pad, axes: undefined }, 'have no ranges'],
  [{ ...pad, capabilities: { ...pad.capabilities, rel: '10000' } }, 'codes that do not exist'],
])('a device that is not described well enough is refused', async (device, reason) => {
  await expect(player.create(file(device))).rejects.toThrow(reason)
})

test('more devices than a bug report needs are refused', async () => {
  const many = Array.from({ length: 65 }, (_, device) => ({ ...pad, device }))
  await expect(player.create(file(...many))).rejects.toThrow('more than 64 devices')
})
