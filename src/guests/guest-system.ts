/** What is installed in the guest, as far as its input depends on it. */
export const guestSystems = ['any', 'linux', 'windows', 'windows-virtio', 'macos'] as const
export type GuestSystem = (typeof guestSystems)[number]

/** What a guest's input should consist of. */
export interface GuestDevices {
  /** QEMU arguments for the keyboard and mouse that it emulates, beside the PS/2 ones that a PC always has. */
  readonly qemu: readonly string[]
  /** Whether the keyboard in use is one that never repeats by itself: QEMU's PS/2 keyboard. */
  readonly needsRepeats: boolean
  /** Whether it has a driver for virtio-input. */
  readonly hasVirtioInput: boolean
}

/**
 * QEMU gives each event to the emulated device whose driver came last, so the ones below take over from PS/2
 * when the guest has booted, and boot loaders still have PS/2. virtio devices report at once; a USB mouse of QEMU
 * is polled each 8 ms, so it is for macOS only, which has a driver for neither of the others.
 * Windows has one for virtio with virtio-win installed (vioinput).
 */
export function guestDevices(system: GuestSystem, target: string): GuestDevices {
  const id = (name: string) => `id=evswitch-${target}-${name}`
  switch (system) {
    case 'any':
      return { qemu: [], needsRepeats: true, hasVirtioInput: true }
    case 'windows':
      return { qemu: [], needsRepeats: true, hasVirtioInput: false }
    case 'linux':
    case 'windows-virtio':
      return {
        qemu: [
          ...['-device', `virtio-keyboard-pci,${id('keyboard')}`],
          ...['-device', `virtio-mouse-pci,${id('pointer')}`],
        ],
        needsRepeats: false,
        hasVirtioInput: true,
      }
    case 'macos': {
      const bus = `bus=evswitch-${target}-usb.0`
      return {
        qemu: [
          ...['-device', `qemu-xhci,${id('usb')}`],
          ...['-device', `usb-kbd,${id('keyboard')},${bus}`],
          ...['-device', `usb-mouse,${id('pointer')},${bus}`],
        ],
        needsRepeats: false,
        hasVirtioInput: false,
      }
    }
  }
}

/**
 * The same for a guest that is told where the pointer is, which only a tablet can pass on. USB where the guest may have
 * nothing else.
 */
export function tabletDevices(system: GuestSystem, target: string): readonly string[] {
  const { qemu } = guestDevices(system, target)
  if (qemu.length > 0) {
    return qemu.map((argument) => argument.replace(/^(virtio|usb)-mouse/, '$1-tablet'))
  }
  const id = `id=evswitch-${target}`
  return [
    ...['-device', `qemu-xhci,${id}-usb`],
    ...['-device', `usb-tablet,${id}-pointer,bus=evswitch-${target}-usb.0`],
  ]
}
