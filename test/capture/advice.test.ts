import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ActivityFacts, Sort } from '../../src/capture/activity.ts'
import { type Advice, advise } from '../../src/capture/advice.ts'
import { listDevices } from '../../src/devices/list.ts'
import { selectSources } from '../../src/devices/select.ts'
import { allFixtures, FakeRoot, inPort, loadFixture } from '../devices/fake-root.ts'

let root: FakeRoot
beforeEach(() => {
  root = new FakeRoot({ udev: true })
})
afterEach(() => root.remove())

function used(...sends: readonly Sort[]): ActivityFacts {
  return { frames: 10, sends, rateHz: undefined, onlyInterrupt: false }
}

/** The advice when these nodes have sent something, all others being silent. */
function adviceFor(spoken: Readonly<Record<string, ActivityFacts>>): Advice {
  const { devices } = listDevices(root.path)
  return advise(devices.map((device) => ({ device, activity: spoken[device.eventName] })))
}

function taken(advice: Advice): string[] {
  return advice.take.map(({ eventName }) => eventName)
}

function reasons(advice: Advice): string[] {
  return advice.units.flatMap((unit) => unit.reasons)
}

describe('advice', () => {
  test('is nothing while all are silent', () => {
    root.plugAll('mosart-2.4g-keyboard-mouse', 'razer-naga')
    expect(adviceFor({})).toEqual({ units: [], take: [] })
  })

  test('takes the one node of a simple device', () => {
    root.plugAll('qemu-usb-keyboard', 'qemu-usb-mouse')
    const advice = adviceFor({ event0: used('keys'), event1: used('motion', 'buttons') })
    expect(taken(advice)).toEqual(['event0', 'event1'])
    expect(reasons(advice)[0]).toMatch(/^event0 \(-event-kbd\) sends keys\.$/)
    expect(reasons(advice)[1]).toMatch(/^event1 \(-event-mouse\) sends motion and buttons\.$/)
  })

  test('takes the media keys of a keyboard, and leaves the mouse of its receiver to be moved', () => {
    root.plugAll('mosart-2.4g-keyboard-mouse')
    const advice = adviceFor({ event0: used('keys') })
    expect(taken(advice)).toEqual(['event0', 'event2', 'event3'])
    expect(reasons(advice)).toEqual([
      'event0 (-event-kbd) sends keys.',
      'event2 (media keys) and event3 (system keys) belong to it and are silent so far: left out, they would go on to reach this machine.',
      'Its mouse is event1: move it, if you want it, too.',
    ])
    expect(taken(adviceFor({ event0: used('keys'), event1: used('motion') }))).toEqual([
      'event0',
      'event1',
      'event2',
      'event3',
    ])
  })

  test('takes the macro keys of a mouse with it, whichever of them spoke', () => {
    root.plugAll('razer-naga')
    const advice = adviceFor({ event0: used('motion') })
    expect(taken(advice)).toEqual(['event0', 'event1'])
    expect(reasons(advice).join(' ')).toContain('event1 (macro keys) belongs to it')
    expect(taken(adviceFor({ event1: used('keys') }))).toEqual(['event0', 'event1'])
  })

  test('says that the node which looks right stays silent', () => {
    root.plugAll('keychron-v6')
    const keyboards = listDevices(root.path).devices.filter(({ kind }) => kind === 'keyboard')
    const [first, second] = keyboards.map(({ eventName }) => eventName)
    expect(second).toBeDefined()
    const advice = adviceFor({ [second ?? '']: used('keys') })
    expect(taken(advice)).toContain(first)
    expect(reasons(advice).slice(0, 2)).toEqual([
      expect.stringMatching(`^${second} \\(-if0\\d-event-kbd\\) sends keys\\.$`),
      `${first} (-event-kbd) is a keyboard, too, but stays silent.`,
    ])
  })

  test('tells devices paired to one receiver apart', () => {
    root.plugAll('logitech-unifying-receiver')
    expect(taken(adviceFor({ event0: used('keys') }))).toEqual(['event0'])
    expect(taken(adviceFor({ event1: used('motion') }))).toEqual(['event1'])
  })

  test.each([
    ['elan-i2c-touchpad', 'a touchpad sends finger positions'],
    ['xbox-360-pad', 'a gamepad has sticks and buttons of its own'],
    ['wacom-intuos-pt-s', 'a tablet sends pen positions'],
    ['elan-usb-touchscreen', 'a touchscreen sends touch positions'],
    ['qemu-usb-tablet', 'it sends positions instead of motion'],
  ])('refuses a %s and says why', (name, why) => {
    root.plugAll(name)
    const kinds = ['touchpad', 'gamepad', 'tablet', 'touchscreen']
    const device = listDevices(root.path).devices.find(
      ({ kind, traits }) => kinds.includes(kind) || traits.includes('absolute-pointer'),
    )
    const advice = adviceFor({ [device?.eventName ?? '']: used('position') })
    expect(advice.take).toEqual([])
    expect(reasons(advice)).toEqual([`${device?.eventName} cannot be taken: ${why}.`])
  })

  test('says nothing of lids, jacks and motion sensors', () => {
    root.plugAll('lid-switch', 'hda-jacks', 'dualsense-bluetooth')
    const { devices } = listDevices(root.path)
    const sensor = devices.find(({ traits }) => traits.includes('accelerometer'))
    const spoken = { event0: used('switch'), event1: used('switch') }
    expect(adviceFor({ ...spoken, [sensor?.eventName ?? '']: used('position') }).units).toEqual([])
  })

  test('takes the node of a remapper, because that is what types', () => {
    root.plugAll('qemu-usb-keyboard', 'keyd-virtual')
    const advice = adviceFor({ event1: used('keys') })
    expect(taken(advice)).toEqual(['event1'])
    expect(reasons(advice)).toContain(
      'event1 is made by keyd, which has the real device and sends what you type.',
    )
  })

  test('never takes a node of evswitch', () => {
    root.plugAll('evswitch-guest-nodes')
    expect(adviceFor({ event0: used('keys') }).take).toEqual([])
  })

  test('does not count the keyboard that only ended the program', () => {
    root.plugAll('at-keyboard', 'qemu-usb-mouse')
    const ended = { ...used('keys'), onlyInterrupt: true }
    expect(taken(adviceFor({ event0: ended, event1: used('motion') }))).toEqual(['event1'])
  })

  test('warns of a device that only its port tells from another of the model', () => {
    const model = loadFixture('sigmachip-usb-keyboard')
    root.plug(model)
    root.plug(inPort(model, '1-1'))
    const advice = adviceFor({ event0: used('keys') })
    expect(reasons(advice)).toContain(
      'event0 is known by its port: plug it into the same one always.',
    )
  })
})

describe.each(allFixtures())('the advice for $name', ({ fixture }) => {
  test('can be taken by evswitch run, by names that last', () => {
    root.plug(fixture)
    const { devices } = listDevices(root.path)
    for (const device of devices) {
      const { take, units } = adviceFor({ [device.eventName]: used('keys', 'motion') })
      expect(units.length).toBeLessThanOrEqual(1)
      if (take.length === 0) continue
      expect(take).toContainEqual(device)
      const names = take.map(({ identity }) => identity)
      expect(selectSources(devices, names, { root: root.path }).sources).toEqual(take)
    }
  })
})
