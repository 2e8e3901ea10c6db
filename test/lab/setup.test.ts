import { expect, test } from 'vitest'
import { needPackages } from '../../scripts/bootstrap.mjs'
import { libvirtPackages } from '../packages.mjs'
import { evswitchProgram } from './evswitch.ts'
import { libvirtDomain, serialLog, startLibvirt } from './libvirt-guest.ts'
import { sharedLab } from './shared-lab.ts'
import { startReader } from './tools.ts'

const EV_KEY = 1
const KEY_B = 48
/** It copies more than a hundred files, and starts the service. */
const SETUP_DEADLINE_MS = 300_000

if (process.env['EVSWITCH_LAB'] !== 'off' && process.getuid?.() === 0) needPackages(libvirtPackages)

const lab = sharedLab({ init: 'systemd' })

test('setup --yes ends in a working switch with no other step, and --undo leaves no trace', async ({
  skip,
}) => {
  const { vm } = lab
  const libvirt = await startLibvirt(vm, skip)
  await vm.writeFile('/tmp/guest.xml', libvirtDomain)
  await libvirt.virsh('define', '/tmp/guest.xml')
  const before = await libvirt.virsh('dumpxml', '--inactive', 'guest')

  const setup = async (...args: readonly string[]) =>
    await vm.check([...evswitchProgram, 'setup', ...args], { deadlineMs: SETUP_DEADLINE_MS })
  const said = await setup('--yes')
  expect(said).toMatch(/\nStart guest, and press left Ctrl \+ right Ctrl\.\n$/)
  const again = await setup('--dry-run')
  expect(again).toContain('  all files are in place\n')
  expect(again).toContain('  it has them already\n')

  await libvirt.virsh('start', 'guest')
  const serial = await vm.spawn(['tail', '-n', '+1', '-F', serialLog])
  await serial.waitForLine('PRESS ANY KEY')
  const keyboard = vm.keyboard('usb')
  const state = async () => await vm.check(['/usr/local/bin/evswitch', 'status', '--json'])
  await keyboard.press('ctrl', 'ctrl_r')
  while (!/"active": ?"guest"/.test(await state()));
  await keyboard.release('ctrl', 'ctrl_r')
  await keyboard.tap('a')
  await serial.waitForLine(/^K 9e$/i)
  await libvirt.virsh('destroy', 'guest')

  await setup('--undo', '--yes')
  expect(await libvirt.virsh('dumpxml', '--inactive', 'guest')).toBe(before)
  const left = await vm.run(
    'systemctl cat evswitch.service; getent passwd evswitch; ls -d /usr/local/bin/evswitch /usr/local/lib/evswitch /var/lib/evswitch /etc/evswitch /usr/local/lib/systemd/system/evswitch.service; ls /dev/input/by-id | grep evswitch',
  )
  expect(left.stdout).toBe('')
  const host = await startReader(vm, [await vm.node(keyboard)])
  await keyboard.tap('b')
  await host.waitFor({ type: EV_KEY, code: KEY_B, value: 0 })
  await libvirt.virsh('undefine', 'guest')
  await libvirt.stop()
})
