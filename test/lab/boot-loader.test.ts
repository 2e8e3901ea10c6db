import { expect, test } from 'vitest'
import { evswitchProgram, type LabEvswitch, startEvswitch } from './evswitch.ts'
import { startFirmwareGuest } from './firmware-guest.ts'
import { startNestedGuest } from './nested-guest.ts'
import { sharedLab } from './shared-lab.ts'
import { startReader } from './tools.ts'
import type { LabVm } from './vm.ts'

const EV_KEY = 1
const KEY_B = 48

const lab = sharedLab()

test('at "Press any key" of a boot sector a key of the real keyboard arrives, through SeaBIOS', async () => {
  const { vm } = lab
  const evswitch = await startEvswitch(vm)
  const guest = await startNestedGuest(vm, {
    mode: 'bios',
    extraArgs: await printedArguments(vm),
  })
  await pressChord(vm, evswitch, 'guest')
  await vm.keyboard('usb').tap('ret')
  await guest.waitForLine(/^KEY 1C0D$/i)
  expect(guest.biosKeys).toEqual([0x1c0d])
  await guest.stop()
  await evswitch.waitFor('switched', { target: 'host', reason: 'consumer-gone' })
  await evswitch.stop()
})

test('at the prompt of OVMF, before any system, what is typed on the real keyboard is obeyed', async () => {
  const { vm } = lab
  const evswitch = await startEvswitch(vm)
  const guest = await startFirmwareGuest(vm, await printedArguments(vm))
  await pressChord(vm, evswitch, 'guest')
  const keyboard = vm.keyboard('usb')
  for (const key of ['v', 'e', 'r', 'ret']) await keyboard.tap(key)
  await guest.waitForLine('UEFI Interactive Shell v')

  await pressChord(vm, evswitch, 'host')
  await evswitch.waitUntilGivenBack()
  const host = await startReader(vm, [await vm.node(keyboard)])
  await keyboard.tap('b')
  await host.waitFor({ type: EV_KEY, code: KEY_B, value: 0 })
  await guest.stop()
  await evswitch.stop()
})

test('the arguments for each system start a real QEMU, and virtio-input takes the nodes', async () => {
  const { vm } = lab
  const evswitch = await startEvswitch(vm)
  for (const os of ['linux', 'macos']) {
    const guest = await startNestedGuest(vm, { extraArgs: await printedArguments(vm, '--os', os) })
    await guest.stop()
  }
  const guest = await startNestedGuest(vm, { extraArgs: await printedArguments(vm, '--virtio') })
  await pressChord(vm, evswitch, 'guest')
  await guest.stop()
  await evswitch.waitFor('switched', { target: 'host', reason: 'consumer-gone' })
  await evswitch.stop()
})

/** What `evswitch qemu args` says. */
async function printedArguments(vm: LabVm, ...flags: readonly string[]): Promise<string[]> {
  const json = await vm.check([...evswitchProgram, 'qemu', 'args', '--json', ...flags])
  return (JSON.parse(json) as { arguments: string[] }).arguments
}

async function pressChord(vm: LabVm, evswitch: LabEvswitch, target: string): Promise<void> {
  await vm.keyboard('usb').press('ctrl', 'ctrl_r')
  await evswitch.waitFor('switched', { target })
  await vm.keyboard('usb').release('ctrl', 'ctrl_r')
}
