import { attributeOf } from '../../guests/xml.ts'
import type { Finding } from '../finding.ts'
import type { Subject } from '../subject.ts'

/** What makes a guest fast enough for input to feel right. */
export function checkKvm({ system, accounts, domains }: Subject): Finding[] {
  if (!domains.some(({ root }) => attributeOf(root, 'type') === 'kvm')) return []
  const cpu = system.read('/proc/cpuinfo') ?? ''
  if (/^flags\s*:/m.test(cpu) && !/^flags\s*:.*\b(vmx|svm)\b/m.test(cpu)) {
    return [
      {
        id: 'no-virtualisation',
        severity: 'error',
        what: 'the processor shows neither vmx nor svm',
        why: 'without them there is no KVM, and a guest is too slow to be used by hand',
        fix: 'turn on VT-x or SVM in the firmware of this machine',
      },
    ]
  }
  const status = system.status('/dev/kvm')
  if (status === undefined) {
    return [
      {
        id: 'no-kvm',
        severity: 'error',
        what: '/dev/kvm is missing',
        why: 'a domain of the type kvm does not start',
        fix: 'sudo modprobe kvm_intel (or kvm_amd)',
        repair: [
          {
            kind: 'run',
            command: ['modprobe', /\bsvm\b/.test(cpu) ? 'kvm_amd' : 'kvm_intel'],
            undo: 'modprobe -r kvm_intel kvm_amd',
          },
        ],
      },
    ]
  }
  const group = accounts.groupOf(status.gid)
  const isShared = (status.mode & 0o006) === 0o006
  const isRight = accounts.groups.has('kvm') && group === 'kvm' && (status.mode & 0o060) === 0o060
  if (!status.isDevice || isShared || isRight) return []
  const octal = status.mode.toString(8).padStart(4, '0')
  return [
    {
      id: 'kvm-owner',
      severity: 'error',
      what: `/dev/kvm belongs to ${accounts.userOf(status.uid)}:${group} with mode ${octal}`,
      why: 'QEMU, which is in the group kvm, may not use it',
      fix: 'sudo chown root:kvm /dev/kvm && sudo chmod 0660 /dev/kvm',
      repair: [
        {
          kind: 'run',
          command: ['chown', 'root:kvm', '/dev/kvm'],
          undo: `chown root:${group} /dev/kvm`,
        },
        { kind: 'run', command: ['chmod', '0660', '/dev/kvm'], undo: `chmod ${octal} /dev/kvm` },
      ],
    },
  ]
}
