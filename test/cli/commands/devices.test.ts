import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { columns } from '../../../src/devices/sanitize.ts'
import { allFixtures, FakeRoot } from '../../devices/fake-root.ts'
import { capture } from '../capture.ts'

let root: FakeRoot
beforeEach(() => {
  root = new FakeRoot({ udev: true })
})
afterEach(() => root.remove())

const devices = (...args: string[]) => capture(['devices', '--root', root.path, ...args])

describe('evswitch devices', () => {
  test('shows what belongs together, what it is and what to call it', async () => {
    root.plugAll('acpi-buttons', 'mosart-2.4g-keyboard-mouse', 'logitech-mx-master-3s-ble')
    root.addProcess(812, 'evsieve', ['/dev/input/event3'])
    expect(await devices()).toEqual({
      code: 0,
      err: '',
      out: [
        'MOSART Semi. 2.4G Keyboard Mouse                      usb 1-2  125 Hz  062a:4101',
        '  event3    keyboard      usb-MOSART_Semi._2.4G_Keyboard_Mouse-event-kbd',
        '                          open in evsieve (812)',
        '  event4    mouse         usb-MOSART_Semi._2.4G_Keyboard_Mouse-if01-event-mouse',
        '  event5    media keys    MOSART Semi. 2.4G Keyboard Mouse Consumer Control',
        '  event6    system keys   MOSART Semi. 2.4G Keyboard Mouse System Control',
        '  event7    other         MOSART Semi. 2.4G Keyboard Mouse',
        '',
        'Logitech MX Master 3S                                       bluetooth  046d:b034',
        '  event8    mouse         Logitech MX Master 3S',
        '',
        '3 more nodes (buttons, switches, virtual devices): --all shows them.',
        '',
      ].join('\n'),
    })
  })

  test('shows buttons and virtual devices with --all, and who made them', async () => {
    root.plugAll('keyd-virtual', 'pc-speaker', 'razer-naga')
    const { out } = await devices('--all')
    expect(out).toMatch(/^Razer Razer Naga/)
    expect(out).toContain(
      'keyd virtual keyboard                               usb  0fac:0ade  made by keyd',
    )
    expect(out).toContain('extra: macro keys of a mouse')
    expect(out).toContain('PC Speaker')
    expect(out).not.toContain('--all')
  })

  test('fits the terminal, whatever the devices are called', async () => {
    for (const { fixture } of allFixtures()) root.plug(fixture)
    const names = [
      '日本語'.repeat(40),
      'x'.repeat(300),
      '\u001b[2J'.repeat(80),
      'e\u0301'.repeat(90),
    ]
    for (const [index, name] of names.entries()) {
      root.write(`${root.inputDirectory(`event${index}`)}/name`, `${name}\n`)
    }
    for (const width of [40, 80, 132]) {
      const { out } = await capture(['devices', '--all', '--root', root.path], width)
      for (const line of out.split('\n')) {
        if (!line.includes('more node')) expect(columns(line), line).toBeLessThanOrEqual(width)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
      }
    }
  })

  test('says so when there is nothing to show', async () => {
    root.plugAll('pc-speaker')
    expect((await devices()).out).toBe(
      'No keyboard, mouse or other device to hold in hands.\n' +
        '1 more node (buttons, switches, virtual devices): --all shows them.\n',
    )
    rmSync(join(root.path, root.inputDirectory('event0'), 'name'))
    expect((await devices()).out).toContain(
      'Skipped /dev/input/event0: cannot read name in /sys (ENOENT).',
    )
  })

  test('prints JSON for scripts', async () => {
    root.plugAll('logitech-g502-gaming-mouse', 'pc-speaker')
    root.addProcess(700, 'Xorg', ['/dev/input/event0'])
    const { out, code } = await devices('--json')
    expect(code).toBe(0)
    const report = JSON.parse(out) as { devices: Record<string, unknown>[]; skipped: unknown[] }
    expect(report.skipped).toEqual([])
    expect(report.devices).toHaveLength(4)
    expect(report.devices[0]).toEqual({
      node: '/dev/input/event0',
      eventName: 'event0',
      inputName: 'input0',
      sysPath:
        '/devices/pci0000:00/0000:00:14.0/usb1/1-6/1-6:1.0/0003:046D:C332.0001/input/input0/event0',
      deviceNumber: '13:64',
      name: 'Logitech Gaming Mouse G502',
      phys: 'usb-0000:00:14.0-6/input0',
      uniq: '0F8136783330',
      bus: 3,
      busName: 'usb',
      vendor: '046d',
      product: 'c332',
      version: '0111',
      kind: 'mouse',
      traits: ['mouse'],
      driver: 'hid-generic',
      virtual: false,
      physical: '/devices/pci0000:00/0000:00:14.0/usb1/1-6',
      unit: '/devices/pci0000:00/0000:00:14.0/usb1/1-6',
      siblings: ['/dev/input/event1', '/dev/input/event2', '/dev/input/event3'],
      secondary: false,
      usb: {
        port: '1-6',
        interfaceNumber: 0,
        bootProtocol: 'mouse',
        pollIntervalUs: 1000,
        pollRateHz: 1000,
      },
      byId: ['/dev/input/by-id/usb-Logitech_Gaming_Mouse_G502_0F8136783330-event-mouse'],
      byPath: ['/dev/input/by-path/pci-0000:00:14.0-usb-0:6:1.0-event-mouse'],
      identity: 'by-id/usb-Logitech_Gaming_Mouse_G502_0F8136783330-event-mouse',
      access: 'read-write',
      users: [{ pid: 700, name: 'Xorg', grabber: false }],
    })
    const all = JSON.parse((await devices('--json', '--all')).out) as { devices: unknown[] }
    expect(all.devices).toHaveLength(5)
  })
})
