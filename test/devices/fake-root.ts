import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import type { DeviceKind, Trait } from '../../src/devices/kind.ts'

/** A device of test/fixtures/devices: see the README there. */
export interface Fixture {
  readonly about: string
  readonly usb?: {
    readonly port: string
    readonly speedMbps: number
    readonly vendor: string
    readonly product: string
    readonly serial?: string
  }
  readonly nodes: readonly FixtureNode[]
}

export interface FixtureNode {
  readonly name: string
  readonly id: { bus: string; vendor: string; product: string; version: string }
  readonly phys: string
  readonly uniq: string
  readonly interface?: { number: number; protocol: number; bInterval: number }
  readonly parent: string
  readonly driver?: string
  readonly properties: string
  readonly capabilities: Record<string, string>
  readonly absinfo?: Record<string, readonly [number, number, number, number, number]>
  readonly links: readonly string[]
  readonly expect: {
    readonly kind: DeviceKind
    readonly traits: readonly Trait[]
    /** What udev says where an entry of its hwdb knows the model better than its capabilities tell. */
    readonly udevTraits?: readonly Trait[]
    readonly secondary?: boolean
    readonly virtual?: boolean
    readonly madeBy?: string
  }
}

/** A node that stands in a fake root. */
export interface PluggedNode {
  readonly eventName: string
  readonly node: string
  readonly deviceNumber: string
  readonly fixture: FixtureNode
}

const directory = new URL('../fixtures/devices/', import.meta.url)

export function loadFixture(name: string): Fixture {
  return JSON.parse(readFileSync(new URL(`${name}.json`, directory), 'utf8')) as Fixture
}

export function allFixtures(): { name: string; fixture: Fixture }[] {
  const files = readdirSync(directory).filter((file) => file.endsWith('.json'))
  return files.map((file) => {
    const name = file.slice(0, -'.json'.length)
    return { name, fixture: loadFixture(name) }
  })
}

/** The same model of a USB device in another port: '1-2' and what names it become '1-7'. */
export function inPort(fixture: Fixture, port: string): Fixture {
  const old = fixture.usb?.port ?? ''
  const tail = (text: string) => text.slice(text.indexOf('-') + 1)
  const moved = (text: string) =>
    text
      .replaceAll(`/${old}/`, `/${port}/`)
      .replaceAll(`/${old}:`, `/${port}:`)
      .replaceAll(`-${tail(old)}/input`, `-${tail(port)}/input`)
      .replaceAll(`usb-0:${tail(old)}:`, `usb-0:${tail(port)}:`)
  return JSON.parse(moved(JSON.stringify({ ...fixture, usb: { ...fixture.usb, port } }))) as Fixture
}

export interface PlugOptions {
  /** Whether udev has already made links and its record. Default: whether udev runs in this root. */
  readonly settled?: boolean
}

const udevProperties = new Map<Trait, string>([
  ['keyboard', 'ID_INPUT_KEYBOARD'],
  ['keys', 'ID_INPUT_KEY'],
  ['mouse', 'ID_INPUT_MOUSE'],
  ['pointing-stick', 'ID_INPUT_POINTINGSTICK'],
  ['touchpad', 'ID_INPUT_TOUCHPAD'],
  ['touchscreen', 'ID_INPUT_TOUCHSCREEN'],
  ['tablet', 'ID_INPUT_TABLET'],
  ['tablet-pad', 'ID_INPUT_TABLET_PAD'],
  ['joystick', 'ID_INPUT_JOYSTICK'],
  ['accelerometer', 'ID_INPUT_ACCELEROMETER'],
  ['switch', 'ID_INPUT_SWITCH'],
])

/** Hundreds of small files are ten times as fast in memory. */
const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** A /sys, /dev, /run and /proc in a temporary directory, in which devices come and go. */
export class FakeRoot {
  readonly path = realpathSync(mkdtempSync(join(base, 'evswitch-root-')))
  readonly udev: boolean
  #nextEvent = 0
  #nextInput = 0

  constructor(options: { udev?: boolean } = {}) {
    this.udev = options.udev ?? false
    for (const path of ['sys/class/input', 'dev/input', 'proc']) this.#directory(path)
    if (this.udev) {
      this.#directory('run/udev/data')
      this.write('run/udev/control', '')
    }
  }

  /** The kernel makes the nodes; udev follows. Numbers are the lowest free, as the kernel gives them. */
  plug(fixture: Fixture, options: PlugOptions = {}): PluggedNode[] {
    const { settled = true } = options
    const plugged = fixture.nodes.map((node) => this.#plugNode(fixture, node))
    if (settled) for (const node of plugged) this.settle(node)
    return plugged
  }

  plugAll(...names: string[]): PluggedNode[] {
    return names.flatMap((name) => this.plug(loadFixture(name)))
  }

  /** udev makes the links that no other node has, and writes its record. */
  settle({ fixture, eventName, deviceNumber }: PluggedNode): void {
    for (const link of fixture.links) {
      const path = join(this.path, 'dev/input', link)
      mkdirSync(dirname(path), { recursive: true })
      try {
        symlinkSync(`../${eventName}`, path)
      } catch {
        // Another device of the model has it, as with real udev.
      }
    }
    if (!this.udev) return
    const traits = fixture.expect.udevTraits ?? fixture.expect.traits
    const properties = traits.flatMap((trait) => udevProperties.get(trait) ?? [])
    const lines = [
      ...fixture.links.map((link) => `S:input/${link}`),
      'I:12345678',
      ...(fixture.expect.madeBy === 'evswitch'
        ? ['E:EVSWITCH=guest', 'E:LIBINPUT_IGNORE_DEVICE=1']
        : ['E:ID_INPUT=1', ...properties.map((property) => `E:${property}=1`)]),
      'G:seat',
      'V:1',
    ]
    this.write(`run/udev/data/c${deviceNumber}`, `${lines.join('\n')}\n`)
  }

  /** Takes nodes away, with the links and records that udev would take away. */
  unplug(nodes: readonly PluggedNode[]): void {
    for (const { eventName, deviceNumber, fixture } of nodes) {
      const device = join(this.path, 'sys/class/input', eventName)
      rmSync(dirname(realpathSync(device)), { recursive: true })
      unlinkSync(device)
      rmSync(join(this.path, 'dev/input', eventName))
      rmSync(join(this.path, 'run/udev/data', `c${deviceNumber}`), { force: true })
      for (const link of fixture.links) {
        const path = join(this.path, 'dev/input', link)
        if (readLinkName(path) === eventName) unlinkSync(path)
      }
    }
  }

  /** Makes a node that nobody may open, not even root, whom permissions do not stop: a link to nowhere. */
  forbid(eventName: string): void {
    const path = join(this.path, 'dev/input', eventName)
    rmSync(path)
    symlinkSync('nowhere', path)
  }

  permit(eventName: string): void {
    rmSync(join(this.path, 'dev/input', eventName))
    this.write(`dev/input/${eventName}`, '')
  }

  /** A process with files open: /proc/PID. */
  addProcess(pid: number, comm: string, open: readonly string[], cmdline: string[] = []): void {
    this.write(`proc/${pid}/comm`, `${comm}\n`)
    this.write(`proc/${pid}/cmdline`, cmdline.map((word) => `${word}\0`).join(''))
    this.#directory(`proc/${pid}/fd`)
    open.forEach((target, index) => {
      symlinkSync(target, join(this.path, `proc/${pid}/fd/${index}`))
    })
  }

  write(path: string, content: string | Uint8Array): void {
    const full = join(this.path, path)
    mkdirSync(dirname(full), { recursive: true })
    writeFileSync(full, content)
  }

  /** The directory of the input device behind a node, within the root: 'sys/devices/.../input7'. */
  inputDirectory(eventName: string): string {
    return relative(this.path, dirname(realpathSync(join(this.path, 'sys/class/input', eventName))))
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }

  #plugNode(fixture: Fixture, node: FixtureNode): PluggedNode {
    const eventName = this.#freeEventName()
    const number = Number(eventName.slice('event'.length))
    const deviceNumber = number < 32 ? `13:${64 + number}` : `13:${224 + number}`
    const inSound = node.parent.includes('/sound/card')
    const input = `${node.parent}${inSound ? '' : '/input'}/input${this.#nextInput++}`
    const sys = `sys${input}`
    this.write(`${sys}/name`, `${node.name}\n`)
    this.write(`${sys}/phys`, `${node.phys}\n`)
    this.write(`${sys}/uniq`, `${node.uniq}\n`)
    this.write(`${sys}/id/bustype`, `${node.id.bus}\n`)
    this.write(`${sys}/id/vendor`, `${node.id.vendor}\n`)
    this.write(`${sys}/id/product`, `${node.id.product}\n`)
    this.write(`${sys}/id/version`, `${node.id.version}\n`)
    this.write(`${sys}/properties`, `${node.properties}\n`)
    for (const [type, bits] of Object.entries(node.capabilities)) {
      this.write(`${sys}/capabilities/${type}`, `${bits}\n`)
    }
    this.write(`${sys}/${eventName}/dev`, `${deviceNumber}\n`)
    symlinkSync('..', join(this.path, sys, eventName, 'device'))
    if (node.driver !== undefined) this.#driver(node.parent, sys, node.driver)
    if (fixture.usb !== undefined && node.interface !== undefined) {
      this.#usb(fixture.usb, node.parent, node.interface)
    }
    const link = join(this.path, 'sys/class/input', eventName)
    symlinkSync(relative(dirname(link), join(this.path, sys, eventName)), link)
    this.write(`dev/input/${eventName}`, '')
    return { eventName, node: `/dev/input/${eventName}`, deviceNumber, fixture: node }
  }

  #freeEventName(): string {
    const taken = new Set(readdirSync(join(this.path, 'sys/class/input')))
    this.#nextEvent = 0
    while (taken.has(`event${this.#nextEvent}`)) this.#nextEvent++
    return `event${this.#nextEvent}`
  }

  #driver(parent: string, sys: string, driver: string): void {
    const driverDirectory = this.#directory(`sys/bus/any/drivers/${driver}`)
    const parentDirectory = join(this.path, `sys${parent}`)
    symlinkSync(relative(join(this.path, sys), parentDirectory), join(this.path, sys, 'device'))
    try {
      symlinkSync(relative(parentDirectory, driverDirectory), join(parentDirectory, 'driver'))
    } catch {
      // The node before this one has the same parent.
    }
  }

  #usb(
    usb: NonNullable<Fixture['usb']>,
    parent: string,
    facts: NonNullable<FixtureNode['interface']>,
  ): void {
    const parts = parent.split('/')
    const at = parts.lastIndexOf(usb.port)
    const device = `sys${parts.slice(0, at + 1).join('/')}`
    const usbInterface = `sys${parts.slice(0, at + 2).join('/')}`
    const hex2 = (number: number) => number.toString(16).padStart(2, '0')
    this.write(`${device}/speed`, `${usb.speedMbps}\n`)
    this.write(`${device}/idVendor`, `${usb.vendor}\n`)
    this.write(`${usbInterface}/bInterfaceNumber`, `${hex2(facts.number)}\n`)
    this.write(`${usbInterface}/bInterfaceProtocol`, `${hex2(facts.protocol)}\n`)
    const endpoint = `${usbInterface}/ep_${hex2(0x81 + facts.number)}`
    this.write(`${endpoint}/direction`, 'in\n')
    this.write(`${endpoint}/type`, 'Interrupt\n')
    this.write(`${endpoint}/bInterval`, `${hex2(facts.bInterval)}\n`)
  }

  #directory(path: string): string {
    const full = join(this.path, path)
    mkdirSync(full, { recursive: true })
    return full
  }
}

function readLinkName(path: string): string | undefined {
  try {
    return basename(readlinkSync(path))
  } catch {
    return undefined
  }
}
