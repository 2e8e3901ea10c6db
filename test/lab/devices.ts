/**
 * The input devices of the machine. `ps2` is the keyboard and mouse of the i8042 controller, which cannot be
 * unplugged; each of the others comes and goes with deviceAdd and deviceDel.
 */
export const labDevices = [
  'ps2',
  'usb-keyboard',
  'usb-mouse',
  'virtio-keyboard',
  'virtio-mouse',
] as const
export type LabDevice = (typeof labDevices)[number]
export type PluggableDevice = Exclude<LabDevice, 'ps2'>

export type KeyboardKind = 'ps2' | 'usb' | 'virtio'
export type MouseKind = 'ps2' | 'usb' | 'virtio'

interface PluggableProperties {
  /** QEMU's device options, without `-device`. */
  readonly driver: Readonly<Record<string, string>>
  /** What the kernel inside calls its input device. */
  readonly inputName: string
}

/**
 * QEMU sends input to the first handler of its list that takes the kind of event; the order changes while
 * guests initialise their devices. Keyboards therefore have a display of their own each, which input is sent
 * to by name. usb-mouse cannot have one (QEMU 7.2): it and PS/2 are told apart by moving one to the front.
 */
export const USB_DISPLAY = 'usb-display'
export const VIRTIO_DISPLAY = 'virtio-display'

export const pluggable: Readonly<Record<PluggableDevice, PluggableProperties>> = {
  'usb-keyboard': {
    driver: { driver: 'usb-kbd', bus: 'usb.0', port: '1', display: USB_DISPLAY },
    inputName: 'QEMU QEMU USB Keyboard',
  },
  'usb-mouse': {
    driver: { driver: 'usb-mouse', bus: 'usb.0', port: '2' },
    inputName: 'QEMU QEMU USB Mouse',
  },
  'virtio-keyboard': {
    driver: { driver: 'virtio-keyboard-pci', addr: '0x10', display: VIRTIO_DISPLAY },
    inputName: 'QEMU Virtio Keyboard',
  },
  'virtio-mouse': {
    driver: { driver: 'virtio-mouse-pci', addr: '0x11', display: VIRTIO_DISPLAY },
    inputName: 'QEMU Virtio Mouse',
  },
}

/** What the kernel calls the two devices of the i8042 controller. */
export const ps2InputNames = {
  keyboard: 'AT Translated Set 2 keyboard',
  mouse: 'ImExPS/2 Generic Explorer Mouse',
} as const

/** The names of the input devices that must be there before a test may begin. */
export function inputNames(devices: readonly LabDevice[]): string[] {
  return devices.flatMap((device) =>
    device === 'ps2'
      ? [ps2InputNames.keyboard, ps2InputNames.mouse]
      : [pluggable[device].inputName],
  )
}

/** QEMU's arguments for a set of devices. Slots are fixed, so by-path links are the same in every boot. */
export function deviceArguments(devices: readonly LabDevice[]): string[] {
  const usb = devices.some((device) => device.startsWith('usb'))
  const virtio = devices.some((device) => device.startsWith('virtio'))
  return [
    ...(usb ? ['-device', 'qemu-xhci,id=usb,addr=0x5'] : []),
    ...(usb ? ['-device', `bochs-display,id=${USB_DISPLAY},addr=0x6,vgamem=4M`] : []),
    ...(virtio ? ['-device', `bochs-display,id=${VIRTIO_DISPLAY},addr=0x7,vgamem=4M`] : []),
    ...devices
      .filter((device) => device !== 'ps2')
      .flatMap((device) => ['-device', commandLineForm(device)]),
  ]
}

function commandLineForm(device: PluggableDevice): string {
  const { driver, ...properties } = pluggable[device].driver
  const options = Object.entries({ id: device, ...properties })
  return [driver, ...options.map(([name, value]) => `${name}=${value}`)].join(',')
}
