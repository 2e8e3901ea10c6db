/** An input device as the kernel lists it in /proc/bus/input/devices. */
export interface InputDevice {
  readonly name: string
  readonly phys: string
  /** Below /sys. */
  readonly sysfs: string
  /** Its event node; none while nothing but other handlers has it. */
  readonly node: string | undefined
}

/** Reads /proc/bus/input/devices: one block of lines for each device, a letter in front of each line. */
export function parseInputDevices(text: string): InputDevice[] {
  return text
    .split('\n\n')
    .filter((block) => block.trim() !== '')
    .map((block) => {
      const event = /^H: Handlers=.*\b(event\d+)\b/m.exec(block)?.[1]
      return {
        name: /^N: Name="(.*)"$/m.exec(block)?.[1] ?? '',
        phys: /^P: Phys=(.*)$/m.exec(block)?.[1] ?? '',
        sysfs: /^S: Sysfs=(.*)$/m.exec(block)?.[1] ?? '',
        node: event === undefined ? undefined : `/dev/input/${event}`,
      }
    })
}
