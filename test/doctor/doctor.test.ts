import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { fix } from '../../src/cli/commands/doctor.ts'
import { decodeConfig } from '../../src/config/decode.ts'
import { examine, isFault } from '../../src/doctor/doctor.ts'
import type { Finding } from '../../src/doctor/finding.ts'
import { applyTo } from '../../src/guests/domain-edit.ts'
import { domainFixture, wish } from '../guests/domain-fixtures.ts'
import { FakeSystem } from './fake-system.ts'

let system: FakeSystem
beforeEach(() => {
  system = new FakeSystem()
})
afterEach(() => system.remove())

const kept = `
[[target]]
name = "win10"
[[source]]
device = "AT Translated Set 2 keyboard"
target = "host"
[[source]]
device = "PS/2"
target = "host"
`

const options = (domain?: string, text = kept) => {
  const { config } = decodeConfig(text)
  if (config === undefined) throw new Error('the configuration of the test is wrong')
  return { config, domain, user: 'me', connection: 'test:///default' }
}

async function findings(domain?: string, text?: string): Promise<readonly Finding[]> {
  return (await examine(system, options(domain, text))).findings
}

const ids = (list: readonly Finding[]) => list.map(({ id }) => id)

/** Everything that `--fix` says. */
async function repair(domain?: string): Promise<string> {
  let text = ''
  const output = { out: (part: string) => (text += part), err: (part: string) => (text += part) }
  await fix(system, system.hands, options(domain), { ...output, columns: 80 } as never).catch(
    () => {},
  )
  return text
}

const byCommandLine = () =>
  applyTo(
    domainFixture('passthrough-by-hand').replace("type='qemu'", "type='kvm'"),
    wish({ input: { target: 'win10' }, byCommandLine: true, replace: true }),
  )

/** A service whose input thread may run on these CPUs. */
function engineOn(cpus: string): void {
  const thread = 'proc/812/task/815'
  system.files.write(`${thread}/comm`, 'evswitch-engine\n')
  system.files.write(`${thread}/status`, `Name:\tevswitch-engine\nCpus_allowed_list:\t${cpus}\n`)
}

const conf = (text: string) => system.append('etc/libvirt/qemu.conf', text)
const baseList = ['null', 'full', 'zero', 'random', 'urandom', 'ptmx', 'kvm']
  .map((name) => `"/dev/${name}",`)
  .join(' ')

test('a healthy machine gives no finding', async () => {
  expect(await findings()).toEqual([])
  expect(await findings('gaming')).toEqual([])
})

interface Fault {
  readonly id: string
  readonly make: () => void
  /** Named, unless it is found without. */
  readonly domain?: string
  /** Others that come with it, and go with it where it is cured. */
  readonly with?: readonly string[]
}

/** Faults that `--fix` cures. */
const curable: readonly Fault[] = [
  {
    id: 'no-evdev',
    make: () => system.hide('/sys/class/input'),
    with: ['no-devices'],
  },
  {
    id: 'no-uinput',
    make: () => system.delete('/dev/uinput'),
  },
  {
    id: 'uinput-not-at-boot',
    make: () => system.delete('/lib/modules/6.1.0-test/modules.devname'),
  },
  {
    id: 'node-open-to-all',
    make: () => system.device('/dev/input/event0', 'input', 0o666),
  },
  {
    id: 'node-group',
    make: () => system.device('/dev/input/event0', 'root', 0o660),
  },
  {
    id: 'no-service-user',
    make: () =>
      system.files.write(
        'etc/systemd/system/evswitch.service',
        '[Service]\nUser=nobody2\nSupplementaryGroups=input\n',
      ),
  },
  {
    id: 'service-not-in-input',
    make: () => {
      system.files.write('etc/systemd/system/evswitch.service', '[Service]\nUser=evswitch\n')
      system.files.write('etc/group', 'root:x:0:\ninput:x:104:\nkvm:x:108:\nevswitch:x:990:me\n')
    },
  },
  {
    id: 'user-not-in-evswitch',
    make: () =>
      system.files.write(
        'etc/group',
        'root:x:0:\ninput:x:104:evswitch\nkvm:x:108:\nevswitch:x:990:\n',
      ),
  },
  {
    id: 'acl-without-kvm',
    make: () =>
      conf(
        'cgroup_device_acl = [\n "/dev/null", "/dev/full", "/dev/zero", # as in a guide\n "/dev/random", "/dev/urandom", "/dev/ptmx", "/dev/userfaultfd"\n]\n',
      ),
  },
  {
    id: 'acl-without-base',
    make: () => conf('cgroup_device_acl = [ "/dev/kvm", "/dev/null" ]\n'),
  },
  {
    id: 'acl-without-nodes',
    make: () => {
      system.defineDomain(byCommandLine)
      system.append('etc/apparmor.d/local/abstractions/libvirt-qemu', '/dev/input/* rw,\n')
      conf(`group = "input"\ncgroup_device_acl = [ ${baseList} ]\n`)
    },
  },
  {
    id: 'apparmor-without-rule',
    make: () => {
      system.defineDomain(byCommandLine)
      const nodes = ['kbd', 'mouse'].map(
        (role) => `"/dev/input/by-id/evswitch-win10-event-${role}"`,
      )
      conf(`group = "input"\ncgroup_device_acl = [ ${baseList} ${nodes.join(', ')} ]\n`)
    },
  },
  {
    id: 'node-acl',
    make: () => system.acls.set('/dev/input/event0', 'user:me:rw-'),
  },
  {
    id: 'qemu-conf-not-read',
    make: () => {
      system.files.write('run/libvirtd.pid', '812\n')
      system.changeAt('/run/libvirtd.pid', new Date(0))
    },
  },
  { id: 'no-qemu-user', make: () => conf('user = "evdev"\n') },
  { id: 'no-qemu-group', make: () => conf('group = "evdev"\n') },
  { id: 'qemu-as-root-user', make: () => conf('user = "root"\n') },
  { id: 'qemu-as-root-group', make: () => conf("group = '+0'\n") },
  { id: 'capabilities-kept', make: () => conf('clear_emulator_capabilities = 0\n') },
  { id: 'no-namespace', make: () => conf('namespaces = [\n]\n') },
  { id: 'no-ownership', make: () => conf('dynamic_ownership = 0\n') },
  { id: 'no-kvm', make: () => system.delete('/dev/kvm') },
  { id: 'kvm-owner', make: () => system.device('/dev/kvm', 'root', 0o660) },
]

/** Faults that take a person. */
const told: readonly Fault[] = [
  { id: 'no-udev-rules', make: () => system.delete('/etc/udev/rules.d/70-evswitch.rules') },
  {
    id: 'no-guest-nodes',
    make: () => system.delete('/dev/input/by-id/evswitch-win10-event-kbd'),
  },
  {
    id: 'user-in-input',
    make: () =>
      system.files.write(
        'etc/group',
        'root:x:0:\ninput:x:104:evswitch,me\nkvm:x:108:\nevswitch:x:990:me\n',
      ),
  },
  { id: 'qemu-conf-broken', make: () => conf('cgroup_device_acl = [ "/dev/null" "/dev/kvm" ]\n') },
  {
    id: 'qemu-conf-twice',
    make: () => conf('vnc_listen = "0.0.0.0"\nvnc_listen = "127.0.0.1"\n'),
  },
  {
    id: 'qemu-without-group',
    make: () => {
      system.defineDomain(byCommandLine)
      system.append('etc/apparmor.d/local/abstractions/libvirt-qemu', '/dev/input/* rw,\n')
      const nodes = ['kbd', 'mouse'].map(
        (role) => `"/dev/input/by-id/evswitch-win10-event-${role}"`,
      )
      conf(`cgroup_device_acl = [ ${baseList} ${nodes.join(', ')} ]\n`)
    },
    with: ['qemu-without-group'],
  },
  {
    id: 'apparmor-denied',
    make: () =>
      system.files.write(
        'var/log/kern.log',
        'Nov 25 kernel: audit: type=1400 apparmor="DENIED" operation="open" profile="libvirt-1f0a" name="/dev/input/event7" pid=9 comm="qemu-system-x86" requested_mask="wr"\n',
      ),
  },
  {
    id: 'selinux-denied',
    make: () =>
      system.files.write(
        'var/log/audit/audit.log',
        'type=AVC msg=audit(1:2): avc:  denied  { read write } for  pid=9 comm="qemu-system-x86" name="event7" dev="devtmpfs" scontext=system_u:system_r:svirt_t:s0 tcontext=system_u:object_r:event_device_t:s0 tclass=chr_file\n',
      ),
  },
  {
    id: 'device-taken',
    make: () => system.files.addProcess(812, 'evsieve', ['/dev/input/event2']),
  },
  { id: 'no-virtualisation', make: () => system.files.write('proc/cpuinfo', 'flags\t: fpu sse\n') },
  {
    id: 'no-iommu',
    make: () => system.delete('/sys/kernel/iommu_groups'),
  },
  {
    id: 'no-pci-device',
    make: () => system.delete('/sys/kernel/iommu_groups/1/devices/0000:01:00.1'),
  },
  {
    id: 'iommu-group-shared',
    make: () => {
      const folder = 'sys/bus/pci/devices/0000:01:00.2'
      system.files.write('sys/kernel/iommu_groups/1/devices/0000:01:00.2/.keep', '')
      system.files.write(`${folder}/class`, '0x0c0330\n')
      mkdirSync(join(system.root, 'sys/bus/pci/drivers/xhci_hcd'), { recursive: true })
      symlinkSync('../../drivers/xhci_hcd', join(system.root, folder, 'driver'))
    },
    with: ['iommu-group-shared'],
  },
  {
    id: 'not-bound-to-vfio',
    make: () => system.defineDomain((xml) => xml.replace("managed='yes'", "managed='no'")),
  },
  {
    id: 'no-emulatorpin',
    make: () => system.defineDomain((xml) => xml.replace(/ *<emulatorpin.*\n/, '')),
  },
  {
    id: 'emulatorpin-on-guest',
    make: () =>
      system.defineDomain((xml) =>
        xml.replace("emulatorpin cpuset='0,4'", "emulatorpin cpuset='1'"),
      ),
  },
  {
    id: 'no-free-cpu',
    make: () => system.files.write('sys/devices/system/cpu/online', '1-3,5-7\n'),
  },
  {
    id: 'engine-on-guest',
    make: () => engineOn('1-2'),
  },
  {
    id: 'memory-not-shared',
    make: () =>
      system.defineDomain((xml) =>
        xml
          .replace("<access mode='shared'/>", '')
          .replace(
            "<filesystem type='mount' accessmode='mapped'>",
            "<filesystem type='mount'><driver type='virtiofs'/>",
          ),
      ),
  },
  {
    id: 'domain-without-nodes',
    domain: 'gaming',
    make: () => system.defineDomain(() => domainFixture('minimal').replace('minimal', 'gaming')),
  },
  {
    id: 'unknown-target',
    make: () => system.defineDomain((xml) => xml.replaceAll('evswitch-win10-', 'evswitch-mac-')),
  },
  {
    id: 'no-such-node',
    make: () =>
      system.defineDomain((xml) =>
        xml.replace(
          '</devices>',
          "<input type='evdev'><source dev='/dev/input/by-id/usb-gone-event-kbd'/></input></devices>",
        ),
      ),
    with: ['domain-grabbed-twice'],
  },
  {
    id: 'domain-pointer',
    make: () =>
      system.defineDomain((xml) =>
        xml.replace('</devices>', "<input type='tablet' bus='usb'/></devices>"),
      ),
  },
  {
    id: 'domain-grabbed-twice',
    make: () =>
      system.defineDomain((xml) =>
        xml.replace(
          '</devices>',
          "<input type='evdev'><source dev='/dev/input/event0'/></input></devices>",
        ),
      ),
  },
  {
    id: 'domain-node-twice',
    make: () =>
      system.defineDomain((xml) =>
        xml.replace(
          '</devices>',
          "<input type='evdev'><source dev='/dev/input/by-id/evswitch-win10-event-mouse'/></input></devices>",
        ),
      ),
  },
  {
    id: 'no-boot-keyboard',
    make: () =>
      system.defineDomain((xml) =>
        applyTo(xml, wish({ input: { target: 'win10', attachment: 'virtio-input-host' } })),
      ),
  },
  {
    id: 'no-boot-keyboard',
    make: () => system.defineDomain((xml) => xml.replace('<acpi/>', "<acpi/><ps2 state='off'/>")),
  },
  {
    id: 'qemu-too-old',
    make: () =>
      system.answers.set('/usr/bin/qemu-system-x86_64 --version', 'QEMU emulator version 2.5.0'),
  },
]

/** Those with a test of their own, below. */
const others = ['no-devices', 'last-device', 'not-root']

test('every finding that the checks can make is found here', () => {
  const folder = new URL('../../src/doctor/', import.meta.url)
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const text = files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(new URL(file, folder), 'utf8'))
    .join('\n')
  const made = [...text.matchAll(/^ +id: (.*),$/gm)].flatMap(([, value = '']) =>
    [...value.matchAll(/['`]([a-z][a-z-]*[a-z](?:-\$\{\w+\})?)['`]/g)].map(([, id = '']) => id),
  )
  expect(made.length).toBeGreaterThan(40)
  const found = [...[...curable, ...told].map(({ id }) => id), ...others]
  const isFound = (id: string) => {
    const [start = '', variable] = id.split('${')
    return found.some((each) => (variable === undefined ? each === id : each.startsWith(start)))
  }
  expect(made.filter((id) => !isFound(id))).toEqual([])
})

describe('doctor finds, and --fix cures,', () => {
  test.each(curable)('$id', async ({ id, make, domain, with: others = [] }) => {
    make()
    expect(ids(await findings(domain)).toSorted()).toEqual([id, ...others].toSorted())
    const said = await repair(domain)
    expect(said).toContain('  done; to undo: ')
    expect(ids(await findings(domain))).toEqual([])
  })
})

describe('doctor finds', () => {
  test.each(told)('$id', async ({ id, make, domain, with: others = [] }) => {
    make()
    const found = await findings(domain)
    expect(ids(found).toSorted()).toEqual([id, ...others].toSorted())
    for (const { what, why, fix: cure } of found) {
      for (const text of [what, why, cure]) expect(text).toMatch(/^\S.*\S$/)
      expect(what.length).toBeLessThan(200)
    }
  })

  test('that there is no keyboard and no mouse to take', async () => {
    const pinned = ['AT Translated', 'PS/2', 'SIGMACHIP', 'G502'].map(
      (device) => `[[source]]\ndevice = "${device}"\ntarget = "host"\n`,
    )
    const found = await findings(undefined, `[[target]]\nname = "win10"\n${pinned.join('')}`)
    expect(ids(found)).toEqual(['no-devices'])
  })

  test('as a note only, that it is not root and cannot see everything', async () => {
    vi.spyOn(system, 'isBlind', 'get').mockReturnValue(true)
    const found = await findings()
    expect(ids(found)).toEqual(['not-root'])
    expect(found.some(isFault)).toBe(false)
  })

  test('as a note only, that this machine has no other keyboard', async () => {
    const found = await findings(undefined, '[[target]]\nname = "win10"\n')
    expect(ids(found)).toEqual(['last-device'])
    expect(found.some(isFault)).toBe(false)
  })

  test('not an input thread that may also run where the guest does not', async () => {
    engineOn('0-7')
    expect(await findings()).toEqual([])
  })

  test('not what other domains do that have nothing to do with it', async () => {
    system.files.write('etc/libvirt/qemu/win7.xml', domainFixture('windows-7'))
    expect(await findings()).toEqual([])
    expect(ids(await findings('win7'))).toEqual([
      'domain-without-nodes',
      'domain-pointer',
      'domain-pointer',
    ])
  })

  test('that a domain is not there, with the nearest name', async () => {
    await expect(findings('gamin')).rejects.toMatchObject({
      code: 'unknown-domain',
      remedy: 'did you mean gaming?',
    })
  })
})

test('a domain by qemu:commandline that is allowed everything it needs gives no finding', async () => {
  system.defineDomain(byCommandLine)
  system.append('etc/apparmor.d/local/abstractions/libvirt-qemu', '/dev/input/event* rw,\n')
  const nodes = ['kbd', 'mouse'].map((role) => `"/dev/input/by-id/evswitch-win10-event-${role}"`)
  conf(`group = "input"\ncgroup_device_acl = [ ${baseList} ${nodes.join(', ')} ]\n`)
  expect(await findings()).toEqual([])
})

test('several faults of one file are repaired one after another', async () => {
  conf(
    'user = "root"\nclear_emulator_capabilities = 0\nnamespaces = []\ncgroup_device_acl = [ "/dev/null" ]\n',
  )
  expect(await findings()).toHaveLength(4)
  const said = await repair()
  expect(await findings()).toEqual([])
  expect(said).toContain('+#user = "root"')
  expect(said.match(/done; to undo: cp \S+\/backups\/etc_libvirt_qemu.conf/g)).toHaveLength(4)
  expect(system.ran.every((line) => line.startsWith('systemctl try-restart '))).toBe(true)
})
