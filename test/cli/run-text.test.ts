import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noticeText, type RunFacts, startedText } from '../../src/cli/run-text.ts'
import { startedJson } from '../../src/cli/started-json.ts'
import type { Device } from '../../src/devices/device.ts'
import type { LinkOutcome } from '../../src/devices/links-fallback.ts'
import { listDevices } from '../../src/devices/list.ts'
import { EvswitchError } from '../../src/errors.ts'
import type { Guest, Notice, Started } from '../../src/service/notice.ts'
import { noticeJson } from '../../src/service/notice-json.ts'
import { FakeRoot } from '../devices/fake-root.ts'

const facts: RunFacts = {
  hotkeys: [
    { keys: [29, 97], action: { kind: 'next' } },
    { keys: [29, 97, 1], action: { kind: 'panic' } },
  ],
}
const folder = '/dev/input/by-id'

let root: FakeRoot
let keyboard: Device
let mouse: Device
beforeAll(() => {
  root = new FakeRoot()
  root.plugAll('at-keyboard', 'qemu-usb-mouse')
  const [first, second] = listDevices(root.path).devices
  if (first === undefined || second === undefined) throw new Error('no devices')
  keyboard = first
  mouse = second
})
afterAll(() => root.remove())

function link(role: string, node: string): LinkOutcome {
  return { path: `${folder}/evswitch-guest-event-${role}`, node, madeBy: 'udev' }
}

function guest(name = 'guest'): Guest {
  const [kbd, pointer] = [link('kbd', '/dev/input/event8'), link('mouse', '/dev/input/event9')]
  return { name, repeat: true, keyboard: kbd, mouse: pointer, clones: [] }
}

function started(parts: Partial<Started> = {}): Started {
  return {
    devices: [keyboard, mouse],
    cloned: [],
    left: [],
    guests: [guest()],
    screens: [],
    targets: (parts.guests ?? [guest()]).map(({ name }) => name),
    takesLastKeyboard: false,
    takesLastMouse: false,
    advice: [],
    ...parts,
  }
}

describe('the text at the start', () => {
  test('tells devices, nodes, what to paste, how to switch and how to get out', () => {
    expect(startedText(started(), facts).join('\n')).toBe(`\
Taken while a guest has the input: 2 devices
  AT Translated Set 2 keyboard  keyboard, event0
  QEMU QEMU USB Mouse           mouse, event1

Guest "guest" has these two nodes; give them to its machine, then start it:
  ${folder}/evswitch-guest-event-kbd
  ${folder}/evswitch-guest-event-mouse
QEMU:
  -object input-linux,id=evswitch-guest-kbd,evdev=${folder}/evswitch-guest-event-kbd,grab_all=on,repeat=on \\
  -object input-linux,id=evswitch-guest-mouse,evdev=${folder}/evswitch-guest-event-mouse
libvirt (virsh edit, inside <devices>):
  <input type='evdev'>
    <source dev='${folder}/evswitch-guest-event-kbd' grab='all' repeat='on'/>
  </input>
  <input type='evdev'>
    <source dev='${folder}/evswitch-guest-event-mouse'/>
  </input>

Switch:     left Ctrl + right Ctrl   (host → guest → host)
Emergency:  left Ctrl + right Ctrl + Esc   gives everything back to this machine
End:        Ctrl+C

host has the input`)
  })

  test('says what stays, and what will be missing', () => {
    const text = startedText(
      started({
        devices: [keyboard],
        left: [{ device: mouse, reason: 'another program has it' }],
        takesLastKeyboard: true,
        advice: ['keyd is running'],
      }),
      facts,
    ).join('\n')
    expect(text).toContain('input: 1 device\n')
    expect(text).toContain(
      'Left to this machine: event1 "QEMU QEMU USB Mouse" (another program has it)',
    )
    expect(text).toContain('Note: no other keyboard is left to this machine')
    expect(text).toContain('Note: keyd is running')
  })

  test('names the nodes themselves where no link could be made, and says why', () => {
    const madeBy = 'nobody'
    const kbd = { ...link('kbd', '/dev/input/event8'), madeBy, reason: 'EACCES' } as const
    const text = startedText(started({ guests: [{ ...guest(), keyboard: kbd }] }), facts).join('\n')
    expect(text).toContain('evdev=/dev/input/event8,')
    expect(text).toContain('(their numbers may change at the next start: no stable link, EACCES)')
  })

  test('tells what is cloned, and gives the clones to QEMU as the devices that they are', () => {
    const clone = {
      device: mouse,
      role: 'clone1',
      link: link('clone1', '/dev/input/event10'),
    } as const
    const parts = started({ cloned: [mouse], guests: [{ ...guest(), clones: [clone] }] })
    const text = startedText(parts, facts).join('\n')
    expect(text).toContain(
      'Cloned, and away while a guest has the input: 1 device\n  QEMU QEMU USB Mouse',
    )
    expect(text).toContain('Guest "guest" has these 3 nodes;')
    expect(text).toContain(
      `  ${folder}/evswitch-guest-event-clone1   clone of QEMU QEMU USB Mouse\n`,
    )
    const device = `virtio-input-host-pci,id=evswitch-guest-clone1,evdev=${folder}/evswitch-guest-event-clone1`
    expect(text).toContain(`  -device ${device}\n`)
    expect(text).toContain("<input type='passthrough' bus='virtio'>")
    expect(startedJson(parts, facts)).toMatchObject({
      cloned: [{ name: 'QEMU QEMU USB Mouse' }],
      guests: [{ eventNodes: { clones: ['/dev/input/event10'] } }],
    })
  })

  test('shows the order of several guests', () => {
    const text = startedText(started({ guests: [guest('win10'), guest('mac')] }), facts).join('\n')
    expect(text).toContain('(host → win10 → mac → host)')
  })

  test('tells what each hotkey does', () => {
    const hotkeys: RunFacts['hotkeys'] = [
      { keys: [183], action: { kind: 'previous' } },
      { keys: [184], action: { kind: 'target', target: 'mac' } },
      { keys: [185], action: { kind: 'target', target: 'host' } },
    ]
    const text = startedText(started({ guests: [guest('win10'), guest('mac')] }), { hotkeys })
    expect(text).toContain('Back:       F13   (host → mac → win10 → host)')
    expect(text).toContain('Switch:     F14   to mac, and back to host')
    expect(text).toContain('Switch:     F15   to host')
  })

  test('names the screens of other computers, which the hotkeys reach in their order', () => {
    const text = startedText(
      started({ screens: ['laptop'], targets: ['laptop', 'guest'] }),
      facts,
    ).join('\n')
    expect(text).toContain('Screens of other computers: laptop; evswitch share status shows them')
    expect(text).toContain('(host → laptop → guest → host)')
  })

  test('leaves repeats out of what is given to a guest that repeats by itself', () => {
    const text = startedText(started({ guests: [{ ...guest(), repeat: false }] }), facts)
    expect(text.join('\n')).not.toContain('repeat=')
  })
})

describe('a notice', () => {
  const switched = { kind: 'switched', target: 'host', previous: 'guest' } as const
  const latencyNs = undefined

  test.each<[Notice, string | undefined]>([
    [{ ...switched, reason: 'hotkey', latencyNs }, 'host has the input'],
    [{ ...switched, reason: 'stop', latencyNs }, 'host has the input again'],
    [{ ...switched, reason: 'consumer-gone', latencyNs }, 'host has the input: guest is gone'],
    [{ ...switched, reason: 'panic', latencyNs }, undefined],
    [{ kind: 'panic' }, 'panic: everything is back, host has the input'],
    [
      { kind: 'refused', target: 'guest' },
      'guest: nobody has opened its nodes; start the VM first',
    ],
    [
      { kind: 'refused', target: 'laptop', screen: true },
      'laptop: no computer is connected as this screen; evswitch share status says more',
    ],
    [
      { kind: 'consumer', target: 'laptop', present: true, screen: true },
      'laptop: its computer is connected',
    ],
    [
      { kind: 'consumer', target: 'laptop', present: false, screen: true },
      'laptop: its computer is not connected any more',
    ],
    [
      { kind: 'warning', text: 'it is slow', remedy: 'make it fast' },
      'warning: it is slow\nmake it fast',
    ],
    [
      { kind: 'device-waiting', node: '/dev/input/event3', reason: 'no permission' },
      '/dev/input/event3 is not taken: no permission',
    ],
  ])('%j is one line', (notice, text) => {
    expect(noticeText(notice)).toBe(text)
  })

  test('about a device names it and its node', () => {
    expect(noticeText({ kind: 'device-arrived', device: mouse })).toBe(
      '+ QEMU QEMU USB Mouse (event1)',
    )
    expect(noticeText({ kind: 'device-departed', device: mouse })).toBe(
      '- QEMU QEMU USB Mouse (event1)',
    )
  })
})

describe('for scripts', () => {
  test('the start is one object with all that a script needs', () => {
    expect(JSON.parse(JSON.stringify(startedJson(started(), facts)))).toMatchObject({
      event: 'started',
      active: 'host',
      devices: [{ node: '/dev/input/event0', kind: 'keyboard' }, { node: '/dev/input/event1' }],
      guests: [
        {
          name: 'guest',
          nodes: { keyboard: `${folder}/evswitch-guest-event-kbd` },
          eventNodes: { keyboard: '/dev/input/event8', mouse: '/dev/input/event9' },
          qemu: ['-object', expect.stringContaining('input-linux'), '-object', expect.anything()],
        },
      ],
      hotkey: 'leftctrl+rightctrl',
      panic: 'leftctrl+rightctrl+esc',
      hotkeys: [
        { keys: 'leftctrl+rightctrl', kind: 'next' },
        { keys: 'leftctrl+rightctrl+esc', kind: 'panic' },
      ],
    })
  })

  test('a notice is its kind and its facts', () => {
    expect(
      noticeJson({
        kind: 'switched',
        target: 'guest',
        previous: 'host',
        reason: 'hotkey',
        latencyNs: 1234,
      }),
    ).toEqual({
      event: 'switched',
      target: 'guest',
      previous: 'host',
      reason: 'hotkey',
      latencyNs: 1234,
    })
    expect(noticeJson({ kind: 'consumer', target: 'guest', present: true })).toEqual({
      event: 'consumer',
      target: 'guest',
      present: true,
    })
    const error = new EvswitchError('device-busy', 'cannot grab it', { remedy: 'stop the other' })
    expect(noticeJson({ kind: 'device-failed', device: mouse, error })).toMatchObject({
      event: 'device-failed',
      device: { node: '/dev/input/event1' },
      code: 'device-busy',
      message: 'cannot grab it\nstop the other',
    })
  })
})
