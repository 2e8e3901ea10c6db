import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT } from './cache.ts'
import type { KeyboardKind } from './devices.ts'
import { startEvswitch } from './evswitch.ts'
import { startNestedGuest } from './nested-guest.ts'
import { type HostMode, nothingStuck, type Scene, startScene } from './scene.ts'
import { sharedLab } from './shared-lab.ts'

const EV_KEY = 1
const KEY_A = 30
const KEY_S = 31
const KEY_Z = 44
const KEY_LEFTCTRL = 29
const KEY_RIGHTCTRL = 97
const KEY_SCROLLLOCK = 70

const lab = sharedLab()

describe('a keyboard or mouse that is unplugged', () => {
  test('lets its keys go on the guest, and is taken again when it comes back', async () => {
    const scene = await startScene(lab.vm)
    const { vm, evswitch, guest } = scene
    await scene.switchTo('guest', 'ps2')
    await vm.keyboard('usb').press('a', 's', 'ctrl')
    await vm.mouse('usb').press('left')
    await guest.waitUntil(() => guest.pressedButtons.left)
    await guest.waitForKey(KEY_LEFTCTRL, true)

    await vm.deviceDel('usb-keyboard')
    await guest.waitUntil(() => guest.pressedKeys.size === 0)
    await evswitch.waitFor('device-departed')
    await vm.deviceDel('usb-mouse')
    await guest.waitUntil(() => !guest.pressedButtons.left)
    await evswitch.waitFor('device-departed')
    // The key that went with the keyboard is not half of a chord.
    await vm.keyboard('ps2').tap('ctrl_r')
    await guest.waitForKey(KEY_RIGHTCTRL, false)
    await typeOnGuest(scene, 'ps2')

    await vm.deviceAdd('usb-keyboard')
    await evswitch.waitFor('device-arrived')
    await vm.deviceAdd('usb-mouse')
    await evswitch.waitFor('device-arrived')
    await typeOnGuest(scene, 'usb')
    await vm.mouse('usb').move(5, 6)
    await guest.waitUntil(() => guest.motion.x === 5)
    await vm.mouse('usb').press('left')
    await guest.waitUntil(() => guest.pressedButtons.left)
    await vm.mouse('usb').release('left')
    await guest.waitUntil(() => !guest.pressedButtons.left)
    expect(guest.keys.filter(({ key }) => key === KEY_A || key === KEY_S)).toHaveLength(4)
    await scene.switchTo('host', 'usb')
    expect(await scene.stuckKeys()).toEqual(nothingStuck)
  })

  test('with the host active stays with the host', async () => {
    const scene = await startScene(lab.vm)
    const { vm, evswitch, guest } = scene
    await vm.keyboard('usb').press('ctrl')
    await vm.deviceDel('usb-keyboard')
    await evswitch.waitFor('device-departed')
    await vm.keyboard('ps2').tap('ctrl_r')
    await vm.deviceAdd('usb-keyboard')
    await evswitch.waitFor('device-arrived')
    await typeOnHost(scene, 'ps2')
    expect(guest.keys).toEqual([])
    expect(evswitch.notices.some(({ event }) => event === 'switched')).toBe(false)
    await scene.switchTo('guest', 'usb')
    await typeOnGuest(scene, 'usb')
  })
})

describe('a guest whose QEMU ends', () => {
  test.each<HostMode>(['release', 'proxy'])(
    'gives the input back to a host in %s mode, and the next one gets it again',
    async (hostMode) => {
      const scene = await startScene(lab.vm, { hostMode })
      const { vm, evswitch, guest } = scene
      await scene.switchTo('guest')
      await vm.keyboard('usb').press('a')
      await guest.waitForKey(KEY_A, true)
      await guest.stop()
      const ended = performance.now()
      const { reason } = await evswitch.waitFor('switched', { target: 'host' })
      expect(reason).toBe('consumer-gone')
      expect(performance.now() - ended).toBeLessThan(3000)
      if (hostMode === 'release') await evswitch.waitUntilGivenBack()
      await vm.keyboard('usb').release('a')
      await typeOnHost(scene, 'usb')
      await typeOnHost(scene, 'ps2')

      // Nobody is there: the chord changes nothing.
      await vm.keyboard('usb').tap('a')
      await vm.keyboard('usb').press('ctrl', 'ctrl_r')
      await evswitch.waitFor('refused', { target: 'guest' })
      await vm.keyboard('usb').release('ctrl', 'ctrl_r')
      await typeOnHost(scene, 'usb')

      const { keyboard: keyboardNode, mouse: mouseNode } = evswitch.guestNodes
      const next = await startNestedGuest(vm, { keyboardNode, mouseNode })
      await vm.keyboard('usb').press('ctrl', 'ctrl_r')
      await scene.waitUntilActive('guest')
      await vm.keyboard('usb').release('ctrl', 'ctrl_r')
      await vm.keyboard('usb').tap('z')
      await next.waitForKey(KEY_Z, false)
      expect(next.keys).toEqual([
        { key: KEY_Z, down: true },
        { key: KEY_Z, down: false },
      ])
      const { host, kernel } = await scene.stuckKeys()
      expect([...host, ...kernel]).toEqual([])
    },
  )
})

describe('evswitch', () => {
  test.each<HostMode>(['release', 'proxy'])(
    'that is killed leaves a host in %s mode with its devices and nothing pressed',
    async (hostMode) => {
      const scene = await startScene(lab.vm, { hostMode })
      const { vm, evswitch, guest } = scene
      await scene.switchTo('guest')
      await vm.keyboard('usb').press('a')
      await vm.mouse('usb').press('left')
      await guest.waitForKey(KEY_A, true)
      evswitch.process.kill('SIGKILL')
      const killed = performance.now()
      await evswitch.process.waitForExit()
      expect(performance.now() - killed).toBeLessThan(5000)
      await typeOnHost(scene, 'usb')
      await typeOnHost(scene, 'ps2')
      await vm.keyboard('usb').release('a')
      await vm.mouse('usb').release('left')
      await typeOnHost(scene, 'usb')
      await vm.mouse('usb').move(1, 1)
      await scene.host.waitFor({ type: 2, code: 0, value: 1 })
      const { host, kernel } = await scene.stuckKeys()
      expect([...host, ...kernel]).toEqual([])
    },
  )

  test('goes on routing and switching while its JavaScript is blocked', async () => {
    const env = {
      NODE_OPTIONS: `--import=${join(ROOT, 'test/lab/tools/block.mjs')}`,
      BLOCK_MS: '5000',
    }
    const scene = await startScene(lab.vm, { env })
    const { vm, evswitch, guest, host } = scene
    const { stderr } = evswitch.process
    const isBlocked = () => !stderr.lines.includes('free')
    await scene.switchTo('guest')
    evswitch.process.kill('SIGUSR2')
    await stderr.waitForLine('blocked')
    let taps = 0
    let slowestMs = 0
    for (const start = performance.now(); performance.now() - start < 3000; taps++) {
      const sent = performance.now()
      await typeOnGuest(scene, taps % 2 ? 'usb' : 'ps2')
      const { x } = guest.motion
      await vm.mouse(taps % 2 ? 'usb' : 'ps2').move(7, 0)
      await guest.waitUntil(() => guest.motion.x === x + 7)
      slowestMs = Math.max(slowestMs, performance.now() - sent)
    }
    // The chord acts too, though nobody is told of it yet.
    const keyboard = vm.keyboard('usb')
    await keyboard.press('ctrl', 'ctrl_r')
    await keyboard.release('ctrl', 'ctrl_r')
    const seesKeys = () => host.events.some(({ type, code }) => type === EV_KEY && code === KEY_Z)
    while (!seesKeys()) {
      await keyboard.tap('z')
      await host.pressed()
      // Not faster than the keyboard is polled: its memory is short.
      await vm.check(['reader', '--state'])
    }
    expect(isBlocked()).toBe(true)
    expect(taps).toBeGreaterThan(10)
    expect(slowestMs).toBeLessThan(2000)

    await stderr.waitForLine('free')
    await scene.waitUntilActive('host')
    expect(await scene.stuckKeys()).toEqual(nothingStuck)
    await evswitch.stop()
    const { key, mouse } = evswitch.stats.latency
    expect(key.count).toBeGreaterThanOrEqual(2 * taps)
    expect(mouse.count).toBeGreaterThanOrEqual(taps)
    // From the kernel's stamp to the write done; the machine itself may lose its processor for a while.
    for (const { p50Ns = 0, maxNs = 0 } of [key, mouse]) {
      expect(p50Ns).toBeLessThan(10e6)
      expect(maxNs).toBeLessThan(1000e6)
    }
  })

  test.each([
    ['SIGINT', 'release'],
    ['SIGTERM', 'proxy'],
    ['SIGHUP', 'release'],
  ] as const)(
    'that ends by %s gives all back to a host in %s mode and leaves nothing',
    async (signal, hostMode) => {
      const scene = await startScene(lab.vm, { hostMode })
      const { vm, evswitch, guest } = scene
      await scene.switchTo('guest')
      await vm.keyboard('usb').press('a')
      await vm.keyboard('ps2').press('s')
      await vm.mouse('ps2').press('left')
      await guest.waitForKey(KEY_A, true)
      await guest.waitForKey(KEY_S, true)
      await guest.waitUntil(() => guest.pressedButtons.left)
      expect(await evswitch.stop(signal)).toEqual({ status: 0, signal: undefined })
      await guest.waitUntil(() => guest.pressedKeys.size === 0 && !guest.pressedButtons.left)
      await vm.keyboard('usb').release('a')
      await vm.keyboard('ps2').release('s')
      await vm.mouse('ps2').release('left')
      for (const kind of ['usb', 'ps2'] as const) await typeOnHost(scene, kind)
      await waitUntilNoNodes(scene)
      // udev takes the links away a moment after the nodes.
      await vm.check('while ls /dev/input/by-id | grep -q evswitch; do sleep 0.05; done')
      const { host, kernel } = await scene.stuckKeys()
      expect([...host, ...kernel]).toEqual([])
    },
  )
})

test('evswitch takes the links away that a killed one has left', async () => {
  const { vm } = lab
  let evswitch = await startEvswitch(vm)
  let left = ''
  // The two nodes are made at once: each may get either number. A link that leads right by chance is the hard case.
  while (evswitch.guestNodes.keyboard !== left) {
    left = evswitch.guestNodes.keyboard
    evswitch.process.kill('SIGKILL')
    await evswitch.process.waitForExit()
    await waitUntilNoNodes({ vm })
    expect(await vm.check('ls /dev/input/by-id')).toContain('evswitch-guest')
    evswitch = await startEvswitch(vm)
  }
  expect(await evswitch.stop()).toEqual({ status: 0, signal: undefined })
  expect(await vm.check('ls /dev/input/by-id')).not.toContain('evswitch-guest')
})

describe('the panic chord', () => {
  test.each<[HostMode, string | undefined]>([
    ['release', undefined],
    ['proxy', undefined],
    ['release', 'scrolllock'],
    ['proxy', 'scrolllock'],
  ])('gives all back to a host in %s mode, with the hotkey %s', async (hostMode, hotkey) => {
    const args = hotkey === undefined ? [] : ['--hotkey', hotkey]
    const scene = await startScene(lab.vm, { hostMode, args })
    const { vm, evswitch, guest } = scene
    const keyboard = vm.keyboard('usb')
    const switchToGuest = async () => {
      const keys = hotkey === undefined ? ['ctrl', 'ctrl_r'] : ['scroll_lock']
      await keyboard.press(...keys)
      await scene.waitUntilActive('guest')
      await keyboard.release(...keys)
    }
    // Each order of its keys; with both Ctrl first the default hotkey has switched when Esc comes.
    const orders = [
      ['esc', 'ctrl', 'ctrl_r'],
      ['ctrl_r', 'esc', 'ctrl'],
      ...(hotkey === undefined ? [] : [['ctrl', 'ctrl_r', 'esc']]),
    ]
    for (const order of orders) {
      await switchToGuest()
      await vm.keyboard('ps2').press('a')
      await keyboard.press(...order)
      await evswitch.waitFor('panic')
      await evswitch.waitUntilGivenBack()
      await keyboard.release(...order)
      await vm.keyboard('ps2').release('a')
      await guest.waitUntil(() => guest.pressedKeys.size === 0)
      // The host's own devices, in proxy mode too, so that not even our nodes are needed.
      for (const kind of ['usb', 'ps2'] as const) {
        const node = await vm.node(vm.keyboard(kind))
        await vm.keyboard(kind).tap('z')
        await scene.host.waitFor({ node, type: EV_KEY, code: KEY_Z, value: 0 })
      }
      expect(await scene.stuckKeys()).toEqual(nothingStuck)
    }
    await switchToGuest()
    await typeOnGuest(scene, 'usb')
  })
})

describe("QEMU's own toggle", () => {
  test('never fires when another hotkey is configured', async () => {
    const scene = await startScene(lab.vm, { args: ['--hotkey', 'scrolllock'] })
    const { vm, evswitch, guest, host } = scene
    await vm.keyboard('usb').press('scroll_lock')
    await scene.waitUntilActive('guest')
    await vm.keyboard('usb').release('scroll_lock')
    await host.pressed()
    const mark = host.events.length
    for (let time = 0; time < 20; time++) {
      const one = vm.keyboard(time % 2 ? 'usb' : 'ps2')
      const other = vm.keyboard(time % 4 < 2 ? 'usb' : 'ps2')
      const [first, second] = time % 3 ? ['ctrl', 'ctrl_r'] : ['ctrl_r', 'ctrl']
      await one.press(first ?? '')
      await other.press(second ?? '')
      await one.release(first ?? '')
      await typeOnGuest(scene, 'usb')
      await other.release(second ?? '')
      await typeOnGuest(scene, 'ps2')
    }
    let down = new Set<number>()
    for (const { key, down: isDown } of guest.keys) {
      down = new Set(isDown ? [...down, key] : [...down].filter((other) => other !== key))
      expect(down.has(KEY_LEFTCTRL) && down.has(KEY_RIGHTCTRL)).toBe(false)
    }
    expect(guest.keys.filter(({ key }) => key === KEY_SCROLLLOCK)).toEqual([])
    await host.pressed()
    expect(host.events.slice(mark)).toEqual([])
    await vm.keyboard('usb').press('scroll_lock')
    await scene.waitUntilActive('host')
    await vm.keyboard('usb').release('scroll_lock')
    await typeOnHost(scene, 'usb')
    expect(await scene.stuckKeys()).toEqual(nothingStuck)
    expect(evswitch.notices.filter(({ event }) => event === 'switched')).toHaveLength(2)
  })
})

async function typeOnHost({ vm, host }: Scene, kind: KeyboardKind): Promise<void> {
  await vm.keyboard(kind).tap('z')
  await host.waitFor({ type: EV_KEY, code: KEY_Z, value: 1 })
  await host.waitFor({ type: EV_KEY, code: KEY_Z, value: 0 })
}

async function typeOnGuest({ vm, guest }: Scene, kind: KeyboardKind): Promise<void> {
  const from = guest.keys.length
  await vm.keyboard(kind).tap('z')
  await guest.waitUntil(() =>
    guest.keys.slice(from).some(({ key, down }) => key === KEY_Z && !down),
  )
}

/** A node that its maker has closed is gone a moment later, when udev has heard of it. */
async function waitUntilNoNodes({ vm }: Pick<Scene, 'vm'>): Promise<void> {
  const isOurs = ({ name }: { name: string }) => name.includes('evswitch')
  while ((await vm.inputDevices()).some(isOurs));
  await vm.check(['udevadm', 'settle'])
}
