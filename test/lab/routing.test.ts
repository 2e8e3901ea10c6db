import { describe, expect, test } from 'vitest'
import type { KeyboardKind, MouseKind } from './devices.ts'
import { type HostMode, nothingStuck, type Scene, startScene } from './scene.ts'
import { sharedLab } from './shared-lab.ts'

const EV_KEY = 1
const EV_REL = 2
const KEY_A = 30
const KEY_B = 48
const BTN_LEFT = 0x110
const REL_X = 0
const REL_Y = 1
const REL_WHEEL = 8

const lab = sharedLab()

const keyboards: readonly KeyboardKind[] = ['usb', 'ps2']
const mice: readonly MouseKind[] = ['usb', 'ps2']

describe.each<HostMode>(['release', 'proxy'])('with a host in %s mode', (hostMode) => {
  test('keys and the mouse reach the active target and never the other', async () => {
    const scene = await startScene(lab.vm, { hostMode })
    await useOnHost(scene)
    expect(scene.guest.keys).toEqual([])
    expect(scene.guest.mousePackets).toEqual([])

    for (const kind of keyboards) {
      await scene.switchTo('guest', kind)
      await useOnGuest(scene)
      await scene.switchTo('host', kind)
      await useOnHost(scene)
      expect(await scene.stuckKeys()).toEqual(nothingStuck)
    }
  })
})

/** Uses every device while the host is active: it sees all, the guest nothing. */
async function useOnHost({ vm, host, guest }: Scene): Promise<void> {
  const keys = guest.keys.length
  const packets = guest.mousePackets.length
  for (const kind of keyboards) {
    await vm.keyboard(kind).tap('a')
    await host.waitFor({ type: EV_KEY, code: KEY_A, value: 1 })
    await host.waitFor({ type: EV_KEY, code: KEY_A, value: 0 })
  }
  for (const kind of mice) {
    const mouse = vm.mouse(kind)
    await mouse.move(5, -7)
    await host.waitFor({ type: EV_REL, code: REL_X, value: 5 })
    await host.waitFor({ type: EV_REL, code: REL_Y, value: -7 })
    await mouse.click('left')
    await host.waitFor({ type: EV_KEY, code: BTN_LEFT, value: 1 })
    await host.waitFor({ type: EV_KEY, code: BTN_LEFT, value: 0 })
    await mouse.wheel('up')
    await host.waitFor({ type: EV_REL, code: REL_WHEEL, value: 1 })
  }
  expect(guest.keys.slice(keys)).toEqual([])
  expect(guest.mousePackets.slice(packets)).toEqual([])
}

/** Uses every device while the guest is active: it sees all, the host nothing. */
async function useOnGuest(scene: Scene): Promise<void> {
  const { vm, guest, host } = scene
  await host.pressed()
  const mark = host.events.length
  for (const kind of keyboards) {
    const from = guest.keys.length
    await vm.keyboard(kind).tap('b')
    await guest.waitUntil(() => guest.keys.length >= from + 2)
    expect(guest.keys.slice(from)).toEqual([
      { key: KEY_B, down: true },
      { key: KEY_B, down: false },
    ])
  }
  for (const kind of mice) {
    const mouse = vm.mouse(kind)
    const before = guest.motion
    await mouse.move(11, -13)
    await guest.waitUntil(() => guest.motion.x - before.x === 11)
    expect(guest.motion).toEqual({ x: before.x + 11, y: before.y - 13 })
    for (const button of ['left', 'right', 'middle'] as const) {
      await mouse.press(button)
      await guest.waitUntil(() => guest.pressedButtons[button])
      await mouse.release(button)
      await guest.waitUntil(() => !guest.pressedButtons[button])
    }
    const packets = guest.mousePackets.length
    await mouse.wheel('up')
    await guest.waitUntil(() => guest.mousePackets.slice(packets).some(({ wheel }) => wheel === -1))
  }
  await host.pressed()
  expect(host.events.slice(mark)).toEqual([])
}
