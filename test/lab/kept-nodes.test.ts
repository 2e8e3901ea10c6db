import { expect, test } from 'vitest'
import { startNestedGuest } from './nested-guest.ts'
import { sharedLab } from './shared-lab.ts'

const KEY_A = 30
const KEY_B = 48
const KEY_C = 46

const lab = sharedLab()
const script = ['node', '--import', 'tsx', 'test/lab/kept-nodes.ts']

test('nodes that somebody keeps outlive a killed evswitch, and the next one takes them over', async () => {
  const { vm } = lab
  const keyboard = vm.keyboard('usb')
  const devices = (await vm.inputDevices())
    .filter(({ name }) => /QEMU.*(Keyboard|Mouse)/.test(name))
    .flatMap(({ node }) => node ?? [])
  const keeper = await vm.spawn([...script, 'keep', ...devices])
  await keeper.waitForLine('listening')
  const maker = await vm.spawn([...script, 'make', ...devices])
  const made = (await maker.waitForLine('made')).replace('made ', '')
  const [keyboardNode, , , mouseNode] = made.split(' ')
  const guest = await startNestedGuest(vm, { keyboardNode, mouseNode })

  await keyboard.press('ctrl', 'ctrl_r')
  await maker.waitForLine('active guest')
  await keyboard.release('ctrl_r', 'ctrl')
  await keyboard.tap('a')
  await guest.waitForKey(KEY_A, false)
  await keyboard.press('b')
  await guest.waitForKey(KEY_B, true)
  maker.kill('SIGKILL')
  await maker.waitForExit()
  await keyboard.release('b')

  // Nobody has told the guest that the key went up: the next evswitch does, before anything else.
  expect([...guest.pressedKeys]).toEqual([KEY_B])
  keeper.write('\n')
  expect(await keeper.waitForLine('another template')).toBe('another template is outdated')
  expect(await keeper.waitForLine('adopted')).toBe(`adopted ${made}`)
  await guest.waitForKey(KEY_B, false)

  await keyboard.press('ctrl', 'ctrl_r')
  await keeper.waitForLine('active guest')
  await keyboard.release('ctrl_r', 'ctrl')
  await keyboard.tap('c')
  await guest.waitForKey(KEY_C, false)
  expect([...guest.pressedKeys]).toEqual([])
  await guest.stop()
})
