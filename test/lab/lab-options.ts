import { deviceArguments, type LabDevice } from './devices.ts'
import { buildInitramfs } from './initramfs.ts'
import type { Kernel } from './kernel.ts'

const SYSTEMD = '/lib/systemd/systemd'
const SYSTEMD_ARGUMENTS =
  'systemd.unit=multi-user.target systemd.show_status=false systemd.firstboot=false'

/** Who executes the machine's instructions: the processor or an emulation of one. */
export type Accelerator = 'tcg' | 'kvm'

export interface LabOptions {
  /** The input devices; all kinds by default. */
  readonly devices?: readonly LabDevice[] | undefined
  /** A release that is installed, or a folder with boot/ and lib/modules/; the newest installed by default. */
  readonly kernel?: string | undefined
  /** `auto` takes KVM where it boots this kernel, and emulation (TCG) elsewhere. */
  readonly accel?: Accelerator | 'auto' | undefined
  /**
   * Time counts instructions instead of seconds, so that measurements repeat; idle time is skipped. One
   * processor, emulated. See test/lab/README.md.
   */
  readonly virtualTime?: boolean | undefined
  readonly memoryMib?: number | undefined
  readonly smp?: number | undefined
  /** More arguments for the kernel's command line. */
  readonly append?: string | undefined
  /** More arguments for QEMU. */
  readonly qemuArgs?: readonly string[] | undefined
  /**
   * Process 1: the lab's agent, which is there within seconds, or systemd with journal, udev and units, which
   * takes 20 s more. The agent by default.
   */
  readonly init?: 'agent' | 'systemd' | undefined
  /** Start udevd and wait until every input device has its links; true by default, and with systemd always. */
  readonly udev?: boolean | undefined
  readonly bootDeadlineMs?: number | undefined
  /** Called with what the kernel prints on its console. */
  readonly onConsole?: ((bytes: Buffer) => void) | undefined
}

/** Command line of QEMU, without the channels. */
export function machineArguments(
  kernel: Kernel,
  accelerator: Accelerator,
  devices: readonly LabDevice[],
  options: LabOptions,
): string[] {
  const { virtualTime = false, memoryMib = 1024, smp = virtualTime ? 1 : 2 } = options
  const installed = kernel.modules.startsWith('/lib/modules/')
  const append = [
    // An oops ends the machine with its reason on the console, at once.
    'console=ttyS0 panic=-1 oops=panic quiet mitigations=off cryptomgr.notests',
    // udev lets QEMU's USB devices sleep after 2 s; what is pressed while one falls asleep is lost.
    'usbcore.autosuspend=-1',
    virtualTime ? 'tsc=reliable norandmaps' : '',
    installed ? '' : `lab_modules=${kernel.modules}`,
    options.init === 'systemd' ? `lab_init=${SYSTEMD} ${SYSTEMD_ARGUMENTS}` : '',
    options.append ?? '',
  ]
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-vga', 'none', '-no-reboot'],
    ...['-machine', `pc,i8042=${devices.includes('ps2') ? 'on' : 'off'}`],
    ...['-accel', accelerator, '-cpu', 'max', '-smp', String(smp), '-m', String(memoryMib)],
    ...(virtualTime ? ['-icount', 'shift=3,sleep=off'] : []),
    ...['-kernel', kernel.image, '-initrd', buildInitramfs(kernel)],
    ...['-append', append.filter(Boolean).join(' ')],
    ...['-fsdev', 'local,id=root,path=/,security_model=none,readonly=on,multidevs=remap'],
    ...['-device', 'virtio-9p-pci,fsdev=root,mount_tag=root,addr=0x3'],
    ...deviceArguments(devices),
    ...(options.qemuArgs ?? []),
  ]
}
