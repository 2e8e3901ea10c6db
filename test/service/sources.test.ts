import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createEngine } from '../../src/engine/engine.ts'
import type { Engine } from '../../src/engine/types.ts'
import { EvswitchError } from '../../src/errors.ts'
import type { Notice } from '../../src/service/notice.ts'
import { Sources, type SourcesOptions } from '../../src/service/sources.ts'
import { FakeRoot, loadFixture, type PluggedNode } from '../devices/fake-root.ts'
import { addNodes } from '../engine/nodes.ts'
import { SimLibrary } from '../engine/sim-library.ts'

let root: FakeRoot
let library: SimLibrary
let engine: Engine
let notices: Notice[]
let end: AbortController
let following: Promise<void> | undefined
/** Nodes that another program holds. */
let grabbed: Set<string>

beforeEach(() => {
  root = new FakeRoot()
  library = new SimLibrary()
  engine = createEngine({}, library)
  engine.start()
  notices = []
  grabbed = new Set()
  end = new AbortController()
})
afterEach(async () => {
  end.abort()
  await following
  following = undefined
  await engine.stop()
  root.remove()
})

function options(names: readonly string[]): SourcesOptions {
  return {
    engine,
    names,
    log: pino({ level: 'silent' }),
    report: (notice) => notices.push(notice),
    root: root.path,
    isGrabbed: ({ node }) => grabbed.has(node),
    busyRetryMs: 2,
  }
}

function sources(...names: string[]): Sources {
  return new Sources(options(names))
}

/** Plugs a device of test/fixtures in, in /sys and in the model of the kernel. */
function plug(name: string): PluggedNode[] {
  const nodes = root.plug(loadFixture(name))
  for (const { node } of nodes) {
    library.devices.push({ path: node, flags: 1, isPlugged: true, source: undefined })
  }
  return nodes
}

/** Pulls the plug before or after it was opened. */
function unplug(nodes: readonly PluggedNode[]): void {
  for (const { node } of nodes) {
    const device = library.devices.find(({ path, isPlugged }) => path === node && isPlugged)
    if (device === undefined) continue
    device.isPlugged = false
    if (device.source !== undefined) library.api.unplug(library.sim, device.source)
  }
  library.pump()
}

function readNodes(): string[] {
  return library.devices
    .filter(({ isPlugged, source }) => isPlugged && source !== undefined)
    .map(({ path }) => path)
}

function failure(run: () => unknown): EvswitchError {
  try {
    run()
  } catch (error) {
    if (error instanceof EvswitchError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('waited in vain')
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

function told(kind: Notice['kind']): string[] {
  return notices.flatMap((notice) =>
    notice.kind === kind && 'device' in notice ? [notice.device.name] : [],
  )
}

describe('the devices at the start', () => {
  test('are opened, then handed to the engine; what is not handed over is closed', async () => {
    const keyboard = plug('at-keyboard')
    plug('acpi-buttons')
    const mouse = plug('ps2-explorer-mouse')
    const taken = sources()
    const { devices, takesLastKeyboard } = taken.open()
    expect(devices.map(({ node }) => node)).toEqual([...keyboard, ...mouse].map(({ node }) => node))
    expect(takesLastKeyboard).toBe(true)
    expect(library.openHandles).toBe(2)
    await taken.addAll(end.signal)
    expect(library.openHandles).toBe(0)
    expect(readNodes()).toHaveLength(2)
    taken.close()
  })

  test('that were opened in vain are closed', () => {
    plug('at-keyboard')
    const taken = sources()
    taken.open()
    taken.close()
    expect(library.openHandles).toBe(0)
  })

  test('are taken without one that went away meanwhile', () => {
    plug('at-keyboard')
    unplug(plug('ps2-explorer-mouse'))
    const taken = sources()
    const { devices, left } = taken.open()
    expect(devices).toHaveLength(1)
    expect(left.map(({ reason }) => reason)).toEqual(['it went away'])
    taken.close()
  })

  test('are an error when the only keyboard cannot be opened: nobody could switch', () => {
    unplug(plug('at-keyboard'))
    plug('ps2-explorer-mouse')
    const taken = sources()
    expect(failure(() => taken.open()).code).toBe('device-gone')
    taken.close()
    expect(library.openHandles).toBe(0)
  })

  test('are an error when one that was named cannot be opened', () => {
    plug('at-keyboard')
    unplug(plug('ps2-explorer-mouse'))
    const taken = sources('event1')
    expect(failure(() => taken.open()).message).toBe(
      'cannot open /dev/input/event1: the device is gone\nevswitch devices lists those there are',
    )
  })

  test('are an error where there is no /dev/input', () => {
    const empty = new FakeRoot()
    const taken = new Sources({
      engine,
      names: [],
      log: pino({ level: 'silent' }),
      report: () => {},
      root: `${empty.path}/sys`,
    })
    expect(failure(() => taken.open()).exitCode).toBe(5)
    empty.remove()
  })
})

describe('devices that come', () => {
  async function follow(...names: string[]): Promise<void> {
    const taken = sources(...names)
    taken.open()
    await taken.addAll(end.signal)
    following = taken.follow(end.signal)
  }

  /** As the engine does when the kernel has told it. */
  function ring(): void {
    engine.events.emit('devices', { timeNs: 0n })
  }

  test('are taken when they are real keyboards or mice, once', async () => {
    plug('at-keyboard')
    await follow()
    plug('keyd-virtual')
    const mouse = plug('qemu-usb-mouse')
    ring()
    await until(() => told('device-arrived').length > 0)
    ring()
    ring()
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(told('device-arrived')).toEqual(['QEMU QEMU USB Mouse'])
    expect(readNodes()).toContain(mouse[0]?.node)
    expect(readNodes()).toHaveLength(2)
  })

  test('are told when they go, and taken again when they come back', async () => {
    plug('at-keyboard')
    const mouse = plug('qemu-usb-mouse')
    await follow()
    for (const _ of [1, 2]) {
      unplug(mouse)
      root.unplug(mouse)
      ring()
      await until(() => told('device-departed').length > told('device-arrived').length)
      plug('qemu-usb-mouse')
      ring()
      await until(() => told('device-arrived').length === told('device-departed').length)
    }
    expect(told('device-departed')).toEqual(['QEMU QEMU USB Mouse', 'QEMU QEMU USB Mouse'])
    expect(readNodes()).toHaveLength(2)
  })

  test('and are pinned stay with the host', async () => {
    plug('at-keyboard')
    const taken = new Sources({ ...options([]), pinned: ['QEMU QEMU USB Keyboard'] })
    expect(taken.open().devices).toHaveLength(1)
    await taken.addAll(end.signal)
    following = taken.follow(end.signal)
    plug('qemu-usb-keyboard')
    plug('qemu-usb-mouse')
    ring()
    await until(() => told('device-arrived').length > 0)
    expect(told('device-arrived')).toEqual(['QEMU QEMU USB Mouse'])
  })

  test('later than those that were named with them are taken, too', async () => {
    plug('at-keyboard')
    const taken = new Sources({ ...options(['AT Translated', 'QEMU USB Mouse']), waits: true })
    expect(taken.open().devices).toHaveLength(1)
    await taken.addAll(end.signal)
    following = taken.follow(end.signal)
    plug('qemu-usb-mouse')
    ring()
    await until(() => told('device-arrived').length > 0)
    expect(told('device-arrived')).toEqual(['QEMU QEMU USB Mouse'])
  })

  test('are taken by name only when names were given', async () => {
    plug('at-keyboard')
    await follow('AT Translated')
    plug('qemu-usb-mouse')
    plug('qemu-usb-keyboard')
    ring()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(told('device-arrived')).toEqual([])
  })

  test('that cannot be opened are told, and the others taken', async () => {
    plug('at-keyboard')
    await follow()
    plug('qemu-usb-mouse')
    root.plugAll('qemu-usb-keyboard') // in /sys only: gone again for the engine
    ring()
    await until(() => told('device-arrived').length > 0)
    expect(told('device-arrived')).toEqual(['QEMU QEMU USB Mouse'])
    expect(told('device-failed')).toEqual([])
  })

  test('that another program has are told once, and taken when it gives them back', async () => {
    plug('at-keyboard')
    await follow()
    const [node] = plug('qemu-usb-mouse')
    grabbed.add(node?.node ?? '')
    ring()
    await until(() => told('device-failed').length > 0)
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(told('device-failed')).toEqual(['QEMU QEMU USB Mouse'])
    expect(told('device-arrived')).toEqual([])
    grabbed.clear()
    await until(() => told('device-arrived').length > 0)
    expect(readNodes()).toContain(node?.node)
  })
})

describe('other wishes', () => {
  async function start(wishes: Partial<SourcesOptions> = {}): Promise<Sources> {
    const taken = new Sources({ ...options([]), ...wishes })
    taken.open()
    await taken.addAll(end.signal)
    following = taken.follow(end.signal)
    return taken
  }

  test('let go of what nobody wants now, take what somebody does, and touch nothing else', async () => {
    const keyboard = plug('at-keyboard')
    const mouse = plug('qemu-usb-mouse')
    plug('ps2-explorer-mouse')
    const taken = await start({ names: ['AT Translated', 'QEMU USB Mouse'] })
    const kept = library.devices.find(({ path }) => path === keyboard[0]?.node)?.source
    const { devices } = await taken.reselect({ names: ['AT Translated', 'ImExPS/2'] }, end.signal)
    expect(devices.map(({ name }) => name)).toEqual([
      'AT Translated Set 2 keyboard',
      'ImExPS/2 Generic Explorer Mouse',
    ])
    expect(told('device-departed')).toEqual(['QEMU QEMU USB Mouse'])
    expect(told('device-arrived')).toEqual(['ImExPS/2 Generic Explorer Mouse'])
    expect(library.devices.find(({ path }) => path === keyboard[0]?.node)?.source).toBe(kept)
    // And what was let go can be wanted again.
    await taken.reselect({ names: [] }, end.signal)
    expect(told('device-arrived')).toContain('QEMU QEMU USB Mouse')
    expect(mouse).toHaveLength(1)
  })

  test('that leave nothing to take are refused, and nothing changes', async () => {
    plug('at-keyboard')
    const taken = await start()
    expect(failure(() => taken.check({ names: ['no such device'] })).code).toBe('unknown-device')
    expect(taken.devices).toHaveLength(1)
    expect(notices).toEqual([])
  })

  test('hold for devices that come', async () => {
    plug('at-keyboard')
    const taken = await start({ names: ['AT Translated'] })
    await taken.reselect({ names: [] }, end.signal)
    plug('qemu-usb-mouse')
    engine.events.emit('devices', { timeNs: 0n })
    await until(() => told('device-arrived').length > 0)
    expect(told('device-arrived')).toEqual(['QEMU QEMU USB Mouse'])
  })
})

describe('a device that is pinned to a guest', () => {
  const pins = [{ device: 'QEMU QEMU USB Mouse', target: 'win10' }]

  beforeEach(async () => await addNodes(engine, 'win10', 'input-linux'))

  test('is taken besides those that are not', async () => {
    plug('at-keyboard')
    plug('qemu-usb-mouse')
    const pinned = vi.spyOn(engine, 'pinSource')
    const taken = new Sources({ ...options([]), pins })
    const { devices, left } = taken.open()
    expect(devices.map(({ name }) => name)).toEqual([
      'AT Translated Set 2 keyboard',
      'QEMU QEMU USB Mouse',
    ])
    expect(left).toEqual([])
    await taken.addAll(end.signal)
    expect(pinned.mock.calls.map(([, target]) => target)).toEqual(['win10'])
  })

  test('may come later, where that was said', async () => {
    plug('at-keyboard')
    const pinned = vi.spyOn(engine, 'pinSource')
    const taken = new Sources({ ...options([]), pins, waits: true })
    expect(taken.open().advice.join()).toContain('it is given to win10 when it comes')
    await taken.addAll(end.signal)
    following = taken.follow(end.signal)
    plug('qemu-usb-mouse')
    engine.events.emit('devices', { timeNs: 0n })
    await until(() => told('device-arrived').length > 0)
    expect(pinned.mock.calls.map(([, target]) => target)).toEqual(['win10'])
    await taken.reselect({ names: [] }, end.signal)
    expect(pinned.mock.calls.map(([, target]) => target)).toEqual(['win10', undefined])
    expect(taken.devices).toHaveLength(2)
  })
})
