import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { nodeDeviceName, nodeLinkName } from '../../src/engine/target-name.ts'
import { ROOT } from './cache.ts'
import { sharedLab } from './shared-lab.ts'
import { type LabPlayer, type PlayedDevice, startPlayer } from './tools.ts'

const lab = sharedLab()
const installed = '/run/udev/rules.d/70-evswitch.rules'
const rules = readFileSync(join(ROOT, 'udev/70-evswitch.rules'), 'utf8')

let player: LabPlayer
beforeEach(async () => {
  await lab.vm.check(['mkdir', '-p', '/run/udev/rules.d'])
  await lab.vm.writeFile(installed, rules)
  await lab.vm.check(['udevadm', 'control', '--reload'])
  player = await startPlayer(lab.vm)
})
afterEach(async () => {
  await lab.vm.check(['rm', installed])
  await lab.vm.check(['udevadm', 'control', '--reload'])
})

async function make(target: string, role: 'kbd' | 'mouse'): Promise<PlayedDevice> {
  const device = await player.create({
    kind: role === 'kbd' ? 'keyboard' : 'mouse',
    name: nodeDeviceName(target, role),
    phys: nodeLinkName(target, role),
    bus: 6,
  })
  await lab.vm.check(['udevadm', 'settle'])
  return device
}

/** What udev knows about a node, one property a line. */
async function properties(device: PlayedDevice): Promise<string> {
  return await lab.vm.check(['udevadm', 'info', '--query=property', device.node])
}

async function linkTarget(target: string, role: 'kbd' | 'mouse'): Promise<string> {
  const link = `/dev/input/by-id/${nodeLinkName(target, role)}`
  return (await lab.vm.run(['readlink', '-f', link])).stdout.trim()
}

describe('the udev rules, in a real udev', () => {
  test('give the nodes of a guest their links, and take them away with the nodes', async () => {
    const keyboard = await make('Win-10_x.y', 'kbd')
    const mouse = await make('Win-10_x.y', 'mouse')
    expect(await linkTarget('Win-10_x.y', 'kbd')).toBe(keyboard.node)
    expect(await linkTarget('Win-10_x.y', 'mouse')).toBe(mouse.node)
    await keyboard.destroy()
    await lab.vm.check(['udevadm', 'settle'])
    const left = await lab.vm.check(['ls', '/dev/input/by-id'])
    expect(left).not.toContain('evswitch-Win-10_x.y-event-kbd')
    expect(left).toContain('evswitch-Win-10_x.y-event-mouse')
  })

  test('keep guest nodes from libinput, power keys and the seats', async () => {
    for (const role of ['kbd', 'mouse'] as const) {
      const text = await properties(await make('win10', role))
      expect(text).toContain('LIBINPUT_IGNORE_DEVICE=1')
      expect(text).toContain('EVSWITCH=guest')
      expect(text).toContain('ID_SEAT=seat-evswitch-guest')
      expect(text).not.toContain('ID_INPUT')
      expect(text).not.toContain('power-switch')
      expect(text).not.toContain('uaccess')
    }
  })

  test('leave the nodes of the host ordinary devices, with links', async () => {
    const keyboard = await make('host', 'kbd')
    expect(await linkTarget('host', 'kbd')).toBe(keyboard.node)
    const text = await properties(keyboard)
    expect(text).toContain('ID_INPUT_KEYBOARD=1')
    expect(text).toContain('EVSWITCH=host')
    expect(text).toMatch(/^TAGS=.*:power-switch:/m)
    expect(text).not.toContain('LIBINPUT_IGNORE_DEVICE')
    expect(text).not.toContain('ID_SEAT')
  })

  test('touch no other device, be it real or virtual', async () => {
    const other = await player.create({
      kind: 'keyboard',
      name: 'evswitch',
      phys: 'py-evdev-uinput',
    })
    await lab.vm.check(['udevadm', 'settle'])
    const real = await lab.vm.node(lab.vm.keyboard('usb'))
    for (const node of [other.node, real]) {
      const text = await lab.vm.check(['udevadm', 'info', '--query=property', node])
      expect(text).toContain('ID_INPUT_KEYBOARD=1')
      expect(text).not.toContain('EVSWITCH')
    }
    const owner = await lab.vm.check(['stat', '-c', '%U:%G %a', real])
    expect(owner.trim()).toBe('root:input 660')
  })

  test('give uinput to the user of the service, and to nobody where there is none', async () => {
    const owner = async () => (await lab.vm.check(['stat', '-c', '%u:%g', '/dev/uinput'])).trim()
    const trigger = 'udevadm trigger --action=change /sys/devices/virtual/misc/uinput'
    await lab.vm.check(`${trigger} && udevadm settle`)
    expect(await owner()).toBe('0:0')
    const users = await lab.vm.readFile('/etc/passwd')
    try {
      await lab.vm.writeFile('/etc/passwd', `${users}evswitch:x:990:990::/:/usr/sbin/nologin\n`)
      // udev looks users up when it reads its rules, and reads them again when they have changed.
      await lab.vm.writeFile(installed, `${rules}\n`)
      await lab.vm.check(`udevadm control --reload && ${trigger} && udevadm settle`)
      expect(await owner()).toBe('990:0')
    } finally {
      await lab.vm.writeFile('/etc/passwd', users)
      await lab.vm.check(['chown', '0:0', '/dev/uinput'])
    }
  })
})
