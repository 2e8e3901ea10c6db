import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { encodeDescription } from '../../src/engine/description.ts'
import { createEngine } from '../../src/engine/engine.ts'
import type { Description, Engine } from '../../src/engine/types.ts'
import { Clones, type CloneWish } from '../../src/service/clones.ts'
import type { Notice } from '../../src/service/notice.ts'
import { Sources } from '../../src/service/sources.ts'
import { Teardown } from '../../src/service/teardown.ts'
import { FakeRoot, loadFixture, type PluggedNode } from '../devices/fake-root.ts'
import { type SimDevice, SimLibrary } from '../engine/sim-library.ts'

const pad: Description = {
  name: Buffer.from('pad'),
  bus: 3,
  vendor: 1,
  product: 2,
  version: 3,
  properties: 0n,
  types: 0b1011n,
  keys: 1n << 304n,
  relative: 0n,
  absolute: 1n,
  misc: 0n,
  switches: 0n,
  leds: 0n,
  sounds: 0n,
  forces: 0n,
  axes: new Map([[0, { value: 0, minimum: -9, maximum: 9, fuzz: 0, flat: 0, resolution: 0 }]]),
}

let root: FakeRoot
let library: SimLibrary
let engine: Engine
let notices: Notice[]
let teardown: Teardown
const end = new AbortController()

beforeEach(async () => {
  root = new FakeRoot()
  library = new SimLibrary()
  engine = createEngine({}, library)
  engine.start()
  for (const name of ['one', 'two']) await engine.addTarget({ name })
  notices = []
  teardown = new Teardown()
})
afterEach(async () => {
  await teardown.run()
  await engine.stop()
  root.remove()
})

/** For every guest, and there from the start. */
function clones(...names: string[]): Clones {
  return clonesOf(...names.map((device) => ({ device, target: undefined, waits: false })))
}

function clonesOf(...wishes: CloneWish[]): Clones {
  const report = (notice: Notice) => void notices.push(notice)
  const log = pino({ level: 'silent' })
  return new Clones({
    engine,
    wishes,
    targets: ['one', 'two'],
    log,
    report,
    teardown,
    root: root.path,
  })
}

function sources(own: Clones): Sources {
  const report = (notice: Notice) => void notices.push(notice)
  const log = pino({ level: 'silent' })
  return new Sources({ engine, names: [], clones: own, log, report, root: root.path })
}

function plug(name: string, description = pad): { nodes: PluggedNode[]; devices: SimDevice[] } {
  const nodes = root.plug(loadFixture(name))
  const devices = nodes.map(({ node }) => ({
    path: node,
    flags: 1,
    description: encodeDescription(description),
    isPlugged: true,
    source: undefined,
  }))
  library.devices.push(...devices)
  return { nodes, devices }
}

/** The device goes, and one with this description comes in its place. */
function replug({ devices }: { devices: SimDevice[] }, description: Description): void {
  for (const device of devices) {
    device.isPlugged = false
    if (device.source !== undefined) library.api.unplug(library.sim, device.source)
    library.devices.push({
      path: device.path,
      flags: 1,
      description: encodeDescription(description),
      isPlugged: true,
      source: undefined,
    })
  }
  library.pump()
}

test('a device that was asked for is cloned for each guest and nothing else, others are routed', async () => {
  plug('at-keyboard')
  const { nodes } = plug('xbox-360-pad')
  const own = clones('x-box')
  const taken = sources(own)
  const { devices, cloned, left } = taken.open()
  expect(devices.map(({ kind }) => kind)).toEqual(['keyboard'])
  expect(cloned.map(({ node }) => node)).toEqual(nodes.map(({ node }) => node))
  expect(left).toEqual([])
  await taken.addAll(end.signal)
  for (const target of ['one', 'two']) {
    expect(own.of(target).map(({ role, link }) => [role, link.path])).toEqual([
      ['clone1', `/dev/input/by-id/evswitch-${target}-event-clone1`],
    ])
  }
  expect(library.openHandles).toBe(0)
  expect(notices).toEqual([])
})

test('every node of a device has its own number', () => {
  plug('wacom-intuos-pt-s')
  const own = clones('wacom')
  const nodes = own.choose()
  expect(nodes.length).toBeGreaterThan(1)
  expect(nodes.every((node) => own.wants(node))).toBe(true)
})

test('clones stay while their device is away, and it feeds them again', async () => {
  const plugged = plug('xbox-360-pad')
  const own = clones('x-box')
  const device = own.choose()[0]
  if (device === undefined) throw new Error('no device')
  const open = () => engine.openSource(device.node, { everything: true })
  await own.add(device, open(), end.signal)
  own.begun()
  const before = own.of('one')
  replug(plugged, {
    ...pad,
    axes: new Map([...pad.axes].map(([code, axis]) => [code, { ...axis, value: 7 }])),
  })
  await own.add(device, open(), end.signal)
  expect(own.of('one')).toEqual(before)
  expect(notices).toEqual([])
})

test('clones of a device that has other abilities when it comes back are made anew, and it is told', async () => {
  const plugged = plug('xbox-360-pad')
  const own = clones('x-box')
  const device = own.choose()[0]
  if (device === undefined) throw new Error('no device')
  const open = () => engine.openSource(device.node, { everything: true })
  await own.add(device, open(), end.signal)
  own.begun()
  const before = own.of('one')[0]?.link.node
  replug(plugged, { ...pad, keys: pad.keys | (1n << 305n) })
  await own.add(device, open(), end.signal)
  expect(own.of('one')[0]?.link.node).not.toBe(before)
  expect(own.of('one')[0]?.link.path).toBe('/dev/input/by-id/evswitch-one-event-clone1')
  expect(notices).toMatchObject([{ kind: 'warning' }])
  expect(notices[0]).toHaveProperty('text', expect.stringContaining('were made anew'))
})

test('a device without a fitting name is an error, as is one of our own', () => {
  plug('xbox-360-pad')
  plug('evswitch-guest-nodes')
  expect(() => clones('joystick').choose()).toThrow('no device is called "joystick"')
  expect(() => clones('evswitch win10 keyboard').choose()).toThrow('is a node of evswitch itself')
})

test('more nodes than there is room for are refused', () => {
  const all = ['wacom-intuos-pt-s', 'dualsense-bluetooth', 'razer-blade-laptop', 'razer-naga']
  all.push('mosart-2.4g-keyboard-mouse', 'logitech-nano-receiver')
  const nodes = all.flatMap((name) => plug(name).nodes.map(({ eventName }) => eventName))
  expect(nodes.length).toBeGreaterThan(16)
  expect(() => clones(...nodes).choose()).toThrow('nodes are to be cloned: 16 are the most')
})

test('a guest is given the clones that are meant for it, and a device has one number for all', async () => {
  plug('at-keyboard')
  plug('xbox-360-pad')
  plug('elan-usb-touchscreen')
  const own = clonesOf(
    { device: 'x-box', target: 'two', waits: true },
    { device: 'elan', target: undefined, waits: true },
  )
  const taken = sources(own)
  taken.open()
  await taken.addAll(end.signal)
  const roles = (target: string) => own.of(target).map(({ role }) => role)
  expect({ one: roles('one'), two: roles('two') }).toEqual({
    one: ['clone2'],
    two: ['clone1', 'clone2'],
  })
})

test('a device of a file that comes later keeps its number, is cloned then, and it is told', async () => {
  plug('at-keyboard')
  plug('elan-usb-touchscreen')
  const own = clonesOf(
    { device: 'x-box', target: 'one', waits: true },
    { device: 'elan', target: 'one', waits: true },
  )
  const taken = sources(own)
  expect(taken.open().advice).toEqual([
    'no device is called "x-box" now; it is cloned when it comes',
  ])
  await taken.addAll(end.signal)
  own.begun()
  expect(own.of('one').map(({ role }) => role)).toEqual(['clone2'])

  const stopped = new AbortController()
  const following = taken.follow(stopped.signal)
  plug('xbox-360-pad')
  engine.events.emit('devices', { timeNs: 0n })
  await expect
    .poll(() => notices.map(({ kind }) => kind), { timeout: 9000 })
    .toContain('device-arrived')
  stopped.abort()
  await following
  expect(own.of('one').map(({ role }) => role)).toEqual(['clone2', 'clone1'])
  const path = '/dev/input/by-id/evswitch-one-event-clone1'
  expect(notices).toContainEqual({
    kind: 'warning',
    text: 'Microsoft X-Box 360 pad came after the start: machines that run do not have its clone',
    remedy: `start such a machine again, or give it to them: ${path}`,
  })
})

test('a device that comes is not cloned where there is no room left', () => {
  const wishes = Array.from({ length: 16 }, (_, at) => `no ${at}`)
  const own = clonesOf(
    ...[...wishes, 'x-box'].map((device) => ({ device, target: 'one', waits: true })),
  )
  expect(() => own.choose()).toThrow('17 nodes are to be cloned: 16 are the most')
})
