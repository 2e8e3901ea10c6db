import { buildBootSector } from './programs.ts'
import type { LabVm } from './vm.ts'

const CONF = '/etc/libvirt/qemu.conf'
const IMAGE = '/tmp/libvirt-guest.img'
/** What the guest says: see guest/boot.S. */
export const serialLog = '/tmp/libvirt-guest.log'

/** A domain that boots the boot sector in the mode `raw`, with a tablet that is in the way. */
export const libvirtDomain = `<domain type='qemu'>
  <name>guest</name>
  <memory unit='MiB'>16</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <features><acpi/></features>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='${IMAGE}'/>
      <target dev='hda' bus='ide'/>
    </disk>
    <controller type='usb' model='none'/>
    <input type='tablet' bus='virtio'/>
    <serial type='file'><source path='${serialLog}'/></serial>
    <memballoon model='none'/>
  </devices>
</domain>
`

export interface LabLibvirt {
  virsh(...args: readonly string[]): Promise<string>
  stop(): Promise<void>
}

/** Starts the system's libvirtd inside the machine. Skips the test where it is not installed and need not be. */
export async function startLibvirt(vm: LabVm, skip: (reason: string) => void): Promise<LabLibvirt> {
  const isThere = (await vm.run(`command -v libvirtd virsh && test -e ${CONF}`)).status === 0
  if (!isThere && process.env['EVSWITCH_LAB'] !== 'required') skip('libvirt is not installed')
  await vm.check('mountpoint -q /sys/fs/cgroup || mount -t cgroup2 none /sys/fs/cgroup')
  await vm.check(`cp ${buildBootSector('raw')} ${IMAGE} && rm -f ${serialLog}`)
  // Without a log daemon; nothing else is set, so everything that keeps a guest apart is on.
  await vm.check(`cp ${CONF} ${CONF}.kept && echo 'stdio_handler = "file"' >> ${CONF}`)
  const daemon = await vm.spawn(['libvirtd'])
  await vm.check('until virsh list > /dev/null 2>&1; do sleep 0.1; done')
  return {
    virsh: async (...args) => await vm.check(['virsh', '--quiet', ...args]),
    stop: async () => {
      await daemon.stop()
      await vm.check(`mv ${CONF}.kept ${CONF}`)
    },
  }
}
