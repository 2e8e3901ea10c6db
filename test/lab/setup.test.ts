import { expect, test } from 'vitest'
import { needPackages } from '../../scripts/bootstrap.mjs'
import { libvirtPackages } from '../packages.mjs'
import { evswitchProgram } from './evswitch.ts'
import { libvirtDomain, serialLog, startLibvirt } from './libvirt-guest.ts'
import { sharedLab } from './shared-lab.ts'
import { startReader } from './tools.ts'
import { readTraces, tracesLeft } from './traces.ts'

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
  const definition = async () =>
    await libvirt.virsh('dumpxml', '--inactive', '--security-info', 'guest')
  const before = { definition: await definition(), traces: await readTraces(vm) }

  const setup = async (...args: readonly string[]) =>
    await vm.check([...evswitchProgram, 'setup', ...args], { deadlineMs: SETUP_DEADLINE_MS })
  const said = await setup('--yes', '--device', 'QEMU USB Keyboard', '--device', 'QEMU USB Mouse')
  expect(said).toMatch(/\nStart guest, and press left Ctrl \+ right Ctrl\.\n$/)
  const again = await setup('--dry-run')
  expect(again).toContain('  all files are in place\n')
  expect(again).toContain('  it has them already\n')
  expect(again).not.toContain('config.toml')

  await libvirt.virsh('start', 'guest')
  const serial = await vm.spawn(['tail', '-n', '+1', '-F', serialLog])
  await serial.waitForLine('PRESS ANY KEY')
  const keyboard = vm.keyboard('usb')
  const state = async () => (await vm.run(['/usr/local/bin/evswitch', 'status', '--json'])).stdout
  await keyboard.press('ctrl', 'ctrl_r')
  while (!/"active": ?"guest"/.test(await state()));
  await keyboard.release('ctrl', 'ctrl_r')
  await keyboard.tap('a')
  await serial.waitForLine(/^K 9e$/i)
  await libvirt.virsh('destroy', 'guest')

  // What a guide leaves in the settings of libvirt, cured by the programs of a real system.
  await vm.check("echo 'clear_emulator_capabilities = 0' >> /etc/libvirt/qemu.conf")
  const doctor = [...evswitchProgram, 'doctor', 'guest', '--fix', '--backups', '/tmp/backups']
  const cured = await vm.run(doctor)
  expect(cured.stderr).not.toContain('not done')
  expect(cured.stdout).toContain('done; to undo: systemctl try-restart libvirtd.service\n')
  expect(await vm.readFile('/etc/libvirt/qemu.conf')).toContain('\n#clear_emulator_capabilities')

  await setup('--undo', '--yes')
  expect(await definition()).toBe(before.definition)
  expect(tracesLeft(before.traces, await readTraces(vm))).toEqual([])
  const left = await vm.run(
    'systemctl cat evswitch.service; getent passwd evswitch; ls /dev/input/by-id | grep evswitch',
  )
  expect(left.stdout).toBe('')
  const host = await startReader(vm, [await vm.node(keyboard)])
  await keyboard.tap('b')
  await host.waitFor({ type: EV_KEY, code: KEY_B, value: 0 })

  await libvirt.virsh('undefine', 'guest')
  await libvirt.stop()
})
