import type { Device } from '../../devices/device.ts'
import { nodesOf, targetOfNode } from '../../guests/domain-xml.ts'
import type { Finding } from '../finding.ts'
import { type Subject, targetNames } from '../subject.ts'

const ruleFolders = [
  '/etc/udev/rules.d',
  '/run/udev/rules.d',
  '/usr/local/lib/udev/rules.d',
  '/usr/lib/udev/rules.d',
  '/lib/udev/rules.d',
]

/** Nodes of real devices and of guests: links, owners, rights. */
export async function checkNodes(subject: Subject): Promise<Finding[]> {
  return [...rules(subject), ...links(subject), ...rights(subject), ...(await accessLists(subject))]
}

function rules({ system }: Subject): Finding[] {
  const isThere = ruleFolders.some((folder) =>
    system.list(folder).some((name) => /-evswitch\.rules$/.test(name)),
  )
  if (isThere || system.status('/run/udev/control') === undefined) return []
  return [
    {
      id: 'no-udev-rules',
      severity: 'warning',
      what: "evswitch's udev rules are not installed",
      why: 'the desktop may read a guest’s keyboard in the moment before QEMU has taken it, and links are made by evswitch itself',
      fix: 'sudo cp udev/70-evswitch.rules /etc/udev/rules.d/ && sudo udevadm control --reload',
    },
  ]
}

/** A guest that is to start now would find its nodes missing. */
function links(subject: Subject): Finding[] {
  const targets = targetNames(subject)
  const missing = subject.domains
    .flatMap(nodesOf)
    .filter((node) => targets.includes(targetOfNode(node) ?? ''))
    .filter((node) => subject.system.resolve(node) === undefined)
  if (missing.length === 0) return []
  return [
    {
      id: 'no-guest-nodes',
      severity: 'error',
      what: `${missing[0] ?? ''} is not there${missing.length > 1 ? `, and ${missing.length - 1} more` : ''}`,
      why: 'a domain that names a node that is missing does not start; evswitch makes it when it runs',
      fix: 'start evswitch before the domain: sudo systemctl start evswitch (without the service: sudo evswitch run)',
    },
  ]
}

/** udev itself opens gamepads to all. */
function isTypedOn({ kind }: Device): boolean {
  return kind === 'keyboard' || kind === 'mouse'
}

const readableByAll = 0o006

function rights({ system, accounts, devices }: Subject): Finding[] {
  const findings: Finding[] = []
  for (const { node, name, virtual } of devices.filter(isTypedOn)) {
    const status = system.status(node)
    if (status === undefined) continue
    const octal = status.mode.toString(8).padStart(4, '0')
    if ((status.mode & readableByAll) !== 0) {
      const safe = (status.mode & ~readableByAll).toString(8).padStart(4, '0')
      findings.push({
        id: 'node-open-to-all',
        severity: 'warning',
        what: `every user may read or write ${node} (${name}): its mode is ${octal}`,
        why: 'any program of any user can read what is typed on it',
        fix: `sudo chmod ${safe} ${node}; look for the rule that does it: grep -r MODE /etc/udev/rules.d`,
        repair: [{ kind: 'run', command: ['chmod', safe, node], undo: `chmod ${octal} ${node}` }],
      })
    }
    const group = accounts.groupOf(status.gid)
    if (virtual || !status.isDevice || !accounts.groups.has('input') || group === 'input') continue
    findings.push({
      id: 'node-group',
      severity: 'warning',
      what: `${node} (${name}) belongs to ${accounts.userOf(status.uid)}:${group}, not to the group input`,
      why: 'a service that is in the group input, and not root, cannot take it',
      fix: `sudo chgrp input ${node}; udev does it at each plug where no rule of yours undoes it`,
      repair: [{ kind: 'run', command: ['chgrp', 'input', node], undo: `chgrp ${group} ${node}` }],
    })
  }
  return findings
}

/** Access control lists, which the mode does not show: a rule with uaccess gives the node to whoever sits at the screen. */
async function accessLists({ system, devices }: Subject): Promise<Finding[]> {
  const nodes = devices.filter(isTypedOn).map(({ node }) => node)
  if (nodes.length === 0) return []
  const answer = await system.run('getfacl', '--absolute-names', '--skip-base', ...nodes)
  return (answer?.stdout ?? '').split('\n\n').flatMap((part): Finding[] => {
    const node = /^# file: (.+)$/m.exec(part)?.[1]
    const device = devices.find((each) => each.node === node)
    // getfacl tells the rights that are left when a mask takes some away.
    const lines = part.matchAll(
      /^((?:user|group):[^:\n]+:)([r-][w-][x-])(?:\s+#effective:([r-]\S*))?$/gm,
    )
    const entries = [...lines].filter(
      ([, who = '', given = '', left = given]) =>
        left.startsWith('r') && who !== 'user:evswitch:' && who !== 'group:input:',
    )
    if (device === undefined || entries.length === 0) return []
    const who = entries.map(([, entry = '']) => entry.slice(0, -1).replace(':', ' '))
    return [
      {
        id: 'node-acl',
        severity: 'warning',
        what: `${device.node} (${device.name}) may be read by the ${who.join(' and the ')}, too, by an access control list`,
        why: 'every program of theirs can read what is typed on it',
        fix: `sudo setfacl --remove-all ${device.node}; look for the rule that does it: grep -r uaccess /etc/udev/rules.d`,
        repair: [
          {
            kind: 'run',
            command: ['setfacl', '--remove-all', device.node],
            undo: `setfacl --modify ${entries.map(([, entry = '', given = '']) => entry + given).join(',')} ${device.node}`,
          },
        ],
      },
    ]
  })
}
