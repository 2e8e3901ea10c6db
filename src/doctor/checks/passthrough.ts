import { printable } from '../../devices/sanitize.ts'
import type { Domain } from '../../guests/domain-xml.ts'
import { attributeOf } from '../../guests/xml.ts'
import type { Finding } from '../finding.ts'
import { iommuGroups, type PciDevice } from '../iommu.ts'
import { elementsAt, pciDevices, type Subject } from '../subject.ts'
import type { System } from '../system.ts'

/** The host of a domain that has PCI devices of this machine: what must be right for it to start and to feel right. */
export function checkPassthrough(subject: Subject): Finding[] {
  return [
    ...iommu(subject),
    ...subject.domains.flatMap((domain) => [...pins(subject, domain), ...sharedMemory(domain)]),
  ]
}

function iommu({ system, domains }: Subject): Finding[] {
  const passing = domains.filter((domain) => pciDevices(domain).length > 0)
  if (passing.length === 0) return []
  const groups = iommuGroups(system)
  if (groups.length === 0) {
    const isIntel = /GenuineIntel/.test(system.read('/proc/cpuinfo') ?? '')
    const wanted = isIntel ? 'intel_iommu=on iommu=pt' : 'iommu=pt'
    const isAsked = /\b(intel_iommu=on|amd_iommu=on|iommu=pt)\b/.test(
      system.read('/proc/cmdline') ?? '',
    )
    return [
      {
        id: 'no-iommu',
        severity: 'error',
        what: `the IOMMU is off: there are no IOMMU groups${isAsked ? ', though the kernel was asked for it' : ''}`,
        why: 'no PCI device can be given to a guest without it',
        fix: isAsked
          ? 'turn on VT-d or AMD-Vi in the firmware of this machine'
          : `turn on VT-d or AMD-Vi in the firmware, and add "${wanted}" to the kernel's command line (GRUB_CMDLINE_LINUX in /etc/default/grub, then sudo update-grub)`,
      },
    ]
  }
  const all = groups.flatMap(({ devices }) => devices)
  return passing.flatMap((domain) => {
    const taken = pciDevices(domain)
    return taken.flatMap(({ address, managed }): Finding[] => {
      const name = printable(domain.name)
      const device = all.find((each) => each.address === address)
      if (device === undefined) {
        return [
          {
            id: 'no-pci-device',
            severity: 'error',
            what: `${name} takes the PCI device ${address}, which is not there`,
            why: 'the domain does not start without it; addresses move when cards do',
            fix: 'lspci -nn lists the devices; virsh edit takes the right one',
          },
        ]
      }
      const mates = groups
        .find(({ devices }) => devices.includes(device))
        ?.devices.filter(
          (each) => !isBridge(each) && !taken.some((other) => other.address === each.address),
        )
        .filter(({ driver }) => driver !== undefined && driver !== 'vfio-pci')
      const findings: Finding[] = []
      if (mates !== undefined && mates.length > 0) {
        findings.push({
          id: 'iommu-group-shared',
          severity: 'error',
          what: `${address} shares its IOMMU group with ${mates.map((each) => `${each.address} (${each.driver ?? ''})`).join(', ')}`,
          why: 'a group goes to one guest as a whole: the domain does not start',
          fix: 'give the guest the whole group, or put the card into another slot',
        })
      }
      if (!managed && device.driver !== 'vfio-pci') {
        findings.push({
          id: 'not-bound-to-vfio',
          severity: 'error',
          what: `${address} is bound to ${device.driver ?? 'no driver'}, not to vfio-pci, and ${name} does not ask libvirt to do it`,
          why: 'the domain does not start',
          fix: `virsh edit ${name}: managed='yes' in its <hostdev>; or bind it at boot: options vfio-pci ids=${device.id} in /etc/modprobe.d/vfio.conf`,
        })
      }
      return findings
    })
  })
}

/** PCI bridges belong to no guest, and are in its groups all the same. */
function isBridge({ classCode }: PciDevice): boolean {
  return classCode.startsWith('06')
}

/** QEMU reads the nodes in its main thread: where that may run decides how soon a key arrives. */
function pins({ system }: Subject, domain: Domain): Finding[] {
  const name = printable(domain.name)
  const cpus = (path: readonly string[]) =>
    elementsAt(domain, ...path).flatMap((element) => cpuSet(attributeOf(element, 'cpuset') ?? ''))
  const guests = new Set(cpus(['cputune', 'vcpupin']))
  if (guests.size === 0) return []
  const emulator = new Set(cpus(['cputune', 'emulatorpin']))
  const host = cpuSet(system.read('/sys/devices/system/cpu/online')?.trim() ?? '')
  const free = host.filter((cpu) => !guests.has(cpu))
  const findings: Finding[] = []
  if (host.length > 0 && free.length === 0) {
    findings.push({
      id: 'no-free-cpu',
      severity: 'warning',
      what: `${name} has its processors on every CPU of this machine`,
      why: 'evswitch, the desktop and the part of QEMU that reads the keyboard wait for the guest then',
      fix: `leave one core free of <vcpupin>, and pin QEMU to it: virsh emulatorpin ${name} 0 --config`,
    })
  } else if (emulator.size === 0) {
    findings.push({
      id: 'no-emulatorpin',
      severity: 'warning',
      what: `${name} pins its processors and not QEMU itself`,
      why: 'QEMU reads keyboard and mouse in a thread that may then run on a CPU that the guest is busy on',
      fix: `virsh emulatorpin ${name} ${free.join(',') || '0'} --config`,
    })
  } else if ([...emulator].every((cpu) => guests.has(cpu))) {
    findings.push({
      id: 'emulatorpin-on-guest',
      severity: 'warning',
      what: `${name} has QEMU itself (emulatorpin) only on CPUs of the guest`,
      why: 'keys wait while the guest computes',
      fix: `virsh emulatorpin ${name} ${free.join(',') || '0'} --config`,
    })
  }
  const engine = engineCpus(system)
  if (engine.length > 0 && engine.every((cpu) => guests.has(cpu))) {
    findings.push({
      id: 'engine-on-guest',
      severity: 'warning',
      what: `evswitch's own input thread may run on CPUs of ${name} only (${engine.join(', ')})`,
      why: 'keys and motion wait while the guest computes',
      fix: `sudo systemctl edit evswitch: [Service] CPUAffinity=${free.join(' ') || '0'}; look for who set it: CPUAffinity, taskset, a cpuset`,
    })
  }
  return findings
}

/** Where the input thread may run; none while evswitch does not. */
function engineCpus(system: System): number[] {
  for (const pid of system.list('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const thread of system.list(`/proc/${pid}/task`)) {
      const folder = `/proc/${pid}/task/${thread}`
      if (system.read(`${folder}/comm`, 64)?.trim() !== 'evswitch-engine') continue
      const status = system.read(`${folder}/status`) ?? ''
      return cpuSet(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '')
    }
  }
  return []
}

/** '0-2,4,^1': as in formatdomain, "cpuset". */
function cpuSet(text: string): number[] {
  const found = new Set<number>()
  for (const part of text.split(',')) {
    const match = /^\s*(\^?)(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part)
    if (match === null) continue
    const first = Number(match[2])
    for (let cpu = first; cpu <= Number(match[3] ?? first); cpu++) {
      if (match[1] === '^') found.delete(cpu)
      else found.add(cpu)
    }
  }
  return [...found]
}

/** virtiofs and vhost-user need the guest's memory to be shared. */
function sharedMemory(domain: Domain): Finding[] {
  const drivers = elementsAt(domain, 'devices', 'filesystem', 'driver')
  const needs = drivers.some((element) => attributeOf(element, 'type') === 'virtiofs')
  const isShared = elementsAt(domain, 'memoryBacking', 'access').some(
    (element) => attributeOf(element, 'mode') === 'shared',
  )
  const numa = elementsAt(domain, 'cpu', 'numa').length > 0
  if (!needs || isShared || numa) return []
  return [
    {
      id: 'memory-not-shared',
      severity: 'error',
      what: `${printable(domain.name)} uses virtiofs, and its memory is not shared`,
      why: 'the domain does not start',
      fix: `virsh edit ${printable(domain.name)}: <memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>`,
    },
  ]
}
