import { afterEach, beforeEach, expect, test } from 'vitest'
import { decodeConfig } from '../../src/config/decode.ts'
import type { Device } from '../../src/devices/device.ts'
import { listDevices } from '../../src/devices/list.ts'
import type { KeyMap } from '../../src/engine/key-map.ts'
import type { Engine, Source } from '../../src/engine/types.ts'
import { type MapOptions, Maps, noMap } from '../../src/service/maps.ts'
import { sessionOptions } from '../../src/service/session-options.ts'
import { FakeRoot } from '../devices/fake-root.ts'

let root: FakeRoot
let devices: readonly Device[]

beforeEach(() => {
  root = new FakeRoot()
  root.plugAll('razer-naga')
  root.plugAll('qemu-usb-keyboard')
  devices = listDevices(root.path).devices
})

afterEach(() => root.remove())

/** An engine that writes down the maps it is given. */
class FakeEngine {
  readonly maps: KeyMap[] = []
  classOf: (source: Source) => number = () => 0

  async setMap(map: KeyMap, classOf: (source: Source) => number): Promise<void> {
    this.maps.push(map)
    this.classOf = classOf
  }
}

function mapsOf(...lines: string[]) {
  const engine = new FakeEngine()
  return { engine, maps: new Maps(engine as unknown as Engine, optionsOf(...lines), root.path) }
}

function optionsOf(...lines: string[]): MapOptions {
  const { config } = decodeConfig(lines.join('\n'))
  if (config === undefined) throw new Error('no configuration')
  const { map } = sessionOptions(config)
  return map ?? noMap
}

const naga = () => devices.filter(({ name }) => name.includes('Naga'))
const keyboard = () => devices.filter(({ name }) => name.includes('QEMU'))

test('all nodes that a name fits are of one class, and all others of the first', async () => {
  const { engine, maps } = mapsOf('[[map]]', 'device = "Naga"', 'keys.btn_side = "a"')
  expect(naga().length).toBeGreaterThan(1)
  expect(keyboard().map((device) => maps.classOf(device))).toEqual(keyboard().map(() => 0))
  expect(naga().map((device) => maps.classOf(device))).toEqual(naga().map(() => 1))
  await maps.set()
  expect(engine.maps.at(-1)?.classes.map((byTarget) => [...byTarget])).toEqual([[], [['guest', 0]]])
})

test('a device of a new class brings its tables, one of a known class none', async () => {
  const { engine, maps } = mapsOf('[[map]]', 'device = "Naga"', 'keys.btn_side = "a"')
  await maps.set()
  await maps.set()
  expect(engine.maps).toHaveLength(1)
  for (const device of naga()) maps.classOf(device)
  await maps.set()
  for (const device of devices) maps.classOf(device)
  await maps.set()
  expect(engine.maps).toHaveLength(2)
})

test('a map may come later, and go again', async () => {
  const { engine, maps } = mapsOf()
  await maps.set()
  expect(engine.maps.at(-1)).toEqual({ rules: [], axes: [], classes: [] })
  await maps.replace(optionsOf('[[map]]', 'keys.f1 = "a"'), devices)
  expect(engine.maps.at(-1)?.rules).toHaveLength(1)
  await maps.replace(noMap, devices)
  expect(engine.maps.at(-1)?.rules).toEqual([])
})

test('another configuration finds the class of every source anew', async () => {
  const { engine, maps } = mapsOf('[[map]]', 'device = "Naga"', 'keys.btn_side = "a"')
  const [mouse] = naga()
  const [board] = keyboard()
  const sources = [mouse, board].map((device) => {
    const source = {} as Source
    if (device !== undefined) maps.opened(source, device)
    return source
  })
  await maps.set()
  await maps.replace(optionsOf('[[map]]', 'device = "QEMU"', 'keys.f1 = "a"'), devices)
  expect(sources.map((source) => engine.classOf(source))).toEqual([0, 1])
})

test('a rule for a key that no device has is told', () => {
  const { maps } = mapsOf(
    ...['[[map]]', 'keys.f1 = "a"', 'keys.0x2fe = "b"'],
    ...[
      '[[map]]',
      'device = "QEMU"',
      'keys.btn_side = "a"',
      '[[map]]',
      'device = "gone"',
      'keys.f1 = "b"',
    ],
  )
  expect(maps.unheard(devices)).toEqual([
    'no device has 0x2fe, which the map has a rule for',
    'QEMU has no btn_side, which the map has a rule for',
    'gone has no f1, which the map has a rule for',
  ])
})
