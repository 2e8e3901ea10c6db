import type { Finding } from '../finding.ts'
import type { Subject } from '../subject.ts'

const unitPaths = [
  '/etc/systemd/system/evswitch.service',
  '/usr/local/lib/systemd/system/evswitch.service',
  '/usr/lib/systemd/system/evswitch.service',
  '/lib/systemd/system/evswitch.service',
]

/** The groups of the person who will use it, and of the service. */
export function checkGroups({ system, accounts, user }: Subject): Finding[] {
  const findings: Finding[] = []
  const unit = unitPaths.map((path) => system.read(path)).find((text) => text !== undefined)
  if (unit !== undefined) {
    const service = /^User=(\S+)$/m.exec(unit)?.[1] ?? 'root'
    const groups = /^SupplementaryGroups=(.*)$/m.exec(unit)?.[1]?.split(/\s+/) ?? []
    if (service !== 'root' && !accounts.users.has(service) && !/^DynamicUser=yes$/m.test(unit)) {
      findings.push({
        id: 'no-service-user',
        severity: 'error',
        what: `the service runs as ${service}, and there is no such user`,
        why: 'systemd does not start it',
        fix: `sudo useradd --system --user-group --shell /usr/sbin/nologin ${service}`,
        repair: [
          {
            kind: 'run',
            command: [
              'useradd',
              '--system',
              '--user-group',
              '--shell',
              '/usr/sbin/nologin',
              service,
            ],
            undo: `userdel ${service}`,
          },
        ],
      })
    }
    const isInGroup = groups.includes('input') || accounts.isMember(service, 'input')
    if (service !== 'root' && !isInGroup) {
      findings.push({
        id: 'service-not-in-input',
        severity: 'error',
        what: `the service runs as ${service}, which is not in the group input`,
        why: 'it may not open the keyboards and mice',
        fix: `sudo usermod --append --groups input ${service}`,
        repair: [
          {
            kind: 'run',
            command: ['usermod', '--append', '--groups', 'input', service],
            undo: `gpasswd --delete ${service} input`,
          },
        ],
      })
    }
    if (
      user !== undefined &&
      accounts.groups.has('evswitch') &&
      !accounts.isMember(user, 'evswitch')
    ) {
      findings.push({
        id: 'user-not-in-evswitch',
        severity: 'warning',
        what: `${user} is not in the group evswitch`,
        why: 'its members may ask the service to switch; without it the commands need sudo',
        fix: `sudo usermod --append --groups evswitch ${user}, and log in anew`,
        repair: [
          {
            kind: 'run',
            command: ['usermod', '--append', '--groups', 'evswitch', user],
            undo: `gpasswd --delete ${user} evswitch`,
          },
        ],
      })
    }
  }
  if (user !== undefined && accounts.isMember(user, 'input')) {
    findings.push({
      id: 'user-in-input',
      severity: 'warning',
      what: `${user} is in the group input`,
      why: 'every program that this user starts can read every key; guides advise it for QEMU, and evswitch does without',
      fix: `sudo gpasswd --delete ${user} input, and log in anew`,
    })
  }
  return findings
}
