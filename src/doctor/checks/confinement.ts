import { confValue } from '../../guests/libvirt-conf.ts'
import type { Finding } from '../finding.ts'
import { nodesByCommandLine, opensOurs, type Subject } from '../subject.ts'
import type { System } from '../system.ts'

const logPaths = [
  '/var/log/audit/audit.log',
  '/var/log/kern.log',
  '/var/log/syslog',
  '/var/log/messages',
]
const abstraction = '/etc/apparmor.d/abstractions/libvirt-qemu'
const localAbstraction = '/etc/apparmor.d/local/abstractions/libvirt-qemu'
const rule = '/dev/input/event* rw,'

/** AppArmor and SELinux: what is not allowed, and what was refused lately. */
export async function checkConfinement(subject: Subject): Promise<Finding[]> {
  return [...appArmorRule(subject), ...(await denials(subject))]
}

function appArmorRule({ system, domains, qemuConf }: Subject): Finding[] {
  const isOn = system.read('/sys/module/apparmor/parameters/enabled')?.trim() === 'Y'
  const driver = qemuConf && confValue(qemuConf, 'security_driver')
  const isUsed = isOn && driver !== 'none' && system.read(abstraction) !== undefined
  if (!isUsed || domains.flatMap(nodesByCommandLine).length === 0) return []
  const local = system.read(localAbstraction) ?? ''
  const rules = `${system.read(abstraction) ?? ''}\n${local}`
  if (/^\s*\/dev\/input\/\S*[*]\S*\s+\S*w/m.test(rules)) return []
  return [
    {
      id: 'apparmor-without-rule',
      severity: 'error',
      what: "AppArmor's rules for QEMU do not have the input nodes that a domain opens by qemu:commandline",
      why: 'libvirt adds rules for what stands in <input> only: "Permission denied", though owner and mode are right',
      fix: `better: evswitch libvirt apply DOMAIN. Else: echo '${rule}' | sudo tee -a ${localAbstraction}`,
      repair: [
        {
          kind: 'write',
          path: localAbstraction,
          content: `${local}${local === '' || local.endsWith('\n') ? '' : '\n'}${rule}\n`,
        },
      ],
    },
  ]
}

/** What the kernel's log says was kept from QEMU; of each kind the last. */
async function denials({ system, domains }: Subject): Promise<Finding[]> {
  if (!domains.some(opensOurs)) return []
  const lines = (await logs(system)).split('\n')
  const appArmor = lines.findLast(
    (line) => /apparmor="DENIED"/.test(line) && /\/dev\/input|\/dev\/uinput/.test(line),
  )
  const seLinux = lines.findLast(
    (line) =>
      /avc:\s+denied/.test(line) && /svirt|qemu/.test(line) && /event\d+|input|uinput/.test(line),
  )
  const findings: Finding[] = []
  if (appArmor !== undefined) {
    const path = /name="([^"]{1,200})"/.exec(appArmor)?.[1] ?? 'an input node'
    findings.push({
      id: 'apparmor-denied',
      severity: 'warning',
      what: `AppArmor has kept ${path} from a program, as the log says`,
      why: 'if it was QEMU, the guest had no keyboard or mouse from it',
      fix: `look: sudo journalctl -k -g 'apparmor="DENIED"'; evswitch libvirt apply DOMAIN makes libvirt write the rule itself`,
    })
  }
  if (seLinux !== undefined) {
    const name = /name="([^"]{1,100})"/.exec(seLinux)?.[1] ?? 'an input node'
    findings.push({
      id: 'selinux-denied',
      severity: 'warning',
      what: `SELinux has kept ${name} from QEMU, as the log says`,
      why: 'the guest had no keyboard or mouse from it',
      fix: 'look: sudo ausearch -m avc -c qemu-system-x86; evswitch libvirt apply DOMAIN makes libvirt label the node itself',
    })
  }
  return findings
}

async function logs(system: System): Promise<string> {
  const texts = logPaths.flatMap((path) => system.read(path) ?? [])
  if (texts.length > 0) return texts.join('\n')
  const pattern = 'apparmor="DENIED"|avc: +denied'
  const options = ['--dmesg', '--boot', '--no-pager', '--output=cat', '--lines=200']
  return (await system.run('journalctl', ...options, `--grep=${pattern}`))?.stdout ?? ''
}
