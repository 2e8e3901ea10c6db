import { expect, test } from 'vitest'
import { needPackages } from '../../scripts/bootstrap.mjs'
import { libvirtPackages } from '../packages.mjs'
import { evswitchProgram, startEvswitch } from './evswitch.ts'
import { libvirtDomain, serialLog, startLibvirt } from './libvirt-guest.ts'
import { sharedLab } from './shared-lab.ts'
import { startReader } from './tools.ts'

const EV_KEY = 1
const KEY_B = 48

const QEMU_USER = 'libvirt-qemu'

if (process.env['EVSWITCH_LAB'] !== 'off' && process.getuid?.() === 0) needPackages(libvirtPackages)

const lab = sharedLab()

test('a machine that libvirt starts opens its nodes by libvirt’s own user, namespace and cgroup rules, and both Ctrl keys switch', async ({
  skip,
}) => {
  const { vm } = lab
  const evswitch = await startEvswitch(vm)
  const libvirt = await startLibvirt(vm, skip)
  const { virsh } = libvirt
  await vm.writeFile('/tmp/guest.xml', libvirtDomain)
  await virsh('define', '/tmp/guest.xml')
  const before = await virsh('dumpxml', '--inactive', 'guest')

  const applied = await vm.check([
    ...evswitchProgram,
    ...['libvirt', 'apply', 'guest', '--drop-pointers'],
  ])
  expect(applied).toContain('guest: the keyboard and mouse of the target guest are in')
  await virsh('start', 'guest')
  await evswitch.waitFor('consumer', { target: 'guest', present: true })
  const serial = await vm.spawn(['tail', '-n', '+1', '-F', serialLog])
  await serial.waitForLine('PRESS ANY KEY')

  const pid = (await vm.readFile('/run/libvirt/qemu/guest.pid')).trim()
  expect(await vm.check(['ps', '-o', 'user:32=', '-p', pid])).toBe(`${QEMU_USER}\n`)
  const namespaces = await vm.check(`readlink /proc/${pid}/ns/mnt /proc/self/ns/mnt`)
  expect(new Set(namespaces.trim().split('\n')).size).toBe(2)
  expect(await vm.readFile(`/proc/${pid}/cgroup`)).toContain('qemu')
  // Of all input devices it has only these two.
  const nodes = await vm.check(`ls /proc/${pid}/root/dev/input | grep -c '^event'`)
  expect(nodes).toBe('2\n')

  const { stdout } = await vm.run([...evswitchProgram, 'doctor', 'guest', '--json'])
  const { findings } = JSON.parse(stdout) as { findings: { severity: string }[] }
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])

  const keyboard = vm.keyboard('usb')
  await keyboard.press('ctrl', 'ctrl_r')
  await evswitch.waitFor('switched', { target: 'guest' })
  await keyboard.release('ctrl', 'ctrl_r')
  await keyboard.tap('a')
  await serial.waitForLine(/^K 1e$/i)
  await serial.waitForLine(/^K 9e$/i)
  await keyboard.press('ctrl', 'ctrl_r')
  await evswitch.waitFor('switched', { target: 'host' })
  await keyboard.release('ctrl', 'ctrl_r')

  await keyboard.press('ctrl', 'ctrl_r')
  await evswitch.waitFor('switched', { target: 'guest' })
  await keyboard.release('ctrl', 'ctrl_r')
  // The guest shuts down by itself at F12, while another key is held.
  await keyboard.press('a')
  await serial.waitForLine(/^K 1e$/i)
  await keyboard.press('f12')
  await evswitch.waitFor('switched', { target: 'host', reason: 'consumer-gone' })
  await evswitch.waitUntilGivenBack()
  const node = await vm.node(keyboard)
  const host = await startReader(vm, [node])
  expect((await host.pressed()).get(node)).toEqual([])
  await keyboard.release('a', 'f12')
  await keyboard.tap('b')
  await host.waitFor({ type: EV_KEY, code: KEY_B, value: 0 })
  expect(host.events.filter(({ type, code }) => type === EV_KEY && code !== KEY_B)).toEqual([])
  await vm.check('until virsh domstate guest | grep -q "shut off"; do sleep 0.1; done')

  await vm.check([...evswitchProgram, 'libvirt', 'remove', 'guest'])
  expect(await virsh('dumpxml', '--inactive', 'guest')).toBe(before)
  await virsh('undefine', 'guest')
  await libvirt.stop()
  await evswitch.stop()
})
