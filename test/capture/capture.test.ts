import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Capture, type CaptureListener, leftText } from '../../src/capture/capture.ts'
import type { Frame } from '../../src/capture/frames.ts'
import type { Device } from '../../src/devices/device.ts'
import type {
  Description,
  Engine,
  EngineEvents,
  Hotkey,
  Source,
  TapEvent,
  TargetOptions,
} from '../../src/engine/types.ts'
import { EvswitchError } from '../../src/errors.ts'
import { FakeRoot, inPort, loadFixture } from '../devices/fake-root.ts'

/** As much of an engine as a capture may use: it can grab nothing but for a target that swallows. */
class FakeEngine {
  readonly events = new EventEmitter<EngineEvents>()
  readonly open = new Map<string, Source>()
  readonly forbidden = new Set<string>()
  readonly readOnly = new Set<string>()
  readonly said: string[] = []
  onSwitch = () => {}
  tapLost = 0
  stopped = false

  start(): void {}
  async setTap(): Promise<void> {}
  async addTarget({ name, swallows }: TargetOptions): Promise<void> {
    this.said.push(`target ${name} ${swallows}`)
  }
  async setHotkeys(hotkeys: readonly Hotkey[]): Promise<void> {
    this.said.push(...hotkeys.map(({ keys, action }) => `${action.kind} ${keys.join('+')}`))
  }
  async switchTo(target: string): Promise<void> {
    this.said.push(`switch ${target}`)
    this.onSwitch()
  }
  async addSource(): Promise<void> {}
  async stop(): Promise<void> {
    this.stopped = true
  }
  stats() {
    return { tapLost: this.tapLost }
  }

  openSource(path: string): Source {
    if (this.forbidden.has(path)) {
      throw new EvswitchError('no-permission', `cannot open ${path}: permission denied`, {
        remedy: 'run evswitch with sudo',
      })
    }
    const info = { readOnly: this.readOnly.has(path) }
    const source = { path, info, close: () => {} } as unknown as Source
    this.open.set(path, source)
    return source
  }

  describe(): Description {
    return { axes: new Map() } as unknown as Description
  }

  /** A frame of this node, as the tap gives it. */
  send(path: string, ...events: readonly [number, number, number][]): void {
    this.sendAt(1000n, path, ...events)
  }

  sendAt(kernelNs: bigint, path: string, ...events: readonly [number, number, number][]): void {
    const source = this.source(path)
    const stamped = [...events, [0, 0, 0] as const].map(
      ([type, code, value]): TapEvent => ({
        source,
        type,
        code,
        value,
        kernelNs,
        readNs: kernelNs + 1000n,
      }),
    )
    this.events.emit('tap', stamped)
  }

  unplug(path: string): void {
    const source = this.source(path)
    this.open.delete(path)
    this.events.emit('source-gone', { source, error: 'ENODEV', timeNs: 0n })
  }

  source(path: string): Source {
    const source = this.open.get(path)
    if (source === undefined) throw new Error(`${path} is not open`)
    return source
  }
}

class Heard implements CaptureListener {
  readonly lines: string[] = []
  readonly #waiting: { text: string; resolve: () => void }[] = []

  frame({ eventName }: Device, { events }: Frame): void {
    this.#say(`${eventName} ${events.map(({ code }) => code).join(' ')}`)
  }
  arrived({ eventName }: Device): void {
    this.#say(`+${eventName}`)
  }
  departed({ eventName }: Device): void {
    this.#say(`-${eventName}`)
  }
  notGrabbed({ eventName }: Device, error: string): void {
    this.#say(`${eventName} ${error}`)
  }
  released(): void {
    this.#say('released')
  }

  async waitFor(text: string): Promise<void> {
    if (this.lines.includes(text)) return
    await new Promise<void>((resolve) => this.#waiting.push({ text, resolve }))
  }

  #say(text: string): void {
    this.lines.push(text)
    for (const { text: wanted, resolve } of this.#waiting) if (wanted === text) resolve()
  }
}

let root: FakeRoot
let engine: FakeEngine
let heard: Heard
let capture: Capture
beforeEach(() => {
  root = new FakeRoot()
  engine = new FakeEngine()
  heard = new Heard()
  capture = captureOf()
})
afterEach(async () => {
  await capture.stop()
  root.remove()
})

function captureOf(wants?: (device: Device) => boolean): Capture {
  return new Capture({
    engine: engine as unknown as Engine,
    listener: heard,
    root: root.path,
    ...(wants === undefined ? {} : { wants }),
  })
}

describe('a capture', () => {
  test('gives the frames of every device that is there', async () => {
    root.plugAll('qemu-usb-keyboard', 'qemu-usb-mouse')
    const { watched, left } = await capture.start()
    expect(watched.map(({ eventName }) => eventName)).toEqual(['event0', 'event1'])
    expect(left).toEqual([])
    engine.send('/dev/input/event0', [4, 4, 7], [1, 30, 1])
    engine.send('/dev/input/event1', [2, 0, 5])
    expect(heard.lines).toEqual(['+event0', '+event1', 'event0 4 30', 'event1 0'])
  })

  test('follows devices that come and go', async () => {
    const keyboard = root.plugAll('qemu-usb-keyboard')
    await capture.start()
    root.plugAll('qemu-usb-mouse')
    engine.events.emit('devices', { timeNs: 0n })
    await heard.waitFor('+event1')
    root.unplug(keyboard)
    engine.unplug('/dev/input/event0')
    expect(heard.lines).toEqual(['+event0', '+event1', '-event0'])
    root.plugAll('qemu-usb-keyboard')
    engine.events.emit('devices', { timeNs: 0n })
    await expect.poll(() => heard.lines.at(-1), { timeout: 9000 }).toBe('+event0')
  })

  test('leaves out what is not wanted', async () => {
    root.plugAll('qemu-usb-keyboard', 'qemu-usb-mouse')
    capture = captureOf(({ kind }) => kind === 'mouse')
    await capture.start()
    expect(heard.lines).toEqual(['+event1'])
  })

  test('tells what may not be read, and watches the rest', async () => {
    root.plugAll('qemu-usb-keyboard', 'qemu-usb-mouse')
    engine.forbidden.add('/dev/input/event0')
    const { left } = await capture.start()
    expect(left.map(leftText)).toEqual(['cannot open /dev/input/event0: permission denied'])
    expect(heard.lines).toEqual(['+event1'])
  })

  test('says what to do when nothing may be read', async () => {
    root.plugAll('qemu-usb-keyboard')
    engine.forbidden.add('/dev/input/event0')
    await expect(capture.start()).rejects.toMatchObject({
      code: 'no-permission',
      remedy: 'run evswitch with sudo',
    })
  })

  test('says so when there is nothing', async () => {
    await expect(capture.start()).rejects.toMatchObject({ code: 'not-configured' })
  })

  test('of two hundred devices watches as many as it can, keyboards and mice first, and tells', async () => {
    for (let index = 1; index <= 150; index++) {
      root.plug(inPort(loadFixture('usb-camera'), `1-${index}`))
    }
    for (let index = 151; index <= 175; index++) {
      root.plug(inPort(loadFixture('razer-naga'), `1-${index}`))
    }
    const { watched, left } = await capture.start()
    expect(watched).toHaveLength(128)
    expect(watched.filter(({ name }) => name.includes('Naga'))).toHaveLength(50)
    expect(left).toHaveLength(72)
    expect(leftText(left[0] ?? never())).toMatch(/is not watched: 128 devices are the most$/)
  })

  test('ends its engine', async () => {
    root.plugAll('qemu-usb-keyboard')
    await capture.start()
    await capture.stop()
    await capture.stop()
    expect(engine.stopped).toBe(true)
  })
})

function never(): never {
  throw new Error('nothing was left out')
}

describe('a capture that grabs', () => {
  const chords = [[29, 46]]

  test('gives everything to nobody, until a chord', async () => {
    root.plugAll('qemu-usb-keyboard')
    await capture.start()
    await capture.grab(chords)
    expect(engine.said).toEqual(['target nobody true', 'panic 29+46', 'switch nobody'])
    engine.events.emit('panic', { timeNs: 0n })
    expect(heard.lines).toEqual(['+event0', 'released'])
  })

  test('does not take for a press what the engine presses again while it grabs', async () => {
    root.plugAll('qemu-usb-keyboard')
    await capture.start()
    const now = () => process.hrtime.bigint()
    engine.onSwitch = () => engine.sendAt(now() + 60_000_000_000n, '/dev/input/event0', [1, 28, 1])
    const before = now()
    await capture.grab(chords)
    engine.sendAt(before, '/dev/input/event0', [1, 29, 1])
    engine.sendAt(now(), '/dev/input/event0', [1, 30, 1])
    expect(heard.lines).toEqual(['+event0', 'event0 30'])
  })

  test('tells of a device that another program has', async () => {
    root.plugAll('qemu-usb-keyboard')
    await capture.start()
    const source = engine.source('/dev/input/event0')
    engine.onSwitch = () => {
      engine.events.emit('grab-failed', { source, error: 'EBUSY', timeNs: 0n })
    }
    await capture.grab(chords)
    expect(heard.lines).toEqual(['+event0', 'event0 EBUSY'])
  })

  test('takes nothing where a device may only be read', async () => {
    root.plugAll('qemu-usb-keyboard')
    engine.readOnly.add('/dev/input/event0')
    await capture.start()
    await expect(capture.grab(chords)).rejects.toThrow(
      'cannot take /dev/input/event0: it may only be read\nrun evswitch with sudo, or leave --grab out',
    )
    expect(engine.said).toEqual([])
  })
})
