import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  barrierArguments,
  guestNodes,
  libvirtXml,
  qemuArguments,
  qemuCommandLine,
  shellQuote,
} from '../../src/guests/qemu.ts'

describe('QEMU arguments', () => {
  test('open the links of the target', () => {
    expect(qemuCommandLine({ target: 'win10' })).toBe(
      '-object input-linux,id=evswitch-win10-kbd,evdev=/dev/input/by-id/evswitch-win10-event-kbd,grab_all=on,repeat=on ' +
        '-object input-linux,id=evswitch-win10-mouse,evdev=/dev/input/by-id/evswitch-win10-event-mouse',
    )
  })

  test('leave repeats out on request, and stand one object a line', () => {
    const lines = qemuCommandLine({ target: 'a', repeat: false }, ' \\\n').split('\n')
    expect(lines).toHaveLength(2)
    expect(lines[0]).toBe(
      '-object input-linux,id=evswitch-a-kbd,evdev=/dev/input/by-id/evswitch-a-event-kbd,grab_all=on \\',
    )
  })

  test('give a clone to the guest as virtio-input, with every event it has', () => {
    const nodes = { ...guestNodes('a'), clones: ['/dev/input/event9', '/dev/input/event10'] }
    expect(qemuArguments({ target: 'a', nodes }).slice(4)).toEqual([
      '-device',
      'virtio-input-host-pci,id=evswitch-a-clone1,evdev=/dev/input/event9',
      '-device',
      'virtio-input-host-pci,id=evswitch-a-clone2,evdev=/dev/input/event10',
    ])
    expect(libvirtXml({ target: 'a', nodes }, '').split('\n').slice(6, 9)).toEqual([
      "<input type='passthrough' bus='virtio'>",
      "  <source evdev='/dev/input/event9'/>",
      '</input>',
    ])
  })

  test('call a clone by the number of its link, though the one before it is away', () => {
    const nodes = { ...guestNodes('a'), clones: ['/dev/input/by-id/evswitch-a-event-clone2'] }
    expect(qemuArguments({ target: 'a', nodes })[5]).toBe(
      'virtio-input-host-pci,id=evswitch-a-clone2,evdev=/dev/input/by-id/evswitch-a-event-clone2',
    )
  })

  test('double the commas of a path and quote it for the shell', () => {
    const nodes = { keyboard: "/tmp/a,b/it's", mouse: '/tmp/m' }
    expect(qemuArguments({ target: 'x', nodes })[1]).toBe(
      "input-linux,id=evswitch-x-kbd,evdev=/tmp/a,,b/it's,grab_all=on,repeat=on",
    )
    expect(qemuCommandLine({ target: 'x', nodes })).toContain(
      `evdev=/tmp/a,,b/it'\\''s,grab_all=on`,
    )
  })

  test('a word quoted for the shell comes back from a real shell unchanged', () => {
    const noNul = fc
      .string({ unit: 'grapheme', maxLength: 30 })
      .map((text) => text.replaceAll('\0', ''))
    const words = fc.array(noNul, { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(words, (list) => {
        const script = `printf '%s\\0' ${list.map(shellQuote).join(' ')}`
        const output = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' })
        expect(output.split('\0').slice(0, -1)).toEqual(list)
      }),
      { numRuns: 30 },
    )
  })
})

describe('libvirt XML', () => {
  test('has one evdev input for each node', () => {
    expect(libvirtXml({ target: 'win10' }, '')).toBe(
      [
        "<input type='evdev'>",
        "  <source dev='/dev/input/by-id/evswitch-win10-event-kbd' grab='all' repeat='on'/>",
        '</input>',
        "<input type='evdev'>",
        "  <source dev='/dev/input/by-id/evswitch-win10-event-mouse'/>",
        '</input>',
      ].join('\n'),
    )
    expect(libvirtXml({ target: 'x', repeat: false })).not.toContain('repeat')
    expect(libvirtXml({ target: 'x' })).toMatch(/^ {4}<input/)
  })

  test('escapes what XML would read otherwise', () => {
    const nodes = { keyboard: `/tmp/a&b<c>'d"e`, mouse: '/m' }
    expect(libvirtXml({ target: 'x', nodes })).toContain(
      "dev='/tmp/a&amp;b&lt;c&gt;&apos;d&quot;e'",
    )
  })
})

test("QEMU's own client of the share has a name, an address and a size, and no node", () => {
  const size = { width: 1280, height: 720 }
  const input = { target: 'vm', screen: 'screen-1', server: '127.0.0.1', port: 24801, size }
  expect(barrierArguments(input)).toEqual([
    '-object',
    'input-barrier,id=evswitch-vm-barrier,name=screen-1,server=127.0.0.1,port=24801,width=1280,height=720',
  ])
})

test('guest nodes are the by-id links', () => {
  expect(guestNodes('g')).toEqual({
    keyboard: '/dev/input/by-id/evswitch-g-event-kbd',
    mouse: '/dev/input/by-id/evswitch-g-event-mouse',
  })
})
