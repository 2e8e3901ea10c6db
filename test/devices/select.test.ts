import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { listDevices } from '../../src/devices/list.ts'
import { findDevices, selectSources } from '../../src/devices/select.ts'
import { EvswitchError } from '../../src/errors.ts'
import { FakeRoot } from './fake-root.ts'

let root: FakeRoot
beforeEach(() => {
  root = new FakeRoot()
})
afterEach(() => root.remove())

function select(...names: string[]) {
  return selectSources(listDevices(root.path).devices, names, { root: root.path })
}

function taken(...names: string[]) {
  return select(...names).sources.map(({ name }) => name)
}

function refusal(...names: string[]): EvswitchError {
  try {
    select(...names)
  } catch (error) {
    if (error instanceof EvswitchError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('without names', () => {
  test('every real keyboard and mouse is taken, with its media and system keys', () => {
    root.plugAll('acpi-buttons', 'lid-switch', 'pc-speaker', 'video-bus', 'hda-jacks')
    root.plugAll('mosart-2.4g-keyboard-mouse', 'at-keyboard', 'logitech-mx-master-3s-ble')
    root.plugAll('keyd-virtual', 'xbox-360-pad', 'usb-camera', 'evswitch-guest-nodes')
    expect(taken()).toEqual([
      'MOSART Semi. 2.4G Keyboard Mouse',
      'MOSART Semi. 2.4G Keyboard Mouse',
      'MOSART Semi. 2.4G Keyboard Mouse Consumer Control',
      'MOSART Semi. 2.4G Keyboard Mouse System Control',
      'AT Translated Set 2 keyboard',
      'Logitech MX Master 3S',
    ])
  })

  test('what is pinned stays with the host, and is said', () => {
    root.plugAll('at-keyboard', 'qemu-usb-keyboard', 'qemu-usb-mouse')
    const { devices } = listDevices(root.path)
    const pinned = ['AT Translated', 'not there']
    const selection = selectSources(devices, [], { root: root.path, pinned })
    expect(selection.sources.map(({ name }) => name)).toEqual([
      'QEMU QEMU USB Keyboard',
      'QEMU QEMU USB Mouse',
    ])
    expect(selection.left.map(({ device, reason }) => `${device.name}: ${reason}`)).toEqual([
      'AT Translated Set 2 keyboard: pinned',
    ])
    expect(selection.takesLastKeyboard).toBe(false)
    expect(selection.takesLastMouse).toBe(true)
    expect(selection.advice).toEqual([
      'no device is called "not there" now; it stays here when it comes',
    ])
  })

  test('what may come later is advice while something else is there', () => {
    root.plugAll('at-keyboard')
    const { devices } = listDevices(root.path)
    const options = { root: root.path, waits: true }
    const { sources, advice } = selectSources(devices, ['mouse', 'event0'], options)
    expect(sources.map(({ name }) => name)).toEqual(['AT Translated Set 2 keyboard'])
    expect(advice).toEqual(['no device is called "mouse" now; it is taken when it comes'])
    expect(() => selectSources(devices, ['mouse'], options)).toThrow('no device is called "mouse"')
  })

  test('what is pinned is not taken by another name, and something must be left to take', () => {
    root.plugAll('at-keyboard', 'qemu-usb-mouse')
    const { devices } = listDevices(root.path)
    const choose = (names: readonly string[], ...pinned: string[]) =>
      selectSources(devices, names, { root: root.path, pinned }).sources.map(({ name }) => name)
    expect(choose(['event0', 'event1'], 'translated')).toEqual(['QEMU QEMU USB Mouse'])
    expect(() => choose([], 'translated', 'mouse')).toThrow(
      'every keyboard and mouse is pinned to this machine\nleave one to be taken',
    )
    expect(() => choose([], 'e')).toThrow('"e" fits 2 devices')
  })

  test('what a mouse node cannot carry stays with the host, and is said', () => {
    root.plugAll('at-keyboard', 'synaptics-ps2-touchpad', 'qemu-usb-tablet', 'xbox-360-pad')
    root.plugAll('keyd-virtual', 'evswitch-guest-nodes', 'lid-switch')
    const { sources, left } = select()
    expect(sources).toHaveLength(1)
    expect(left.map(({ device, reason }) => `${device.name}: ${reason}`)).toEqual([
      'SynPS/2 Synaptics TouchPad: a touchpad sends finger positions',
      'QEMU QEMU USB Tablet: it sends positions instead of motion',
      'Microsoft X-Box 360 pad: a gamepad has sticks and buttons of its own',
      'keyd virtual keyboard: made by keyd',
      'keyd virtual pointer: made by keyd',
    ])
  })

  test('a running remapper is pointed out', () => {
    root.plugAll('at-keyboard', 'keyd-virtual')
    expect(select().advice).toEqual([
      'keyd is running: what is typed may come from "keyd virtual keyboard" (event1); name it to route that',
    ])
  })

  test('a machine without keyboard and mouse is an error', () => {
    root.plugAll('acpi-buttons', 'pc-speaker')
    const error = refusal()
    expect(error.code).toBe('not-configured')
    expect(error.message).toBe(
      'this machine has no real keyboard and no mouse\nplug one in and try again',
    )
  })

  test('a machine with virtual ones only is told so', () => {
    root.plugAll('keyd-virtual')
    expect(refusal().remedy).toContain('keyd is running')
    root.remove()
    root = new FakeRoot()
    root.plugAll('qemu-usb-tablet')
    expect(refusal().remedy).toBe('name a virtual one: evswitch devices --all lists them')
  })
})

describe('the last keyboard or mouse', () => {
  test('is taken when nothing is left', () => {
    root.plugAll('at-keyboard', 'ps2-explorer-mouse')
    expect(select()).toMatchObject({ takesLastKeyboard: true, takesLastMouse: true })
    expect(select('event0')).toMatchObject({ takesLastKeyboard: true, takesLastMouse: false })
    expect(select('event1')).toMatchObject({ takesLastKeyboard: false, takesLastMouse: true })
  })

  test('is not taken when another stays', () => {
    root.plugAll('at-keyboard', 'ps2-explorer-mouse', 'sigmachip-usb-keyboard', 'qemu-usb-mouse')
    expect(select('event0', 'event1')).toMatchObject({
      takesLastKeyboard: false,
      takesLastMouse: false,
    })
  })

  test('is not replaced by the macro node of a mouse or the mouse node of a keyboard', () => {
    root.plugAll('at-keyboard', 'logitech-g502-gaming-mouse')
    expect(select('AT Translated Set 2 keyboard').takesLastKeyboard).toBe(true)
    root.plugAll('keychron-v6')
    expect(select('event0').takesLastKeyboard).toBe(false)
    expect(select('Logitech Gaming Mouse G502').takesLastMouse).toBe(true)
    root.plugAll('inphic-s6-ble')
    expect(select('Logitech Gaming Mouse G502').takesLastMouse).toBe(true)
  })

  test('is replaced by a touchpad', () => {
    root.plugAll('at-keyboard', 'ps2-explorer-mouse', 'synaptics-ps2-touchpad')
    expect(select()).toMatchObject({ takesLastKeyboard: true, takesLastMouse: false })
  })

  test('is taken with the node of a remapper that holds the real ones', () => {
    root.plugAll('at-keyboard', 'sigmachip-usb-keyboard', 'keyd-virtual')
    expect(select('keyd virtual keyboard').takesLastKeyboard).toBe(true)
  })

  test('is left by paired mice that claim every letter key', () => {
    root.plugAll('logitech-unifying-receiver')
    expect(select('Logitech MX Keys').takesLastKeyboard).toBe(true)
    expect(select('Logitech MX Keys').takesLastMouse).toBe(false)
  })
})

describe('a name', () => {
  beforeEach(() => {
    root.plugAll('at-keyboard', 'mosart-2.4g-keyboard-mouse', 'logitech-nano-receiver')
  })

  test.each([
    '/dev/input/event0',
    'event0',
    '/dev/input/by-path/platform-i8042-serio-0-event-kbd',
    'platform-i8042-serio-0-event-kbd',
    'by-path/platform-i8042-serio-0-event-kbd',
    'AT Translated Set 2 keyboard',
    'at translated set 2 KEYBOARD',
    'translated',
    ' event0 ',
  ])('may be %j', (name) => {
    expect(taken(name)).toEqual(['AT Translated Set 2 keyboard'])
  })

  test('may be the real pair of by-id names', () => {
    const mouse = 'usb-MOSART_Semi._2.4G_Keyboard_Mouse-if01-event-mouse'
    const { sources } = select(mouse, `/dev/input/by-id/usb-Logitech_USB_Receiver-event-kbd`)
    expect(sources.map(({ kind, node }) => `${kind} ${node}`)).toEqual([
      'mouse /dev/input/event2',
      'keyboard /dev/input/event6',
    ])
    expect(taken(`by-id/${mouse}`)).toHaveLength(1)
  })

  test('may be any link to the node', () => {
    symlinkSync('input/event2', join(root.path, 'dev/my-mouse'))
    expect(taken('/dev/my-mouse')).toEqual(['MOSART Semi. 2.4G Keyboard Mouse'])
  })

  test('that fits the nodes of one device takes those that can be used', () => {
    expect(taken('mosart')).toHaveLength(4)
  })

  test('given twice counts once', () => {
    expect(taken('event0', 'translated', '/dev/input/event0')).toHaveLength(1)
  })

  test('that fits several devices lists them', () => {
    root.plugAll('logitech-c52f-mouse-receiver')
    const error = refusal('logitech')
    expect(error.code).toBe('ambiguous-device')
    expect(error.message.split('\n')).toEqual([
      '"logitech" fits 6 devices',
      expect.stringMatching(/^name one of them: event6 \(Logitech USB Receiver\), event7 \(/),
    ])
  })

  test.each([
    ['logittech', 'did you mean event6, "Logitech USB Receiver"?'],
    ['usb-Logitech_USB_Receiver-event-kdb', 'did you mean event6,'],
    ['/dev/input/by-id/usb-Logitech_USB_Receiver-evnt-kbd', 'did you mean event6,'],
    ['Translatde', 'did you mean event0,'],
    ['/dev/input/event99', 'evswitch devices lists those there are'],
    ['event99', 'evswitch devices lists those there are'],
    ['zzzzzzzz', 'evswitch devices lists those there are'],
    ['', 'evswitch devices lists those there are'],
  ])('%j is unknown: %s', (name, remedy) => {
    const error = refusal(name)
    expect(error.code).toBe('unknown-device')
    expect(error.exitCode).toBe(2)
    expect(error.remedy).toContain(remedy)
  })

  test('with escapes in it is not printed raw', () => {
    expect(refusal('\u001b[2J').message).toContain(String.raw`"\x1b[2J"`)
  })

  test('of another kind of node is told from an evdev node', () => {
    root.write('dev/input/mouse0', '')
    expect(refusal('/dev/input/mouse0').message).toContain('is not an evdev node')
  })

  test.each([
    ['synaptics-ps2-touchpad', 'a touchpad sends finger positions'],
    ['wacom-intuos-pt-s', 'a tablet sends pen positions'],
    ['elan-usb-touchscreen', 'a touchscreen sends touch positions'],
    ['xbox-360-pad', 'a gamepad has sticks and buttons of its own'],
    ['qemu-usb-tablet', 'it sends positions instead of motion'],
    ['pc-speaker', 'it has no keys and no motion'],
    ['lid-switch', 'it has no keys and no motion'],
  ])('of %s is refused: %s', (fixture, reason) => {
    const [node] = root.plugAll(fixture)
    const error = refusal(node?.eventName ?? '')
    expect(error.code).toBe('unsuitable-device')
    expect(error.message).toContain(reason)
    expect(findDevices(listDevices(root.path).devices, node?.eventName ?? '')).toHaveLength(1)
  })

  test('of one of our own nodes is refused, because that would be a loop', () => {
    root.plugAll('evswitch-guest-nodes')
    expect(refusal('evswitch win10 keyboard').message).toContain('is a node of evswitch itself')
  })

  test('of a virtual device takes it', () => {
    root.plugAll('keyd-virtual')
    expect(taken('keyd virtual keyboard')).toEqual(['keyd virtual keyboard'])
  })
})
