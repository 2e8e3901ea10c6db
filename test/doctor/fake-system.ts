import { renameSync, rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import type { Hands } from '../../src/doctor/repair.ts'
import { LocalHands } from '../../src/doctor/repair.ts'
import { LocalSystem, type PathStatus } from '../../src/doctor/system.ts'
import type { CommandResult } from '../../src/guests/command.ts'
import { applyTo } from '../../src/guests/domain-edit.ts'
import { FakeRoot } from '../devices/fake-root.ts'
import { domainFixture, wish } from '../guests/domain-fixtures.ts'

const groups: Readonly<Record<string, number>> = { root: 0, input: 104, kvm: 108, evswitch: 990 }
const qemuUser = 64055
const pidFiles = ['/run/libvirtd.pid']

/**
 * A machine in a folder: its files, what its device nodes are (which files in a folder cannot be), and the programs
 * that change it. It starts healthy: two keyboards and two mice, one of each kept here, a domain with the nodes of
 * the target "win10", a card of its own and libvirt as Debian has it.
 */
export class FakeSystem extends LocalSystem {
  readonly files: FakeRoot
  /** By path. */
  readonly statuses = new Map<string, PathStatus>()
  /** What programs say, by command line. */
  readonly answers = new Map<string, string>()
  /** Entries of access control lists, by node: 'user:me:rw-'. */
  readonly acls = new Map<string, string>()
  /** Every program that a repair ran. */
  readonly ran: string[] = []

  constructor() {
    const files = new FakeRoot({ udev: true })
    super(files.path)
    this.files = files
    files.plugAll(
      'at-keyboard',
      'ps2-explorer-mouse',
      'sigmachip-usb-keyboard',
      'logitech-g502-gaming-mouse',
      'evswitch-guest-nodes',
    )
    this.device('/dev/uinput', 'evswitch', 0o660)
    this.device('/dev/kvm', 'kvm', 0o660)
    for (const [path, content] of Object.entries(healthyFiles)) files.write(path, content)
    this.defineDomain()
  }

  remove(): void {
    this.files.remove()
  }

  override status(path: string): PathStatus | undefined {
    const node = this.resolve(path) ?? path
    const given = this.statuses.get(node)
    if (given !== undefined) return given
    const found = super.status(path)
    if (found === undefined || !/^\/dev\/input\/event/.test(node)) return found
    return { isDevice: true, mode: 0o660, uid: 0, gid: groups['input'] ?? 0 }
  }

  override async run(
    program: string,
    ...args: readonly string[]
  ): Promise<CommandResult | undefined> {
    const stdout =
      program === 'getfacl' ? this.#acls(args) : this.answers.get([program, ...args].join(' '))
    return stdout === undefined ? undefined : { status: 0, stdout, stderr: '' }
  }

  /** As getfacl(1) prints them. */
  #acls(args: readonly string[]): string {
    return args
      .filter((node) => this.acls.has(node))
      .map(
        (node) =>
          `# file: ${node}\n# owner: root\n# group: input\nuser::rw-\n${this.acls.get(node)}\ngroup::rw-\nmask::rw-\nother::---\n\n`,
      )
      .join('')
  }

  /** Carries out repairs: files for real, programs as far as the checks see what they do. */
  get hands(): Hands {
    const files = new LocalHands(new LocalSystem(this.root), join(this.root, 'backups'))
    return {
      write: (path, content) => files.write(path, content),
      run: async (command) => {
        this.ran.push(command.join(' '))
        this.#change(command)
      },
    }
  }

  /** A device node. */
  device(path: string, group: string, mode: number, uid = 0): void {
    this.statuses.set(path, { isDevice: true, mode, uid, gid: groups[group] ?? 0 })
  }

  delete(path: string): void {
    this.statuses.delete(path)
    rmSync(join(this.root, path), { recursive: true, force: true })
  }

  /** Takes a folder out of sight, and shows it again. */
  hide(path: string): void {
    renameSync(join(this.root, path), join(this.root, `${path}.hidden`))
  }

  show(path: string): void {
    renameSync(join(this.root, `${path}.hidden`), join(this.root, path))
  }

  /** Says when a file was changed last. */
  changeAt(path: string, when: Date): void {
    utimesSync(join(this.root, path), when, when)
  }

  /** Changes the domain that is defined. */
  defineDomain(change: (xml: string) => string = (xml) => xml): void {
    this.files.write('etc/libvirt/qemu/gaming.xml', change(healthyDomain))
  }

  /** Adds to a file. */
  append(path: string, text: string): void {
    this.files.write(path, `${this.read(path) ?? ''}${text}`)
  }

  /** What the programs that repairs run would do, as far as the checks see it. */
  #change(command: readonly string[]): void {
    const [program, first = '', second = ''] = command
    const path = command.at(-1) ?? ''
    const before = this.status(path)
    if (program === 'setfacl') this.acls.delete(path)
    else if (program === 'modprobe' && first === 'evdev') this.show('/sys/class/input')
    else if (program === 'modprobe' && first.startsWith('kvm'))
      this.device('/dev/kvm', 'kvm', 0o660)
    else if (program === 'modprobe') this.device(`/dev/${first}`, 'root', 0o600)
    else if (program === 'chmod' && before) {
      this.statuses.set(path, { ...before, mode: Number.parseInt(first, 8) })
    } else if ((program === 'chgrp' || program === 'chown') && before) {
      const group = first.split(':').at(-1) ?? ''
      this.statuses.set(path, { ...before, gid: groups[group] ?? 0 })
    } else if (program === 'usermod') {
      const group = command[3] ?? ''
      const lines = (this.read('/etc/group') ?? '').split('\n')
      const added = lines.map((line) =>
        line.startsWith(`${group}:`) ? `${line}${line.endsWith(':') ? '' : ','}${path}` : line,
      )
      this.files.write('etc/group', added.join('\n'))
    } else if (program === 'useradd') this.append('/etc/passwd', `${path}:x:991:991::/:/nologin\n`)
    else if (program === 'systemctl') {
      for (const file of pidFiles.filter((each) => this.status(each)))
        this.changeAt(file, new Date())
    } else throw new Error(`nobody knows ${program} ${first} ${second}`)
  }
}

/** The domain of a person who followed a guide once, with evswitch's nodes instead of that guide's. */
const healthyDomain = applyTo(
  domainFixture('passthrough-by-hand').replace("type='qemu'", "type='kvm'"),
  wish({ input: { target: 'win10' }, replace: true, dropPointers: true }),
)

const pci = (address: string) => `sys/bus/pci/devices/0000:01:00.${address}`

const healthyFiles: Readonly<Record<string, string>> = {
  'proc/sys/kernel/osrelease': '6.1.0-test\n',
  'proc/cmdline': 'BOOT_IMAGE=/vmlinuz intel_iommu=on iommu=pt quiet\n',
  'proc/cpuinfo': 'vendor_id\t: GenuineIntel\nflags\t\t: fpu vmx sse\n',
  'sys/devices/system/cpu/online': '0-7\n',
  'lib/modules/6.1.0-test/modules.devname': 'fuse fuse c10:229\nuinput uinput c10:223\n',
  'etc/udev/rules.d/70-evswitch.rules': '# ours\n',
  'etc/passwd': [
    'root:x:0:0:root:/root:/bin/bash',
    `libvirt-qemu:x:${qemuUser}:108::/var/lib/libvirt:/usr/sbin/nologin`,
    'evswitch:x:990:990::/:/usr/sbin/nologin',
    'me:x:1000:1000:Me:/home/me:/bin/bash',
    '',
  ].join('\n'),
  'etc/group': [
    'root:x:0:',
    'input:x:104:evswitch',
    'kvm:x:108:libvirt-qemu',
    'evswitch:x:990:me',
    'me:x:1000:',
    '',
  ].join('\n'),
  'etc/systemd/system/evswitch.service':
    '[Service]\nUser=evswitch\nSupplementaryGroups=input\nExecStart=/usr/local/bin/evswitch service run\n',
  'lib/systemd/system/libvirtd.service': '[Service]\nExecStart=/usr/sbin/libvirtd\n',
  'etc/libvirt/qemu.conf':
    '# Master configuration file for the QEMU driver.\n#user = "libvirt-qemu"\n#cgroup_device_acl = [\n#    "/dev/null",\n#]\n',
  'etc/apparmor.d/abstractions/libvirt-qemu': '  /dev/kvm rw,\n  /dev/net/tun rw,\n',
  'sys/module/apparmor/parameters/enabled': 'Y\n',
  'sys/kernel/iommu_groups/1/devices/0000:01:00.0/.keep': '',
  'sys/kernel/iommu_groups/1/devices/0000:01:00.1/.keep': '',
  [`${pci('0')}/vendor`]: '0x10de\n',
  [`${pci('0')}/device`]: '0x1f08\n',
  [`${pci('0')}/class`]: '0x030000\n',
  [`${pci('1')}/vendor`]: '0x10de\n',
  [`${pci('1')}/device`]: '0x10f9\n',
  [`${pci('1')}/class`]: '0x040300\n',
  'usr/share/misc/pci.ids': [
    '10de  NVIDIA Corporation',
    '\t10f9  TU106 High Definition Audio Controller',
    '\t1f08  TU106 [GeForce RTX 2060 Rev. A]',
    '\t\t10de 1234  A board',
    '10df  Emulex Corporation',
    '',
  ].join('\n'),
}
