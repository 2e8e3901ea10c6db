import { describe, expect, test } from 'vitest'
import { codes } from '../../src/engine/code-table.ts'
import { allFixtures, loadFixture } from '../devices/fake-root.ts'
import type { CloneResult } from './clones.ts'
import { evswitchProgram, startEvswitch } from './evswitch.ts'
import { startNestedGuest } from './nested-guest.ts'
import { played } from './played-fixture.ts'
import { sharedLab } from './shared-lab.ts'
import { type PlayedDevice, startPlayer, startReader } from './tools.ts'

const lab = sharedLab()

/** One process inside runs all devices, because Node takes seconds to start there. */
let results: Promise<readonly CloneResult[]> | undefined

async function runInside(): Promise<readonly CloneResult[]> {
  const script = ['node', '--import', 'tsx', 'test/lab/clones.ts']
  const { stdout, stderr } = await lab.vm.run(script, { deadlineMs: 500_000 })
  const found = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as CloneResult)
  if (found.length < nodes.length) throw new Error(`it ended early\n${stdout}${stderr}`)
  return found
}

const nodes = allFixtures().flatMap(({ name, fixture }) =>
  fixture.nodes.map((node, index) => ({ name: `${name}, node ${index}`, node })),
)

/** A device that sends nothing random: a speaker only makes sounds. */
const silent = new Set(['PC Speaker'])

describe('a recorded device and its clone', () => {
  for (const [index, { name, node }] of nodes.entries()) {
    test(name, async () => {
      results ??= runInside()
      const result = (await results)[index]
      expect(result).toMatchObject({
        name: node.name,
        differences: [],
        streamError: '',
        left: [],
        error: '',
      })
      if (!silent.has(node.name)) expect(result?.sent).toBeGreaterThan(10)
    })
  }
})

const { EV_ABS, EV_KEY, EV_SYN } = codes

/** What the program is told to clone here. */
function onlyNode(fixture: string) {
  const node = loadFixture(fixture).nodes[0]
  if (node === undefined) throw new Error('no node')
  return played(node)
}

describe('evswitch run with clones', () => {
  test('gives the guest a touchscreen, lifts fingers at a switch, and keeps the node over a replug', async () => {
    const options = onlyNode('elan-usb-touchscreen')
    const player = await startPlayer(lab.vm)
    let screen: PlayedDevice = await player.create(options)
    await lab.vm.check(['udevadm', 'settle'])
    const config = '/tmp/clones.toml'
    await lab.vm.writeFile(
      config,
      '[[clone]]\ndevice = "x-box"\n[[clone]]\ndevice = "elan touch"\ntarget = "guest"\n',
    )
    const evswitch = await startEvswitch(lab.vm, { args: ['--config', config] })
    const guest = evswitch.started.guests[0]
    expect(evswitch.started['cloned']).toMatchObject([{ node: screen.node, kind: 'touchscreen' }])
    const node = guest?.eventNodes.clones[0] ?? ''
    expect(guest?.qemu.at(-1)).toMatch(/^virtio-input-host-pci,id=evswitch-guest-clone2,evdev=/)
    const host = await startReader(lab.vm, [screen.node])
    const consumer = await startReader(lab.vm, [node], { grab: true })
    const keyboard = lab.vm.keyboard('usb')
    const both = async (target: string) => {
      await keyboard.press('ctrl', 'ctrl_r')
      await evswitch.waitFor('switched', { target })
      await keyboard.release('ctrl_r', 'ctrl')
    }
    const touch = async (slot: number, id: number, x: number) => {
      await screen.frame(
        [EV_ABS, codes.ABS_MT_SLOT, slot],
        [EV_ABS, codes.ABS_MT_TRACKING_ID, id],
        [EV_ABS, codes.ABS_MT_POSITION_X, x],
        [EV_KEY, codes.BTN_TOUCH, 1],
        [EV_ABS, codes.ABS_X, x],
      )
    }

    // A finger that is on the screen at the switch is lifted for the host, and shown to the guest.
    await touch(0, 5, 1000)
    await host.waitFor({ type: EV_ABS, code: codes.ABS_MT_TRACKING_ID, value: 5 })
    await both('guest')
    await host.waitFor({ type: EV_ABS, code: codes.ABS_MT_TRACKING_ID, value: -1 })
    await consumer.waitFor({ type: EV_ABS, code: codes.ABS_MT_POSITION_X, value: 1000 })
    await consumer.waitFor({ type: EV_ABS, code: codes.ABS_MT_TRACKING_ID, value: 5 })
    await consumer.waitFor({ type: EV_KEY, code: codes.BTN_TOUCH, value: 1 })

    // A second finger; both leave the guest with the switch, and the host sees neither.
    await touch(1, 6, 2000)
    await consumer.waitFor({ type: EV_ABS, code: codes.ABS_MT_TRACKING_ID, value: 6 })
    await host.pressed()
    const seenByHost = host.events.length
    await both('host')
    await evswitch.waitUntilGivenBack()
    await consumer.waitFor({ type: EV_ABS, code: codes.ABS_MT_TRACKING_ID, value: -1 })
    await consumer.waitFor({ type: EV_ABS, code: codes.ABS_MT_TRACKING_ID, value: -1 })
    expect([...(await consumer.pressed()).values()].flat()).toEqual([])
    await host.pressed()
    const contacts = host.events.slice(seenByHost).filter(({ type }) => type !== EV_SYN)
    expect(contacts).toEqual([])

    // The same screen comes back: the guest's node is the same one.
    await screen.destroy()
    await evswitch.waitFor('device-departed')
    screen = await player.create(options)
    await evswitch.waitFor('device-arrived')
    await both('guest')
    await touch(0, 9, 77)
    await consumer.waitFor({ type: EV_ABS, code: codes.ABS_MT_POSITION_X, value: 77 })
    await both('host')

    // Another one with its name has other abilities: the clone is made anew, and that is told.
    await screen.destroy()
    await evswitch.waitFor('device-departed')
    await player.create({ ...options, props: '0' })
    await evswitch.waitFor('warning')
    await evswitch.waitFor('device-arrived')
    expect(evswitch.log.map(({ msg }) => msg)).toContain('clones were made anew')

    // The pad was not there at the start; its number was kept for it.
    await player.create(onlyNode('xbox-360-pad'))
    await evswitch.waitFor('warning')
    await evswitch.waitFor('device-arrived')
    const link = '/dev/input/by-id/evswitch-guest-event-clone1'
    expect(await lab.vm.check(['readlink', '-f', link])).toMatch(/event\d+/)
    await evswitch.stop()
    const left = (await lab.vm.inputDevices()).filter(({ phys }) => phys.startsWith('evswitch-'))
    expect(left).toEqual([])
  })
})

describe('QEMU with the arguments that are printed for a clone', () => {
  test('takes the clone, and is noticed when it comes and goes', async () => {
    const player = await startPlayer(lab.vm)
    await player.create(onlyNode('xbox-360-pad'))
    await lab.vm.check(['udevadm', 'settle'])
    const evswitch = await startEvswitch(lab.vm, { args: ['--clone', 'x-box'] })
    const extraArgs = evswitch.started.guests[0]?.qemu.slice(4) ?? []
    expect(extraArgs[0]).toBe('-device')
    const guest = await startNestedGuest(lab.vm, { extraArgs })
    await evswitch.waitFor('consumer', { target: 'guest', present: true })
    const devices = await guest.qmp.execute('query-pci')
    expect(JSON.stringify(devices)).toContain('"qdev_id":"evswitch-guest-clone1"')
    await guest.stop()
    await evswitch.waitFor('consumer', { target: 'guest', present: false })
  })
})

describe('evswitch monitor --replay --into-clone', () => {
  test('plays what a pad was recorded to send on a pad that is made for it', async () => {
    const player = await startPlayer(lab.vm)
    const pad = await player.create(onlyNode('xbox-360-pad'))
    await lab.vm.check(['udevadm', 'settle'])
    const file = '/tmp/pad.jsonl'
    const monitor = [...evswitchProgram, 'monitor', '--json']
    const recorder = await lab.vm.spawn([...monitor, '--record', file, pad.node])
    await recorder.waitForLine('"event":"device"')
    // It is told of before its key state is asked for, which drops keys that are queued; a stick shows when that is over.
    await pad.frame([EV_ABS, codes.ABS_X, 111])
    await recorder.waitForLine('"value":111')
    await pad.frame([EV_ABS, codes.ABS_X, 20_000], [EV_KEY, codes.BTN_SOUTH, 1])
    await pad.frame([EV_ABS, codes.ABS_X, -7], [EV_KEY, codes.BTN_SOUTH, 0])
    await recorder.waitForLine('"value":-7')
    recorder.kill('SIGINT')
    await recorder.waitForExit()

    const replay = await lab.vm.spawn([...monitor, '--replay', file, '--into-clone'])
    const { node } = JSON.parse(await replay.waitForLine('"event":"clone"')) as { node: string }
    const reader = await startReader(lab.vm, [node])
    replay.write('\n')
    await reader.waitFor({ type: EV_ABS, code: codes.ABS_X, value: 20_000 })
    await reader.waitFor({ type: EV_KEY, code: codes.BTN_SOUTH, value: 1 })
    await reader.waitFor({ type: EV_ABS, code: codes.ABS_X, value: -7 })
    await reader.waitFor({ type: EV_KEY, code: codes.BTN_SOUTH, value: 0 })
    replay.write('\n')
    expect((await replay.waitForExit()).status).toBe(0)
  })
})
