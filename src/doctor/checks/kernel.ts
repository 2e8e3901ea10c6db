import type { Finding } from '../finding.ts'
import type { Subject } from '../subject.ts'
import type { System } from '../system.ts'

const loadPath = '/etc/modules-load.d/evswitch.conf'

/** The kernel's parts: evdev, uinput, and uinput at the next boot. */
export function checkKernel({ system }: Subject): Finding[] {
  return [...evdev(system), ...uinput(system)]
}

function evdev(system: System): Finding[] {
  if (system.list('/sys/class/input').length > 0) return []
  return [
    {
      id: 'no-evdev',
      severity: 'error',
      what: 'the kernel shows no input devices (/sys/class/input is empty)',
      why: 'without evdev there is no keyboard that could be read',
      fix: 'sudo modprobe evdev',
      repair: [{ kind: 'run', command: ['modprobe', 'evdev'], undo: 'modprobe -r evdev' }],
    },
  ]
}

function uinput(system: System): Finding[] {
  const isThere =
    system.status('/dev/uinput') !== undefined || system.list('/sys/class/misc').includes('uinput')
  if (!isThere) {
    return [
      {
        id: 'no-uinput',
        severity: 'error',
        what: '/dev/uinput is missing: the kernel module uinput is not loaded',
        why: 'the nodes that a guest reads are made by it',
        fix: 'sudo modprobe uinput; echo uinput | sudo tee /etc/modules-load.d/evswitch.conf',
        repair: [
          { kind: 'run', command: ['modprobe', 'uinput'], undo: 'modprobe -r uinput' },
          { kind: 'write', path: loadPath, content: 'uinput\n' },
        ],
      },
    ]
  }
  if (isLoadedAtBoot(system)) return []
  return [
    {
      id: 'uinput-not-at-boot',
      severity: 'warning',
      what: 'nothing loads the kernel module uinput at boot',
      why: 'after the next start there would be no nodes for the guest until somebody loads it',
      fix: 'echo uinput | sudo tee /etc/modules-load.d/evswitch.conf',
      repair: [{ kind: 'write', path: loadPath, content: 'uinput\n' }],
    },
  ]
}

/** Built in, named in a list, or made as a static node whose opening loads it (systemd, kmod). */
function isLoadedAtBoot(system: System): boolean {
  const release = system.read('/proc/sys/kernel/osrelease')?.trim() ?? ''
  const modules = `/lib/modules/${release}`
  if (/\/uinput\.ko/.test(system.read(`${modules}/modules.builtin`) ?? '')) return true
  if (/^uinput uinput /m.test(system.read(`${modules}/modules.devname`) ?? '')) return true
  const lists = ['/etc/modules-load.d', '/usr/lib/modules-load.d', '/run/modules-load.d'].flatMap(
    (folder) => system.list(folder).map((name) => `${folder}/${name}`),
  )
  return ['/etc/modules', ...lists].some((path) => /^\s*uinput\s*$/m.test(system.read(path) ?? ''))
}
