import { describe, expect, test } from 'vitest'
import type { KeyboardKind, MouseKind } from './devices.ts'
import { type HostMode, nothingStuck, type Scene, startScene } from './scene.ts'
import { sharedLab } from './shared-lab.ts'
import { type PlayedDevice, startPlayer } from './tools.ts'

const EV_KEY = 1
const EV_REL = 2
const REL_X = 0
const KEY_S = 31
const KEY_Z = 44
const KEY_LEFTCTRL = 29
const KEY_RIGHTCTRL = 97
const BTN_LEFT = 0x110

/** QEMU's names and Linux codes. */
const fiveKeys = { a: 30, s: KEY_S, d: 32, f: 33, g: 34 } as const
const fiveCodes: readonly number[] = Object.values(fiveKeys)
const ctrlKeys = [
  ['ctrl', KEY_LEFTCTRL],
  ['ctrl_r', KEY_RIGHTCTRL],
] as const

const lab = sharedLab()

const kinds: readonly (KeyboardKind & MouseKind)[] = ['usb', 'ps2']

describe.each<HostMode>(['release', 'proxy'])('with a host in %s mode', (hostMode) => {
  test('the chord switches 200 times, leaks nothing and leaves no key down', async () => {
    const scene = await startScene(lab.vm, { hostMode })
    const { vm, evswitch, guest } = scene
    for (let round = 0; round < 100; round++) {
      const keyboard = vm.keyboard(round % 4 < 2 ? 'usb' : 'ps2')
      // What one keyboard was told overtakes what another was told before: the chord may be on both.
      if (round % 2 === 0) await scene.waitUntilUp()
      const [[first, code], [second]] =
        round % 2 ? [ctrlKeys[0], ctrlKeys[1]] : [ctrlKeys[1], ctrlKeys[0]]
      await keyboard.press(first, second)
      await scene.waitUntilActive('guest')
      await keyboard.release(first, second)
      expect(guest.keys).toHaveLength(2 * round)

      await keyboard.press(first, second)
      await scene.waitUntilActive('host')
      await keyboard.release(second, first)
      await scene.waitUntilLifted(code, 2 * round)
      expect(guest.keys.slice(2 * round)).toEqual([
        { key: code, down: true },
        { key: code, down: false },
      ])
    }
    expect(await scene.stuckKeys()).toEqual(nothingStuck)
    for (const kind of kinds) await typeOnHost(scene, kind)
    expect(guest.keys).toHaveLength(200)
    await evswitch.stop()
    expect(evswitch.stats.switches).toBe(200)
  })

  test('the keys of the chord may be on two keyboards', async () => {
    const scene = await startScene(lab.vm, { hostMode })
    const { vm, guest } = scene
    await vm.keyboard('usb').press('ctrl')
    await vm.keyboard('ps2').press('ctrl_r')
    await scene.waitUntilActive('guest')
    await vm.keyboard('usb').release('ctrl')
    await vm.keyboard('ps2').release('ctrl_r')
    for (const kind of kinds) await typeOnGuest(scene, kind)

    await scene.waitUntilUp()
    const from = guest.keys.length
    await vm.keyboard('ps2').press('ctrl_r')
    await guest.waitUntil(() => guest.pressedKeys.has(KEY_RIGHTCTRL))
    await vm.keyboard('usb').press('ctrl')
    await scene.waitUntilActive('host')
    await vm.keyboard('usb').release('ctrl')
    await vm.keyboard('ps2').release('ctrl_r')
    await scene.waitUntilLifted(KEY_RIGHTCTRL, from)
    expect(guest.keys.slice(from)).toEqual([
      { key: KEY_RIGHTCTRL, down: true },
      { key: KEY_RIGHTCTRL, down: false },
    ])
    for (const kind of kinds) await typeOnHost(scene, kind)
    expect(await scene.stuckKeys()).toEqual(nothingStuck)
  })
})

describe.each<HostMode>(['release', 'proxy'])('with a host in %s mode', (hostMode) => {
  test.each(kinds)(
    'five keys and a button of %s devices may be held during a switch',
    async (kind) => {
      const scene = await startScene(lab.vm, { hostMode })
      const { vm, host, guest } = scene
      await holdAll(scene, kind)
      await waitUntilPressedOnHost(scene, [...fiveCodes, BTN_LEFT])
      await scene.switchTo('guest', kind)
      // Released for the host, and the guest is told nothing about them, however often they repeat.
      expect(await pressedOnHost(scene)).toEqual([])
      await insist(scene, kind)
      await typeOnGuest(scene, kind)
      await vm.mouse(kind).move(3, 4)
      await guest.waitUntil(() => guest.motion.x === 3)
      await liftAll(scene, kind)
      await typeOnGuest(scene, kind)
      expect(guest.keys.filter(({ key }) => fiveCodes.includes(key))).toEqual([])
      expect(guest.mousePackets.filter(({ left }) => left)).toEqual([])

      // Pressed anew they are the guest's, and released for it at the switch back.
      let from = guest.keys.length
      await holdAll(scene, kind)
      await guest.waitUntil(() => guest.pressedButtons.left)
      await guest.waitUntil(() => fiveCodes.every((code) => guest.pressedKeys.has(code)))
      await scene.switchTo('host', kind)
      await guest.waitUntil(() => guest.pressedKeys.size === 0 && !guest.pressedButtons.left)
      const mark = host.events.length
      await insist(scene, kind)
      await liftAll(scene, kind)
      await typeOnHost(scene, kind)
      expect(await scene.stuckKeys()).toEqual(nothingStuck)
      const onHost = (await scene.hostKeys(mark)).filter(({ code }) => isHeld(code))
      // Only a driver that presses held keys again, on a host that reads it itself, makes them press there.
      if (kind === 'usb' || hostMode === 'proxy') expect(onHost).toEqual([])

      // The next presses count again.
      from = guest.keys.length
      const next = host.events.length
      await holdAll(scene, kind)
      await liftAll(scene, kind)
      await typeOnHost(scene, kind)
      const again = (await scene.hostKeys(next)).filter(({ code }) => isHeld(code))
      for (const code of [...fiveCodes, BTN_LEFT]) {
        const values = again.filter((event) => event.code === code).map(({ value }) => value)
        expect(values.filter((value) => value !== 2)).toEqual([1, 0])
      }
      expect(guest.keys.slice(from)).toEqual([])
      expect(await scene.stuckKeys()).toEqual(nothingStuck)
    },
  )
})

describe.each<HostMode>(['release', 'proxy'])(
  'with ten devices and a host in %s mode',
  (hostMode) => {
    test('every device switches', async () => {
      const { vm } = lab
      const player = await startPlayer(vm)
      const mice: PlayedDevice[] = []
      for (let number = 1; number <= 9; number++) {
        mice.push(await player.create({ kind: 'mouse', name: `mouse ${number}` }))
      }
      const nodes = [await vm.node(vm.keyboard('usb')), ...mice.map(({ node }) => node)]
      const scene = await startScene(vm, {
        hostMode,
        args: nodes.flatMap((node) => ['--device', node]),
      })
      const { evswitch, guest, host } = scene
      expect(evswitch.started.devices).toHaveLength(10)
      for (const target of ['guest', 'host', 'guest', 'host'] as const) {
        await scene.switchTo(target)
        await host.pressed()
        const mark = host.events.length
        const before = guest.motion.x
        for (const [index, mouse] of mice.entries()) {
          await mouse.frame([EV_REL, REL_X, 3])
          // QEMU's mouse has room for four packets.
          if (target === 'guest')
            await guest.waitUntil(() => guest.motion.x === before + 3 * index + 3)
          else await host.waitFor({ type: EV_REL, code: REL_X, value: 3 })
        }
        await host.pressed()
        if (target === 'guest') expect(host.events.slice(mark)).toEqual([])
        else expect(guest.motion.x).toBe(before)
      }
      expect(await scene.stuckKeys()).toEqual(nothingStuck)
    })
  },
)

function isHeld(code: number): boolean {
  return fiveCodes.includes(code) || code === BTN_LEFT
}

async function holdAll({ vm }: Scene, kind: KeyboardKind & MouseKind): Promise<void> {
  await vm.keyboard(kind).press(...Object.keys(fiveKeys))
  await vm.mouse(kind).press('left')
}

async function liftAll({ vm }: Scene, kind: KeyboardKind & MouseKind): Promise<void> {
  await vm.keyboard(kind).release(...Object.keys(fiveKeys))
  await vm.mouse(kind).release('left')
}

/** What PS/2 hardware does while keys are held: the last one is sent again, and buttons with each movement. */
async function insist({ vm }: Scene, kind: KeyboardKind & MouseKind): Promise<void> {
  for (let time = 0; time < 5; time++) {
    await vm.keyboard(kind).press('g')
    await vm.mouse(kind).move(0, 1)
  }
}

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

async function waitUntilPressedOnHost(scene: Scene, codes: readonly number[]): Promise<void> {
  const { host } = scene
  const down = new Set<number>()
  const look = () => {
    for (const { type, code, value } of host.events) {
      if (type !== EV_KEY) continue
      if (value === 0) down.delete(code)
      else down.add(code)
    }
    return codes.every((code) => down.has(code))
  }
  await host.process.stdout.waitUntil(look, `the host never saw ${codes} held`)
}

async function pressedOnHost({ host }: Scene): Promise<number[]> {
  return [...(await host.pressed()).values()].flat().sort((a, b) => a - b)
}
