import type { ConfFile } from '../../guests/libvirt-conf.ts'
import {
  confValue,
  repeatedNames,
  withConfValue,
  withoutConfValue,
} from '../../guests/libvirt-conf.ts'
import type { Change, Finding, Repair } from '../finding.ts'
import { nodesByCommandLine, qemuConfPath, type Subject } from '../subject.ts'
import type { System } from '../system.ts'

/** What QEMU always needs (libvirt, src/qemu/qemu_cgroup.c, defaultDeviceACL), and KVM. */
const baseNodes = ['null', 'full', 'zero', 'random', 'urandom', 'ptmx', 'kvm'].map(
  (name) => `/dev/${name}`,
)

/** libvirt's settings for QEMU, as guides have people edit them. */
export function checkQemuConf(subject: Subject): Finding[] {
  const { qemuConf } = subject
  if (qemuConf === undefined) return []
  if (qemuConf.badLine !== undefined) {
    return [
      {
        id: 'qemu-conf-broken',
        severity: 'error',
        what: `${qemuConfPath} cannot be understood from line ${qemuConf.badLine} on`,
        why: 'libvirt does not start with it, and no domain either',
        fix: `sudoedit ${qemuConfPath}`,
      },
    ]
  }
  return [
    ...duplicates(qemuConf),
    ...deviceList(subject, qemuConf),
    ...identity(subject, qemuConf),
    ...leftovers(subject, qemuConf),
    ...nodeRights(subject, qemuConf),
    ...notRead(subject),
  ]
}

/** libvirt writes one of these when it starts. */
const pidFiles = ['/run/libvirtd.pid', '/run/libvirt/libvirtd.pid', '/run/virtqemud.pid']

/** The step that guides forget, or people do. */
function notRead({ system }: Subject): Finding[] {
  const changedMs = system.changedMs(qemuConfPath) ?? 0
  const startedMs = pidFiles.flatMap((path) => system.changedMs(path) ?? [])
  if (startedMs.length === 0 || startedMs.some((ms) => ms >= changedMs)) return []
  const repair = restart(system)
  return [
    {
      id: 'qemu-conf-not-read',
      severity: 'warning',
      what: `${qemuConfPath} was changed after libvirt was started`,
      why: 'libvirt reads it when it starts: until then nothing of the change holds',
      fix: 'sudo systemctl restart libvirtd (domains that run go on)',
      ...(repair.length === 0 ? {} : { repair }),
    },
  ]
}

function duplicates(conf: ConfFile): Finding[] {
  return repeatedNames(conf).map((name) => ({
    id: 'qemu-conf-twice',
    severity: 'warning',
    what: `${qemuConfPath} sets ${name} more than once`,
    why: 'only the first counts: a change further down does nothing, and nobody says so',
    fix: `keep one: grep -n '^${name}' ${qemuConfPath}`,
  }))
}

function deviceList({ domains, system }: Subject, conf: ConfFile): Finding[] {
  const value = confValue(conf, 'cgroup_device_acl')
  const listed = Array.isArray(value) ? (value as readonly string[]) : undefined
  const findings: Finding[] = []
  const lost = baseNodes.filter((node) => !(listed ?? baseNodes).includes(node))
  if (lost.length > 0) {
    findings.push({
      id: lost.includes('/dev/kvm') ? 'acl-without-kvm' : 'acl-without-base',
      severity: 'error',
      what: `cgroup_device_acl leaves out ${lost.join(', ')}`,
      why: 'the setting replaces the list that is built in: QEMU may not open what is not in it, so domains fail or crawl',
      fix: `add them to cgroup_device_acl in ${qemuConfPath}, then: sudo systemctl restart libvirtd`,
      repair: rewritten(
        system,
        withConfValue(conf, 'cgroup_device_acl', [...baseNodes, ...(listed ?? [])].filter(isFirst)),
      ),
    })
  }
  const wanted = domains.flatMap(nodesByCommandLine)
  // By this very path: libvirt makes the nodes of the list in QEMU's own /dev, and no other link to them.
  const shut = wanted.filter((node) => listed?.includes(node) !== true).filter(isFirst)
  if (shut.length > 0) {
    findings.push({
      id: 'acl-without-nodes',
      severity: 'error',
      what: `cgroup_device_acl does not have ${shut.join(', ')}, which a domain opens by qemu:commandline`,
      why: 'libvirt keeps devices from QEMU that it does not know of: "Operation not permitted"',
      fix: `better: evswitch libvirt apply DOMAIN, which needs no list. Else add them, and the list that is built in, to cgroup_device_acl in ${qemuConfPath}`,
      repair: rewritten(
        system,
        withConfValue(
          conf,
          'cgroup_device_acl',
          [...baseNodes, ...(listed ?? []), ...shut].filter(isFirst),
        ),
      ),
    })
  }
  return findings
}

function identity({ accounts, system }: Subject, conf: ConfFile): Finding[] {
  const findings: Finding[] = []
  for (const what of ['user', 'group'] as const) {
    const value = confValue(conf, what)
    if (typeof value !== 'string' || value === '') continue
    const name = value.replace(/^\+/, '')
    const known = what === 'user' ? accounts.users : accounts.groups
    if (!known.has(name) && !/^\d+$/.test(name)) {
      findings.push({
        id: `no-qemu-${what}`,
        severity: 'error',
        what: `${qemuConfPath} has ${what} = "${name}", and there is no such ${what}`,
        why: 'libvirt cannot start a domain as somebody who does not exist',
        fix: `take the line out, or make the ${what}: sudo ${what}add --system ${name}`,
        repair: rewritten(system, withoutConfValue(conf, what)),
      })
    } else if (name === 'root' || name === '0') {
      findings.push({
        id: `qemu-as-root-${what}`,
        severity: 'warning',
        what: `${qemuConfPath} lets QEMU run with ${what} = "root"`,
        why: 'a guest that breaks out of QEMU has this machine; it was a way around rights on input nodes, which evswitch does not need',
        fix: `take the line out of ${qemuConfPath}, then: sudo systemctl restart libvirtd`,
        repair: rewritten(system, withoutConfValue(conf, what)),
      })
    }
  }
  return findings
}

/** Other settings that guides turn off until something works. */
function leftovers({ system }: Subject, conf: ConfFile): Finding[] {
  const findings: Finding[] = []
  if (confValue(conf, 'clear_emulator_capabilities') === 0) {
    findings.push({
      id: 'capabilities-kept',
      severity: 'warning',
      what: 'clear_emulator_capabilities = 0 lets QEMU keep the rights of root',
      why: 'it was a way around rights on input nodes, which evswitch does not need',
      fix: `take the line out of ${qemuConfPath}, then: sudo systemctl restart libvirtd`,
      repair: rewritten(system, withoutConfValue(conf, 'clear_emulator_capabilities')),
    })
  }
  const namespaces = confValue(conf, 'namespaces')
  if (Array.isArray(namespaces) && namespaces.length === 0) {
    findings.push({
      id: 'no-namespace',
      severity: 'warning',
      what: 'namespaces = [ ] shows every device of this machine to QEMU',
      why: 'it was a way around missing nodes, which evswitch does not need',
      fix: `take the line out of ${qemuConfPath}, then: sudo systemctl restart libvirtd`,
      repair: rewritten(system, withoutConfValue(conf, 'namespaces')),
    })
  }
  if (confValue(conf, 'dynamic_ownership') === 0) {
    findings.push({
      id: 'no-ownership',
      severity: 'error',
      what: 'dynamic_ownership = 0 keeps libvirt from giving a guest its nodes',
      why: 'QEMU may not open a node that still belongs to root: "Permission denied"',
      fix: `take the line out of ${qemuConfPath}, then: sudo systemctl restart libvirtd`,
      repair: rewritten(system, withoutConfValue(conf, 'dynamic_ownership')),
    })
  }
  return findings
}

/** Nodes that stand in qemu:commandline keep their owner: QEMU must be in their group. */
function nodeRights({ domains, system, accounts }: Subject, conf: ConfFile): Finding[] {
  const configured = confValue(conf, 'user')
  const user =
    typeof configured === 'string' && configured !== ''
      ? configured.replace(/^\+/, '')
      : ['libvirt-qemu', 'qemu'].find((name) => accounts.users.has(name))
  if (user === undefined || user === 'root' || !accounts.users.has(user)) return []
  const group = confValue(conf, 'group')
  return domains.flatMap(nodesByCommandLine).flatMap((node): Finding[] => {
    const status = system.status(node)
    if (status === undefined || !status.isDevice || (status.mode & 0o006) === 0o006) return []
    const owner = accounts.groupOf(status.gid)
    if (status.uid === accounts.users.get(user)?.uid) return []
    if ((status.mode & 0o060) === 0o060 && (accounts.isMember(user, owner) || group === owner))
      return []
    return [
      {
        id: 'qemu-without-group',
        severity: 'error',
        what: `${user}, as which QEMU runs, may not open ${node} (group ${owner}, mode ${status.mode.toString(8)})`,
        why: 'libvirt changes no owner of what stands in qemu:commandline: "Permission denied"',
        fix: `better: evswitch libvirt apply DOMAIN, for which libvirt gives QEMU the right itself. Else: sudo usermod --append --groups ${owner} ${user}`,
      },
    ]
  })
}

function isFirst(item: string, index: number, all: readonly string[]): boolean {
  return all.indexOf(item) === index
}

function rewritten(system: System, content: string): Repair {
  return [{ kind: 'write', path: qemuConfPath, content }, ...restart(system)]
}

const unitFolders = ['/etc/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system']

/** Of those daemons only that are installed: systemctl fails when one is not. */
function restart(system: System): Change[] {
  const there = unitFolders.flatMap((folder) => system.list(folder))
  const units = ['libvirtd.service', 'virtqemud.service'].filter((unit) => there.includes(unit))
  if (units.length === 0) return []
  const command = ['systemctl', 'try-restart', ...units]
  return [{ kind: 'run', command, undo: command.join(' ') }]
}
