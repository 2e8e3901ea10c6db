import { expect, test } from 'vitest'
import type { KeyboardKind } from './devices.ts'
import { startEvswitch } from './evswitch.ts'
import { type HostMode, nothingStuck, type Scene, startScene } from './scene.ts'
import { sharedLab } from './shared-lab.ts'

const EV_KEY = 1
const KEY_A = 30
const KEY_Z = 44
/** So many repeats prove that a key repeats; so many of another one, that it does not. */
const ENOUGH = 5

const lab = sharedLab()

test.each<HostMode>(['release', 'proxy'])(
  'a held key repeats in the guest until its release or a switch, with a host in %s mode',
  async (hostMode) => {
    const scene = await startScene(lab.vm, { hostMode })
    const { vm, host } = scene
    for (const kind of ['usb', 'ps2'] as const) {
      const keyboard = vm.keyboard(kind)
      await scene.switchTo('guest', 'virtio')
      await repeatOnGuest(scene, kind)
      await keyboard.release('a')
      await expectQuietGuest(scene)

      await repeatOnGuest(scene, kind)
      await scene.switchTo('host', 'virtio')
      const mark = host.events.length
      await repeatZOnHost(scene)
      const onHost = (await scene.hostKeys(mark)).filter(({ code }) => code === KEY_A)
      expect(onHost).toEqual([])

      // The finger is still there; a PS/2 keyboard says so again, also to a host that reads it itself.
      if (kind === 'ps2') await keyboard.press('a')
      if (kind === 'ps2' && hostMode === 'release') {
        await host.waitFor({ type: EV_KEY, code: KEY_A, value: 1 })
      }
      await scene.switchTo('guest', 'virtio')
      if (kind === 'ps2') await keyboard.press('a')
      await expectQuietGuest(scene)
      await keyboard.release('a')
      await expectQuietGuest(scene)
      await repeatOnGuest(scene, kind)
      await keyboard.release('a')
      await scene.switchTo('host', 'virtio')
      expect(await scene.stuckKeys()).toEqual(nothingStuck)
    }
  },
)

test('a held key does not repeat for a guest that repeats by itself', async () => {
  const { vm } = lab
  const evswitch = await startEvswitch(vm, { args: ['--repeat', 'off'] })
  const { keyboard: node } = evswitch.guestNodes
  const consumer = await vm.spawn(['grabber', '--read', node])
  await consumer.waitForLine('grabbed')
  await vm.keyboard('usb').press('ctrl', 'ctrl_r')
  await evswitch.waitFor('switched', { target: 'guest' })
  await vm.keyboard('usb').release('ctrl', 'ctrl_r')
  await vm.keyboard('usb').press('a')
  await consumer.waitForLine(`${node} 1 ${KEY_A} 1`)
  // Twice the delay of the kernel's repeat, by the machine's clock.
  await vm.check('sleep 0.5')
  await vm.keyboard('usb').release('a')
  await consumer.waitForLine(`${node} 1 ${KEY_A} 0`)
  const keys = consumer.stdout.lines.filter((line) => line.startsWith(`${node} 1 `))
  expect(keys).toHaveLength(2)
})

/** Holds a key until it has repeated; a PS/2 keyboard does that itself, which QEMU leaves to us. */
async function repeatOnGuest(scene: Scene, kind: KeyboardKind): Promise<void> {
  const { vm, guest } = scene
  const from = guest.keys.length
  const downs = () => guest.keys.slice(from).filter(({ key, down }) => key === KEY_A && down).length
  await vm.keyboard(kind).press('a')
  await guest.waitUntil(() => downs() > 0)
  while (downs() < ENOUGH) {
    if (kind === 'ps2') {
      await vm.check(['reader', '--state'])
      await vm.keyboard(kind).press('a')
    } else {
      await guest.waitUntil(() => downs() >= ENOUGH)
    }
  }
  const ups = guest.keys.slice(from).filter(({ key, down }) => key === KEY_A && !down)
  expect(ups).toEqual([])
}

/** A key that comes and repeats, while the key A says nothing but its release. */
async function expectQuietGuest({ vm, guest }: Scene): Promise<void> {
  if (guest.pressedKeys.has(KEY_A)) await guest.waitUntil(() => !guest.pressedKeys.has(KEY_A))
  const from = guest.keys.length
  const downs = () => guest.keys.slice(from).filter(({ key, down }) => key === KEY_Z && down).length
  await vm.keyboard('virtio').press('z')
  await guest.waitUntil(() => downs() >= ENOUGH)
  await vm.keyboard('virtio').release('z')
  await guest.waitUntil(() => !guest.pressedKeys.has(KEY_Z))
  expect(guest.keys.slice(from).filter(({ key }) => key === KEY_A)).toEqual([])
}

async function repeatZOnHost({ vm, host }: Scene): Promise<void> {
  await vm.keyboard('virtio').press('z')
  for (let time = 0; time < ENOUGH; time++) {
    await host.waitFor({ type: EV_KEY, code: KEY_Z, value: 2 })
  }
  await vm.keyboard('virtio').release('z')
  await host.waitFor({ type: EV_KEY, code: KEY_Z, value: 0 })
}
