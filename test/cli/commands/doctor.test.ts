import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FakeSystem } from '../../doctor/fake-system.ts'
import { capture } from '../capture.ts'

let system: FakeSystem
let config: string
beforeEach(() => {
  system = new FakeSystem()
  // The files of a machine say nothing of what its device nodes are.
  system.files.write('dev/uinput', '')
  system.files.write('dev/kvm', '')
  for (const name of system.list('/dev/input').filter((each) => each.startsWith('event'))) {
    chmodSync(join(system.root, 'dev/input', name), 0o660)
  }
  config = join(system.root, 'config.toml')
  writeFileSync(config, '[[target]]\nname = "win10"\n')
})
afterEach(() => system.remove())

const doctor = async (...args: readonly string[]) =>
  await capture([
    'doctor',
    ...args,
    ...['--root', system.root, '--config', config, '--user', 'me'],
    ...['--backups', join(system.root, 'backups')],
  ])

describe('evswitch doctor', () => {
  test('says what it looked at when nothing is wrong', async () => {
    const { code, out, err } = await doctor()
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^note: while a guest has the input this machine has no other keyboard/)
    expect(out).toMatch(/\nnothing is wrong with this machine and gaming\n$/)
  })

  test('tells what, why and how to cure it, and ends with 1', async () => {
    system.append('etc/libvirt/qemu.conf', 'clear_emulator_capabilities = 0\n')
    const { code, out, err } = await doctor()
    expect(code).toBe(1)
    expect(out).toContain(
      `WARNING: clear_emulator_capabilities = 0 lets QEMU keep the rights of root
  why: it was a way around rights on input nodes, which evswitch does not need
  fix: take the line out of /etc/libvirt/qemu.conf, then: sudo systemctl restart libvirtd (--fix does it)
`,
    )
    expect(err).toBe('evswitch: 1 warning\n')
  })

  test('has all of it for scripts', async () => {
    system.append('etc/libvirt/qemu.conf', 'user = "evdev"\n')
    const { out } = await doctor('gaming', '--json')
    const { domains, findings } = JSON.parse(out) as {
      domains: string[]
      findings: { id: string; severity: string; repairable: boolean }[]
    }
    expect(domains).toEqual(['gaming'])
    expect(findings).toEqual([
      expect.objectContaining({ id: 'last-device', severity: 'note', repairable: false }),
      expect.objectContaining({ id: 'no-qemu-user', severity: 'error', repairable: true }),
    ])
  })

  test('shows with --dry-run what --fix then does, and how to undo it', async () => {
    system.append('etc/libvirt/qemu.conf', 'namespaces = [ ]\n')
    const before = system.read('/etc/libvirt/qemu.conf')
    const dry = await doctor('--dry-run', '--fix')
    expect(dry.out).toContain('    -namespaces = [ ]\n    +#namespaces = [ ]\n')
    expect(dry.out).toContain('    $ systemctl try-restart libvirtd.service\n')
    expect(system.read('/etc/libvirt/qemu.conf')).toBe(before)

    const done = await doctor('--fix')
    expect(done.code).toBe(0)
    const undo = /done; to undo: cp (\S+) (\S+)\n/.exec(done.out)
    expect(undo?.[2]).toBe('/etc/libvirt/qemu.conf')
    expect(readFileSync(undo?.[1] ?? '', 'utf8')).toBe(before)
    expect(system.read('/etc/libvirt/qemu.conf')).toContain('\n#namespaces = [ ]\n')
  })

  test('lists IOMMU groups with the names of their devices', async () => {
    expect((await doctor('--iommu')).out).toBe(
      `group  1 0000:01:00.0 [0300] [10de:1f08] NVIDIA Corporation TU106 [GeForce RTX 2060 Rev. A]
group  1 0000:01:00.1 [0403] [10de:10f9] NVIDIA Corporation TU106 High Definition Audio Controller
`,
    )
    system.delete('/sys/kernel/iommu_groups')
    expect((await doctor('--iommu')).out).toBe('the IOMMU is off: there are no groups\n')
  })

  test('refuses a root that is not there, instead of finding everything missing in it', async () => {
    const { code, out, err } = await capture(['doctor', '--root', '/nowhere', '--config', config])
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(/^evswitch: there is no folder \/nowhere\n--root names a folder/)
  })

  test('has a help that fits 80 columns', async () => {
    const { out } = await capture(['doctor', '--help'])
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
  })
})
