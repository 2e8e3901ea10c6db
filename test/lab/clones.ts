// Runs inside the machine: every recorded device is made, cloned by the engine, and played on. One JSON line a node.
import { codes } from '../../src/engine/code-table.ts'
import { codesOf } from '../../src/engine/description.ts'
import { createEngine } from '../../src/engine/engine.ts'
import type { Axis, Description, Engine, TapEvent } from '../../src/engine/types.ts'
import { allFixtures, type FixtureNode } from '../devices/fake-root.ts'
import { localMachine } from './local-process.ts'
import { played } from './played-fixture.ts'
import {
  type LabPlayer,
  type LabReader,
  type PlayedDevice,
  type PlayedEvent,
  startPlayer,
  startReader,
} from './tools.ts'

/** What became of one device. */
export interface CloneResult {
  readonly name: string
  /** Where the clone says something else than it should, by field. */
  readonly differences: readonly string[]
  /** What the device sent. */
  readonly sent: number
  /** The first event that came out differently; empty when all are the same. */
  readonly streamError: string
  /** What did not come to rest on the clone when the host took over. */
  readonly left: readonly string[]
  readonly error: string
}

const seed = 20_240_601
const batches = 12
const framesOfBatch = 6

// ---- what a clone says

/** What a clone of a device is to say: the exceptions are those of evs_sink_clone() in evswitch.h. */
export function expectedClone(device: Description): Description {
  const without = [codes.EV_FF, codes.EV_FF_STATUS, codes.EV_PWR]
  const types = without.reduce((set, type) => set & ~(1n << BigInt(type)), device.types)
  const axes = [...device.axes].map(([code, axis]) => [code, { ...axis, fuzz: 0 }] as const)
  return { ...device, types, forces: 0n, axes: new Map(axes) }
}

const ids = ['bus', 'vendor', 'product', 'version'] as const
const sets = [
  'properties',
  'types',
  'keys',
  'relative',
  'absolute',
  'misc',
  'switches',
  'leds',
  'sounds',
  'forces',
] as const

function differences(wanted: Description, found: Description): string[] {
  const all = []
  if (!Buffer.from(wanted.name).equals(found.name)) all.push('name')
  for (const id of ids) if (wanted[id] !== found[id]) all.push(`${id} ${wanted[id]} ${found[id]}`)
  for (const set of sets) {
    if (wanted[set] !== found[set]) {
      all.push(`${set} ${wanted[set].toString(16)} ${found[set].toString(16)}`)
    }
  }
  const text = ({ axes }: Description) => JSON.stringify([...axes])
  if (text(wanted) !== text(found)) all.push(`axes ${text(wanted)} ${text(found)}`)
  return all
}

/** What the recording says that the device is, as far as uinput could make it. */
function fixtureDifferences(node: FixtureNode, device: Description): string[] {
  const names = { key: 'keys', rel: 'relative', msc: 'misc', sw: 'switches', led: 'leds' } as const
  return Object.entries(names).flatMap(([text, set]) => {
    const words = (node.capabilities[text] ?? '0').split(' ')
    const wanted = words.reduce((value, word) => (value << 64n) | BigInt(`0x${word}`), 0n)
    return wanted === device[set] ? [] : [`${set} is not what was recorded`]
  })
}

// ---- a random stream

/** Numbers from a seed (mulberry32). */
function random(from: number): (below: number) => number {
  let state = from
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

type Random = (below: number) => number

/** Anywhere on an axis, or near to where it was: a filter against noise (fuzz) would eat small steps. */
function placeOn(axis: Axis | undefined, next: Random, last = 0): number {
  const { minimum = 0, maximum = 1 } = axis ?? {}
  if (next(2) === 0) return minimum + next(maximum - minimum + 1)
  return Math.min(maximum, Math.max(minimum, last + next(9) - 4))
}

/** A frame as the device could send it: every type that it has. */
function randomFrame(
  device: Description,
  next: Random,
  places: Map<number, number>,
): PlayedEvent[] {
  const one = (set: bigint) => {
    const list = codesOf(set)
    return list[next(list.length)] ?? 0
  }
  const makers: (() => PlayedEvent[])[] = []
  if (device.keys > 0n) makers.push(() => [[codes.EV_KEY, one(device.keys), next(2)]])
  if (device.relative > 0n) {
    makers.push(() => [[codes.EV_REL, one(device.relative), next(400) - 200]])
  }
  if (device.misc > 0n) makers.push(() => [[codes.EV_MSC, one(device.misc), next(2 ** 31)]])
  if (device.switches > 0n) makers.push(() => [[codes.EV_SW, one(device.switches), next(2)]])
  const slots = device.axes.get(codes.ABS_MT_SLOT)
  if (device.absolute > 0n) {
    makers.push(() => {
      const code = one(device.absolute)
      const value = placeOn(device.axes.get(code), next, places.get(code))
      places.set(code, value)
      if (slots === undefined || code < codes.ABS_MT_SLOT) return [[codes.EV_ABS, code, value]]
      const slot: PlayedEvent = [codes.EV_ABS, codes.ABS_MT_SLOT, placeOn(slots, next)]
      if (code === codes.ABS_MT_SLOT) return [slot]
      const isLift = code === codes.ABS_MT_TRACKING_ID && next(2) === 0
      return [slot, [codes.EV_ABS, code, isLift ? -1 : value]]
    })
  }
  if (makers.length === 0) return []
  return Array.from({ length: 1 + next(4) }, () => makers[next(makers.length)]?.() ?? []).flat()
}

// ---- one device

const neverSent = new Set<number>([codes.EV_LED, codes.EV_SND, codes.EV_REP, codes.EV_FF])

type Event = Pick<TapEvent, 'type' | 'code' | 'value'>

/** Frames as text, without those that only ask for the consumer. */
function framesOf(events: readonly Event[]): string[] {
  const frames: string[] = []
  let frame: string[] = []
  for (const { type, code, value } of events) {
    if (neverSent.has(type)) continue
    if (type === codes.EV_SYN && code === codes.SYN_REPORT) {
      if (frame.length > 0 && frame.join() !== '0:2:0') frames.push(frame.join(' '))
      frame = []
    } else {
      frame.push(`${type}:${code}:${value}`)
    }
  }
  return frames
}

function firstDifference(sent: readonly string[], seen: readonly string[]): string {
  const length = Math.max(sent.length, seen.length)
  for (let index = 0; index < length; index++) {
    if (sent[index] === seen[index]) continue
    return `frame ${index} of ${sent.length}: sent ${sent[index]}, seen ${seen[index]}`
  }
  return ''
}

/** Everything that was written to devices until now has been routed. */
async function settled(engine: Engine): Promise<void> {
  // The first answer may be of a turn that began before; the second is of one after it.
  await engine.setTap(true)
  await engine.setTap(true)
}

async function playOn(
  engine: Engine,
  device: PlayedDevice,
  description: Description,
  reader: LabReader,
): Promise<{ sent: readonly string[]; seen: readonly string[] }> {
  const tapped: TapEvent[] = []
  const listen = (events: readonly TapEvent[]) => void tapped.push(...events)
  await settled(engine)
  await reader.pressed()
  const before = reader.events.length
  engine.events.on('tap', listen)
  const next = random(seed)
  const places = new Map<number, number>()
  for (let batch = 0; batch < batches; batch++) {
    const frames = Array.from({ length: framesOfBatch }, () =>
      randomFrame(description, next, places),
    )
    await device.events(
      ...frames.flatMap((frame): PlayedEvent[] => [...frame, [codes.EV_SYN, codes.SYN_REPORT, 0]]),
    )
    await settled(engine)
    await reader.pressed() // a reader that falls behind loses what its queue cannot hold
  }
  engine.events.off('tap', listen)
  return { sent: framesOf(tapped), seen: framesOf(reader.events.slice(before)) }
}

/** What is pressed or touched on the clone. */
async function notAtRest(reader: LabReader, clone: Description): Promise<string[]> {
  const keys = [...(await reader.pressed()).values()].flat().map((key) => `key ${key}`)
  const contacts = new Map<number, number>()
  let slot = 0
  for (const { type, code, value } of reader.events) {
    if (type !== codes.EV_ABS) continue
    if (code === codes.ABS_MT_SLOT) slot = value
    if (code === codes.ABS_MT_TRACKING_ID) contacts.set(slot, value)
  }
  const hasSlots = clone.axes.has(codes.ABS_MT_SLOT)
  const touching = [...contacts].filter(([, id]) => hasSlots && id >= 0)
  return [...keys, ...touching.map(([place]) => `slot ${place}`)]
}

async function tryNode(engine: Engine, player: LabPlayer, node: FixtureNode): Promise<CloneResult> {
  const device = await player.create(played(node))
  // Repeats that the kernel makes come when they like.
  await device.events([codes.EV_REP, codes.REP_DELAY, 0], [codes.EV_REP, codes.REP_PERIOD, 0])
  const source = engine.openSource(device.node, { everything: true })
  const description = engine.describe(source)
  const sink = await engine.createClone(description, {
    phys: 'evswitch-guest-event-clone1',
    profile: 'everything',
  })
  const look = engine.openSource(sink.node)
  const found = engine.describe(look)
  look.close()
  const clone = await engine.addClone('guest', sink)
  await engine.addSource(source, [clone])
  const reader = await startReader(localMachine, [clone.node], { grab: true })
  await engine.switchTo('guest')
  const { sent, seen } = await playOn(engine, device, description, reader)
  await engine.switchTo('host')
  const left = await notAtRest(reader, found)
  await engine.removeSource(source)
  await engine.removeClone(clone)
  await Promise.all([reader.stop(), device.destroy()])
  return {
    name: node.name,
    differences: [
      ...fixtureDifferences(node, description),
      ...differences(expectedClone(description), found),
    ],
    sent: sent.length,
    streamError: firstDifference(sent, seen),
    left,
    error: '',
  }
}

async function main(): Promise<void> {
  await using engine = createEngine()
  engine.start()
  await engine.addTarget({ name: 'guest' })
  const player = await startPlayer(localMachine)
  for (const node of allFixtures().flatMap(({ fixture }) => fixture.nodes)) {
    let result: CloneResult
    try {
      result = await tryNode(engine, player, node)
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      result = { name: node.name, differences: [], sent: 0, streamError: '', left: [], error: text }
    }
    process.stdout.write(`${JSON.stringify(result)}\n`)
  }
  await player.stop()
}

if (process.argv[1] === import.meta.filename) await main()
