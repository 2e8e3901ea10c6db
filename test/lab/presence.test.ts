import { expect, test } from 'vitest'
import { PATIENCE_MS, within } from './deadline.ts'
import { type LabEvswitch, startEvswitch } from './evswitch.ts'
import { startNestedGuest } from './nested-guest.ts'
import { sharedLab } from './shared-lab.ts'
import { type LabReader, startReader } from './tools.ts'
import type { LabVm } from './vm.ts'

const EV_KEY = 1
const EV_REL = 2
const KEY_A = 30
const KEY_B = 48
/** The nested guest switches its machine off at it. */
const shutDown = 'f12'

const lab = sharedLab()

test('a node that is grabbed after the switch comes alive while keys flow to the other', async () => {
  const { vm } = lab
  const evswitch = await startEvswitch(vm)
  const { keyboard, mouse } = evswitch.guestNodes
  const onKeyboard = await consume(vm, keyboard)
  await switchToGuest(vm, evswitch)
  await vm.keyboard('usb').press('a')
  await onKeyboard.waitFor({ type: EV_KEY, code: KEY_A, value: 2 })

  const onMouse = await consume(vm, mouse)
  const isAlive = () => onMouse.events.some(({ type }) => type === EV_REL)
  await moveUntil(vm, isAlive, () => onMouse.process.describe())

  // The key has repeated all the time: there was no pause in which all nodes were asked.
  await vm.keyboard('usb').release('a')
  await onKeyboard.waitFor({ type: EV_KEY, code: KEY_A, value: 0 })
  const keys = onKeyboard.events.filter(({ code }) => code === KEY_A)
  expect(keys.map(({ value }) => value).join('')).toMatch(/^12+0$/)
})

test('a node that its consumer leaves alone is released while motion flows to the other', async () => {
  const { vm } = lab
  const evswitch = await startEvswitch(vm, { args: ['--repeat', 'off'] })
  const { keyboard, mouse } = evswitch.guestNodes
  const left = await consume(vm, keyboard)
  const onMouse = await consume(vm, mouse)
  await switchToGuest(vm, evswitch)
  await vm.keyboard('usb').press('a')
  await left.waitFor({ type: EV_KEY, code: KEY_A, value: 1 })
  expect(await pressedOn(vm, keyboard)).toBe(String(KEY_A))

  left.process.kill('SIGKILL')
  await left.process.waitForExit()
  const isReleased = async () => (await pressedOn(vm, keyboard)) === ''
  await moveUntil(vm, isReleased, () => 'the key is still pressed on the node')

  // The guest keeps the input, and whoever comes to the keyboard sees what is pressed from then on.
  const next = await consume(vm, keyboard)
  await vm.keyboard('usb').release('a')
  const isTypedOn = async () => {
    await vm.keyboard('usb').tap('b')
    return next.events.some(({ code, value }) => code === KEY_B && value === 0)
  }
  await moveUntil(vm, isTypedOn, () => next.process.describe())
  expect(next.events.filter(({ code }) => code === KEY_A)).toEqual([])
  await onMouse.waitFor({ type: EV_REL })
  expect(evswitch.notices.filter(({ event }) => event === 'switched')).toHaveLength(1)
})

test('a machine that is paused or shut down with a key down gives the input back, and has none stuck when it goes on', async () => {
  const { vm } = lab
  const monitor = '/run/guest.qmp'
  await vm.writeFile('/run/qmp.toml', `[[target]]\nname = "guest"\nqmp = "${monitor}"\n`)
  const evswitch = await startEvswitch(vm, {
    args: ['--config', '/run/qmp.toml', '--log-level', 'debug'],
  })
  const { keyboard, mouse } = evswitch.guestNodes
  const guest = await startNestedGuest(vm, {
    keyboardNode: keyboard,
    mouseNode: mouse,
    // As libvirt starts it: a machine that has shut down is kept until somebody ends its QEMU.
    extraArgs: ['-qmp', `unix:${monitor},server=on,wait=off`, '-no-shutdown'],
  })
  await switchToGuest(vm, evswitch)
  await vm.keyboard('usb').press('a')
  await guest.waitForKey(KEY_A, true)

  await guest.qmp.execute('stop')
  await evswitch.waitFor('switched', { target: 'host' })
  await vm.keyboard('usb').release('a')
  await guest.qmp.execute('cont')
  await guest.waitForKey(KEY_A, false)
  await guest.waitUntil(() => guest.pressedKeys.size === 0)

  await switchToGuest(vm, evswitch)
  await vm.keyboard('usb').press('a', shutDown)
  await evswitch.waitFor('switched', { target: 'host' })
  expect(guest.process.exitStatus).toBeUndefined()
})

test('a machine that shuts itself down with keys held gives the input back, and this machine has none of them down', async () => {
  const { vm } = lab
  const usb = vm.keyboard('usb')
  const node = await vm.node(usb)
  const host = await startReader(vm, [node])
  const evswitch = await startEvswitch(vm)
  const { keyboard, mouse } = evswitch.guestNodes
  const guest = await startNestedGuest(vm, { keyboardNode: keyboard, mouseNode: mouse })
  await switchToGuest(vm, evswitch)
  await usb.press('a')
  await guest.waitForKey(KEY_A, true)
  await usb.press(shutDown)
  expect(await guest.process.waitForExit()).toMatchObject({ status: 0 })
  await evswitch.waitFor('switched', { target: 'host', reason: 'consumer-gone' })
  await evswitch.waitUntilGivenBack()
  expect(await pressedOn(vm, keyboard)).toBe('')
  expect((await host.pressed()).get(node)).toEqual([])

  await usb.release('a', shutDown)
  await usb.tap('b')
  await host.waitFor({ type: EV_KEY, code: KEY_B, value: 0 })
  expect(host.events.filter(({ code }) => code === KEY_A)).toEqual([])
  expect((await host.pressed()).get(node)).toEqual([])
})

/** Takes one node for itself, as a QEMU that was given only this one. */
async function consume(vm: LabVm, node: string): Promise<LabReader> {
  return await startReader(vm, [node], { grab: true })
}

async function switchToGuest(vm: LabVm, evswitch: LabEvswitch): Promise<void> {
  await vm.keyboard('usb').press('ctrl', 'ctrl_r')
  await evswitch.waitFor('switched', { target: 'guest' })
  await vm.keyboard('usb').release('ctrl', 'ctrl_r')
}

/** Keys that the kernel takes for pressed on a node. */
async function pressedOn(vm: LabVm, node: string): Promise<string> {
  const state = await vm.check(['reader', '--state', node])
  return /^pressed \S+ ?(.*)$/m.exec(state)?.[1] ?? ''
}

/** Moves the mouse all the time until something is true, which is looked at again and again. */
async function moveUntil(
  vm: LabVm,
  condition: () => boolean | Promise<boolean>,
  describe: () => string,
): Promise<void> {
  let isOver = false
  const moving = async () => {
    while (!isOver) await vm.mouse('usb').move(1, 0)
  }
  const looking = async () => {
    // Not faster than the devices are polled: their memory is short.
    while (!(await condition())) await vm.check(['reader', '--state'])
    isOver = true
  }
  try {
    await within(PATIENCE_MS, Promise.all([moving(), looking()]), describe)
  } finally {
    isOver = true
  }
}
