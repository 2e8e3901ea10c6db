import { expect, test } from 'vitest'
import { codes } from '../../src/engine/code-table.ts'
import { evswitchProgram, startEvswitch } from './evswitch.ts'
import { startNestedGuest } from './nested-guest.ts'
import { configure, pressBothCtrl } from './played-input.ts'
import { sharedLab } from './shared-lab.ts'
import { type SeenEvent, startPlayer, startReader } from './tools.ts'

const lab = sharedLab()

const { EV_KEY, KEY_A, KEY_C, KEY_1, KEY_F13, KEY_MACRO1, KEY_MUTE, KEY_TAB, BTN_SIDE } = codes
const { KEY_LEFTCTRL, KEY_LEFTMETA, KEY_LEFTALT } = codes

test('a guest receives what its keyboard cannot send it, and keys that stay reach the host alone', async () => {
  const { vm } = lab
  const player = await startPlayer(vm)
  const board = await player.create({
    kind: 'keyboard',
    name: 'Macro Board',
    repeat: false,
    bits: `1:${KEY_F13},1:${KEY_MACRO1},1:${BTN_SIDE}`,
  })
  const config = await configure(
    vm,
    'maps',
    'keep-on-host = ["mute"]',
    ...['[[source]]', `device = "${board.node}"`],
    ...['[[map]]', 'device = "Macro Board"'],
    ...['keys.KEY_MACRO1 = "leftmeta+1"', 'keys.KEY_F13 = ["leftctrl+c", 50, "a"]'],
    'keys.BTN_SIDE = "leftalt+tab"',
  )
  const evswitch = await startEvswitch(vm, { args: ['--config', config] })
  const { keyboard, mouse } = evswitch.guestNodes
  const guest = await startNestedGuest(vm, { keyboardNode: keyboard, mouseNode: mouse })
  const nodes = (await vm.inputDevices()).flatMap(({ node }) => node ?? [])
  const host = await startReader(
    vm,
    nodes.filter((node) => node !== keyboard && node !== mouse),
  )
  await pressBothCtrl(board)
  await evswitch.waitFor('switched', { target: 'guest' })
  await guest.waitUntil(() => guest.pressedKeys.size === 0)
  const [guestFrom, hostFrom] = [guest.keys.length, host.events.length]

  await board.tap(KEY_MACRO1)
  await board.tap(BTN_SIDE)
  await board.tap(KEY_MUTE)
  await board.tap(KEY_F13)
  await guest.waitUntil(() => guest.keys.some(({ key, down }) => key === KEY_A && !down))
  expect(guest.keys.slice(guestFrom).map(({ key, down }) => [key, down])).toEqual([
    ...[
      [KEY_LEFTMETA, true],
      [KEY_1, true],
      [KEY_1, false],
      [KEY_LEFTMETA, false],
    ],
    ...[
      [KEY_LEFTALT, true],
      [KEY_TAB, true],
      [KEY_TAB, false],
      [KEY_LEFTALT, false],
    ],
    ...[
      [KEY_LEFTCTRL, true],
      [KEY_C, true],
      [KEY_C, false],
      [KEY_LEFTCTRL, false],
    ],
    ...[
      [KEY_A, true],
      [KEY_A, false],
    ],
  ])

  expect(await host.pressed()).not.toContain(KEY_MUTE)
  // The kernel repeats keys of the host's node by itself, if the machine is slow.
  const isKey = ({ type, value }: SeenEvent) => type === EV_KEY && value !== 2
  const onHost = host.events.slice(hostFrom).filter(isKey)
  expect(onHost.map(({ code, value }) => [code, value])).toEqual([
    [KEY_MUTE, 1],
    [KEY_MUTE, 0],
  ])
  expect(onHost.map(({ node }) => node)).not.toContain(board.node)
  await evswitch.stop()
})

test('evswitch map test shows what a guest would receive, takes nothing and needs no guest', async () => {
  const { vm } = lab
  const config = await configure(
    vm,
    'map-test',
    'keep-on-host = ["mute"]',
    ...['[[map]]', 'keys.a = "leftctrl+c"', 'keys.0x2fe = "b"'],
  )
  const keyboard = vm.keyboard('usb')
  const host = await startReader(vm, [await vm.node(keyboard)])
  const trial = await vm.spawn([...evswitchProgram, 'map', 'test', '--config', config], {
    terminal: { rows: 40, columns: 100 },
    env: { TERM: 'xterm' },
  })
  await trial.waitForLine('no device has 0x2fe, which the map has a rule for')
  await keyboard.press('a')
  await trial.waitForLine(/event\d+: a pressed/)
  await trial.waitForLine('guest: leftctrl down + c down')
  await keyboard.release('a')
  await trial.waitForLine('guest: c up + leftctrl up')
  await host.waitFor({ type: EV_KEY, code: KEY_A, value: 1 })
  trial.kill('SIGINT')
  expect((await trial.waitForExit()).status).toBe(0)
  expect(trial.stdout.lines.join('\n')).not.toContain('switches')
})
