import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { listDevices } from '../../src/devices/list.ts'
import { EvswitchError } from '../../src/errors.ts'
import { allFixtures, FakeRoot, inPort, loadFixture } from './fake-root.ts'

let root: FakeRoot
beforeEach(() => {
  root = new FakeRoot()
})
afterEach(() => root.remove())

function list() {
  return listDevices(root.path)
}

describe('the recorded devices', () => {
  test('are at least twenty', () => {
    expect(allFixtures().length).toBeGreaterThanOrEqual(20)
  })

  describe.each(allFixtures())('$name', ({ name, fixture }) => {
    test.each([false, true])('is recognised node by node (udev: %s)', (udev) => {
      root.remove()
      root = new FakeRoot({ udev })
      const nodes = root.plug(fixture)
      const { devices, skipped } = list()
      expect(skipped).toEqual([])
      expect(devices.map(({ node }) => node)).toEqual(nodes.map(({ node }) => node))
      for (const [index, device] of devices.entries()) {
        const { expect: expected, ...node } = fixture.nodes[index] ?? fixture.nodes[0] ?? never()
        expect(device).toMatchObject({
          name: node.name,
          phys: node.phys,
          uniq: node.uniq,
          bus: Number.parseInt(node.id.bus, 16),
          vendor: Number.parseInt(node.id.vendor, 16),
          product: Number.parseInt(node.id.product, 16),
          version: Number.parseInt(node.id.version, 16),
          driver: node.driver,
          kind: expected.kind,
          secondary: expected.secondary ?? false,
          virtual: expected.virtual ?? false,
          madeBy: expected.madeBy,
        })
        const traits = (udev ? expected.udevTraits : undefined) ?? expected.traits
        expect([...device.traits].sort()).toEqual([...traits].sort())
      }
    })

    test('has identities of its own, and the same ones after a replug', () => {
      const before = root.plug(fixture)
      const first = list().devices.map(({ identity }) => identity)
      expect(new Set(first).size).toBe(first.length)
      root.unplug(before)
      root.plugAll(...['pc-speaker', 'lid-switch', 'video-bus'].filter((other) => other !== name))
      const after = new Set(root.plug(fixture).map(({ node }) => node))
      const again = list().devices.filter(({ node }) => after.has(node))
      expect(again.map(({ identity }) => identity)).toEqual(first)
    })
  })

  test('stand side by side without being confused', () => {
    const fixtures = allFixtures().filter(({ name }) => !name.startsWith('logitech-unifying'))
    for (const { fixture } of fixtures) root.plug(fixture)
    const { devices, skipped } = list()
    expect(skipped).toEqual([])
    expect(new Set(devices.map(({ identity }) => identity)).size).toBe(devices.length)
  })
})

describe('one physical device', () => {
  test('has all its nodes as siblings, and others have none of them', () => {
    const mosart = root.plugAll('mosart-2.4g-keyboard-mouse').map(({ node }) => node)
    const logitech = root.plugAll('logitech-nano-receiver').map(({ node }) => node)
    root.plugAll('hda-jacks', 'keyd-virtual')
    const { devices } = list()
    const siblings = (node: string) => devices.find((device) => device.node === node)?.siblings
    expect(siblings(mosart[1] ?? '')).toEqual(mosart.filter((node) => node !== mosart[1]))
    expect(siblings(logitech[0] ?? '')).toEqual(logitech.slice(1))
    for (const device of devices.filter(({ virtual }) => virtual)) {
      expect(device.siblings).toEqual([])
    }
  })

  test('shares its receiver with paired devices, which are units of their own', () => {
    root.plugAll('logitech-unifying-receiver')
    const { devices } = list()
    expect(new Set(devices.map(({ physical }) => physical)).size).toBe(1)
    expect(new Set(devices.map(({ unit }) => unit)).size).toBe(3)
    expect(devices[0]?.usb).toMatchObject({ port: '1-4', interfaceNumber: 2, pollRateHz: 500 })
  })

  test('behind a Bluetooth adapter on USB is not the adapter', () => {
    root.plugAll('majestouch-bluetooth-keyboard')
    expect(list().devices[0]).toMatchObject({
      usb: undefined,
      busName: 'bluetooth',
      virtual: false,
    })
  })

  test('by uhid is real and known by its address', () => {
    root.plugAll('logitech-mx-master-3s-ble')
    expect(list().devices[0]).toMatchObject({
      virtual: false,
      identity: 'id/046d:b034:Logitech MX Master 3S:b8:27:eb:34:20:7b:d2:72:87:25:a5:8b',
    })
  })

  test('on USB tells how often it is polled', () => {
    root.plugAll('logitech-g502-gaming-mouse', 'sigmachip-usb-keyboard', 'qemu-usb-mouse')
    const rates = new Map(list().devices.map(({ name, usb }) => [name, usb?.pollRateHz]))
    expect(rates.get('Logitech Gaming Mouse G502')).toBe(1000)
    expect(rates.get('SIGMACHIP USB Keyboard')).toBe(125)
    expect(rates.get('QEMU QEMU USB Mouse')).toBe(125)
  })
})

describe('the identity of a device', () => {
  test('is its by-id link', () => {
    root.plugAll('mosart-2.4g-keyboard-mouse', 'logitech-nano-receiver')
    const identities = list().devices.map(({ identity }) => identity)
    expect(identities).toContain('by-id/usb-MOSART_Semi._2.4G_Keyboard_Mouse-if01-event-mouse')
    expect(identities).toContain('by-id/usb-Logitech_USB_Receiver-event-kbd')
  })

  test('is its by-path link where there is no by-id link', () => {
    root.plugAll('at-keyboard')
    expect(list().devices[0]?.identity).toBe('by-path/platform-i8042-serio-0-event-kbd')
  })

  test('is not a link that a killed evswitch has left to its number', () => {
    root.plugAll('at-keyboard')
    const before = list().devices[0]
    mkdirSync(join(root.path, 'dev/input/by-id'), { recursive: true })
    symlinkSync('../event0', join(root.path, 'dev/input/by-id/evswitch-win10-event-kbd'))
    expect(list().devices[0]).toEqual(before)
    // Nor when a real device calls itself what only our nodes are called.
    root.write(`${root.inputDirectory('event0')}/phys`, 'evswitch-win10-event-kbd\n')
    expect(list().devices[0]?.byId).toEqual([])
  })

  test('is its link for a node of ours', () => {
    const [keyboard] = root.plugAll('evswitch-guest-nodes')
    const device = list().devices.find(({ node }) => node === keyboard?.node)
    expect(device?.identity).toBe(`by-id/${device?.phys}`)
    expect(device?.byId).toEqual([`/dev/input/by-id/${device?.phys}`])
  })

  test.each([false, true])('is the port for two of a model (udev: %s)', (udev) => {
    root.remove()
    root = new FakeRoot({ udev })
    const model = loadFixture('sigmachip-usb-keyboard')
    root.plug(model)
    root.plug(inPort(model, '1-1'))
    const keyboards = list().devices.filter(({ kind }) => kind === 'keyboard')
    const identities = keyboards.map(({ identity }) => identity)
    expect(identities[1]).toBe('by-path/pci-0000:00:14.0-usb-0:1:1.0-event-kbd')
    // Without udev's records nobody can know that the second claims the first one's link, too.
    expect(identities[0]).toBe(
      udev
        ? 'by-path/pci-0000:00:14.0-usb-0:9:1.0-event-kbd'
        : 'by-id/usb-SIGMACHIP_USB_Keyboard-event-kbd',
    )
  })

  test('tells nodes apart that share name, port and every link', () => {
    root.plugAll('hda-jacks')
    root.write(`${root.inputDirectory('event1')}/name`, 'HDA Intel PCH Mic\n')
    const identities = list().devices.map(({ identity }) => identity)
    expect(identities).toEqual([
      'id/0000:0000:HDA Intel PCH Mic:ALSA:',
      'id/0000:0000:HDA Intel PCH Mic:ALSA:#2',
    ])
  })
})

describe('what cannot be read', () => {
  test.each(['name', 'id/vendor', 'capabilities/key', 'properties', 'event0/dev'])(
    'is skipped with its reason when %s is missing, and others are not',
    (attribute) => {
      root.plugAll('at-keyboard', 'ps2-explorer-mouse')
      rmSync(join(root.path, root.inputDirectory('event0'), attribute))
      const { devices, skipped } = list()
      expect(devices.map(({ eventName }) => eventName)).toEqual(['event1'])
      expect(skipped).toEqual([
        { node: '/dev/input/event0', reason: `cannot read ${attribute} in /sys (ENOENT)` },
      ])
    },
  )

  test.each([
    ['capabilities/key', 'zz'],
    ['capabilities/ev', `${'f'.repeat(17)}`],
    ['capabilities/abs', 'f '.repeat(80)],
    ['id/bustype', '-1'],
    ['event0/dev', '13'],
  ])('is skipped when %s is forged', (attribute, content) => {
    root.plugAll('at-keyboard')
    root.write(`${root.inputDirectory('event0')}/${attribute}`, content)
    expect(list()).toMatchObject({
      devices: [],
      skipped: [{ reason: `cannot read ${attribute} in /sys (not what it should be)` }],
    })
  })

  test('phys and uniq may be missing', () => {
    root.plugAll('at-keyboard')
    rmSync(join(root.path, root.inputDirectory('event0'), 'phys'))
    rmSync(join(root.path, root.inputDirectory('event0'), 'uniq'))
    expect(list().devices[0]).toMatchObject({ phys: '', uniq: '' })
  })

  test('is told for a /sys entry that leads nowhere or out of /sys', () => {
    symlinkSync('../../devices/gone', join(root.path, 'sys/class/input/event7'))
    symlinkSync('../../../dev', join(root.path, 'sys/class/input/event8'))
    expect(list().skipped).toEqual([
      { node: '/dev/input/event7', reason: 'no /sys entry (ENOENT)' },
      { node: '/dev/input/event8', reason: 'its /sys entry leads elsewhere' },
    ])
  })

  test('without input devices in the kernel there is an error that says what to load', () => {
    rmSync(join(root.path, 'sys/class/input'), { recursive: true })
    expect(list).toThrow(EvswitchError)
    expect(list).toThrow(/cannot read \/sys\/class\/input: ENOENT\nload the kernel module evdev/)
  })

  test('a name from a stranger is made safe to print', () => {
    root.plugAll('at-keyboard')
    const bytes = [Buffer.from('Evil\u001b[2J\u202e\\ '), Buffer.of(0xff), Buffer.from(' ok \n')]
    root.write(`${root.inputDirectory('event0')}/name`, Buffer.concat(bytes))
    expect(list().devices[0]?.name).toBe('Evil\\x1b[2J\\u{202e}\\\\ \\xff ok ')
  })

  test('a node that may not be opened is listed as such', () => {
    const [node] = root.plugAll('at-keyboard')
    root.forbid(node?.eventName ?? '')
    expect(list().devices[0]?.access).toBe('none')
  })
})

test('two hundred devices take little time', () => {
  for (let index = 1; index <= 100; index++) {
    root.plug(inPort(loadFixture('razer-naga'), `1-${index}`))
  }
  const start = performance.now()
  const { devices } = list()
  const took = performance.now() - start
  expect(devices).toHaveLength(200)
  expect(new Set(devices.map(({ identity }) => identity)).size).toBe(200)
  expect(took).toBeLessThan(1000)
})

function never(): never {
  throw new Error('a fixture has no such node')
}
