import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DescriptionMemory } from '../../src/devices/description-memory.ts'
import { type DeviceChange, deviceChanges, type WatchOptions } from '../../src/devices/watch.ts'
import { FakeRoot, inPort, loadFixture } from './fake-root.ts'

let root: FakeRoot
let stop: AbortController
beforeEach(() => {
  root = new FakeRoot()
  stop = new AbortController()
})
afterEach(() => {
  stop.abort()
  root.remove()
})

/** Takes changes one by one, as text; fails when the next does not come within two seconds. */
function watching(options: Partial<WatchOptions> = {}) {
  const changes = deviceChanges({ signal: stop.signal, root: root.path, ...options })
  return {
    changes,
    async next(): Promise<string> {
      const late = sleep(2000, 'nothing came', { ref: false })
      const result = await Promise.race([changes.next(), late])
      if (typeof result === 'string') return result
      return result.done ? 'end' : textOf(result.value)
    },
    async take(count: number): Promise<string[]> {
      const list = []
      while (list.length < count) list.push(await this.next())
      return list
    },
  }
}

function textOf(change: DeviceChange): string {
  if (change.kind === 'listed') return 'listed'
  if (change.kind === 'waiting') return `waiting ${change.node}: ${change.reason}`
  return `${change.kind} ${change.device.eventName} ${change.device.identity}`
}

const keyboard = 'by-path/platform-i8042-serio-0-event-kbd'
const mouse = 'by-path/platform-i8042-serio-1-event-mouse'

describe('a watch', () => {
  test('says what is there, and then what comes and goes', async () => {
    root.plugAll('at-keyboard')
    const watch = watching()
    expect(await watch.take(2)).toEqual([`arrival event0 ${keyboard}`, 'listed'])
    const nodes = root.plugAll('ps2-explorer-mouse')
    expect(await watch.next()).toBe(`arrival event1 ${mouse}`)
    root.unplug(nodes)
    expect(await watch.next()).toBe(`departure event1 ${mouse}`)
  })

  test('ends at the signal, also in the middle of a wait, without an error', async () => {
    const watch = watching()
    expect(await watch.next()).toBe('listed')
    const end = watch.next()
    setTimeout(() => stop.abort(), 20)
    expect(await end).toBe('end')
  })

  test('recognises a device that comes back under another number', async () => {
    root.plugAll('at-keyboard')
    const mouseNodes = root.plugAll('ps2-explorer-mouse')
    const watch = watching()
    await watch.take(3)
    root.unplug(mouseNodes)
    expect(await watch.next()).toBe(`departure event1 ${mouse}`)
    root.plugAll('pc-speaker', 'ps2-explorer-mouse')
    expect(await watch.take(2)).toEqual([
      'arrival event1 by-path/platform-pcspkr-event-spkr',
      `arrival event2 ${mouse}`,
    ])
  })

  test('sees a replug that is over before it looks', async () => {
    const nodes = root.plugAll('at-keyboard')
    const watch = watching()
    await watch.take(2)
    root.unplug(nodes)
    root.plugAll('at-keyboard')
    expect(await watch.take(2)).toEqual([
      `departure event0 ${keyboard}`,
      `arrival event0 ${keyboard}`,
    ])
  })

  test('tells a second device of the model from the first', async () => {
    root.remove()
    root = new FakeRoot({ udev: true })
    const model = loadFixture('qemu-usb-keyboard')
    const first = root.plug(model)
    const watch = watching()
    const one = 'by-id/usb-QEMU_QEMU_USB_Keyboard_68284-0000:00:14.0-1-event-kbd'
    expect(await watch.take(2)).toEqual([`arrival event0 ${one}`, 'listed'])
    root.plug(inPort(model, '2-5'))
    expect(await watch.next()).toBe('arrival event1 by-path/pci-0000:00:14.0-usb-0:5:1.0-event-kbd')
    root.unplug(first)
    expect(await watch.next()).toBe(`departure event0 ${one}`)
  })

  test('sees /dev/input appear, vanish and appear again', async () => {
    rmSync(join(root.path, 'dev/input'), { recursive: true })
    const watch = watching()
    expect(await watch.next()).toBe('listed')
    mkdirSync(join(root.path, 'dev/input'))
    root.plugAll('at-keyboard')
    expect(await watch.next()).toBe(`arrival event0 ${keyboard}`)
    renameSync(join(root.path, 'dev/input'), join(root.path, 'dev/gone'))
    expect(await watch.next()).toBe(`departure event0 ${keyboard}`)
    renameSync(join(root.path, 'dev/gone'), join(root.path, 'dev/input'))
    expect(await watch.next()).toBe(`arrival event0 ${keyboard}`)
  })

  test('looks from time to time where nothing can be heard', async () => {
    rmSync(join(root.path, 'dev'), { recursive: true })
    const watch = watching()
    expect(await watch.next()).toBe('listed')
    root.plugAll('at-keyboard')
    expect(await watch.next()).toBe(`arrival event0 ${keyboard}`)
  })

  test('joins a burst of two hundred nodes', async () => {
    const watch = watching()
    await watch.next()
    for (let port = 1; port <= 100; port++) {
      root.plug(inPort(loadFixture('razer-naga'), `1-${port}`))
    }
    const arrivals = await watch.take(200)
    expect(new Set(arrivals).size).toBe(200)
    expect(arrivals.every((text) => text.startsWith('arrival'))).toBe(true)
  })
})

describe('a new node', () => {
  test('waits for udev, so that it is known by its link from the first moment', async () => {
    root.remove()
    root = new FakeRoot({ udev: true })
    const watch = watching()
    await watch.next()
    const nodes = root.plug(loadFixture('at-keyboard'), { settled: false })
    const arrival = watch.next()
    await sleep(60)
    for (const node of nodes) root.settle(node)
    expect(await arrival).toBe(`arrival event0 ${keyboard}`)
  })

  test('does not take the record of the device before it for its own', async () => {
    root.remove()
    root = new FakeRoot({ udev: true })
    const before = root.plugAll('at-keyboard')
    const watch = watching()
    await watch.take(2)
    const record = `run/udev/data/c${before[0]?.deviceNumber}`
    renameSync(join(root.path, record), join(root.path, 'kept'))
    root.unplug(before)
    renameSync(join(root.path, 'kept'), join(root.path, record))
    const nodes = root.plug(loadFixture('ps2-explorer-mouse'), { settled: false })
    expect(await watch.next()).toBe(`departure event0 ${keyboard}`)
    const arrival = watch.next()
    await sleep(40)
    for (const node of nodes) root.settle(node)
    expect(await arrival).toBe(`arrival event0 ${mouse}`)
  })

  test('is described by the record that it arrives with, though that was written a moment ago', async () => {
    root.remove()
    root = new FakeRoot({ udev: true })
    const nodes = root.plug(loadFixture('at-keyboard'), { settled: false })
    const memory = new DescriptionMemory(root.path)
    const describeAll = memory.describe.bind(memory)
    let writeRecords = () => {
      for (const node of nodes) root.settle(node)
    }
    memory.describe = (eventNames) => {
      const described = describeAll(eventNames)
      writeRecords()
      writeRecords = () => {}
      return described
    }
    expect(await watching({ memory }).take(2)).toEqual(['listed', `arrival event0 ${keyboard}`])
  })

  test('arrives without a record when udev takes too long', async () => {
    root.remove()
    root = new FakeRoot({ udev: true })
    root.plug(loadFixture('at-keyboard'), { settled: false })
    const watch = watching({ udevTimeoutMs: 50 })
    expect(await watch.take(2)).toEqual([
      'listed',
      'arrival event0 id/0001:0001:AT Translated Set 2 keyboard:isa0060/serio0/input0:',
    ])
  })

  test('arrives once more, under its lasting name, when udev has said something in the end', async () => {
    root.remove()
    root = new FakeRoot({ udev: true })
    const nodes = root.plug(loadFixture('at-keyboard'), { settled: false })
    const watch = watching({ udevTimeoutMs: 50 })
    await watch.take(2)
    const arrival = watch.next()
    for (const node of nodes) root.settle(node)
    expect(await arrival).toBe(`arrival event0 ${keyboard}`)
    root.unplug(nodes)
    expect(await watch.next()).toBe(`departure event0 ${keyboard}`)
  })

  test('is waited for longer while udev is behind with its work', async () => {
    root.remove()
    root = new FakeRoot({ udev: true })
    root.write('run/udev/queue', '')
    const nodes = root.plug(loadFixture('at-keyboard'), { settled: false })
    const watch = watching({ udevTimeoutMs: 150 })
    expect(await watch.next()).toBe('listed')
    const arrival = watch.next()
    await sleep(300)
    for (const node of nodes) root.settle(node)
    expect(await arrival).toBe(`arrival event0 ${keyboard}`)
  })

  test('that cannot be described is told once, and delays no other', async () => {
    const nodes = root.plugAll('at-keyboard')
    const attribute = `${root.inputDirectory('event0')}/name`
    rmSync(join(root.path, attribute))
    const watch = watching()
    expect(await watch.next()).toBe('listed')
    expect(await watch.next()).toBe('waiting /dev/input/event0: cannot read name in /sys (ENOENT)')
    root.plugAll('ps2-explorer-mouse')
    expect(await watch.next()).toBe(`arrival event1 ${mouse}`)
    root.write(attribute, `${nodes[0]?.fixture.name}\n`)
    expect(await watch.next()).toBe(`arrival event0 ${keyboard}`)
  })

  test('waits for its permission, and is seen when it comes', async () => {
    const [node] = root.plugAll('at-keyboard')
    root.forbid(node?.eventName ?? '')
    const watch = watching()
    expect(await watch.take(2)).toEqual(['listed', 'waiting /dev/input/event0: no permission'])
    root.permit(node?.eventName ?? '')
    expect(await watch.next()).toBe(`arrival event0 ${keyboard}`)
  })
})
