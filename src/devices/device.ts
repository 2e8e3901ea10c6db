import type { Bitmap } from './bitmap.ts'
import type { DeviceKind, Trait } from './kind.ts'
import type { UsbFacts } from './usb.ts'

/** What a device can send and take, a set of codes each; /sys/class/input/eventN/device/capabilities. */
export interface Capabilities {
  readonly ev: Bitmap
  readonly key: Bitmap
  readonly rel: Bitmap
  readonly abs: Bitmap
  readonly msc: Bitmap
  readonly sw: Bitmap
  readonly led: Bitmap
  readonly snd: Bitmap
  readonly ff: Bitmap
  /** INPUT_PROP_*. */
  readonly properties: Bitmap
}

/** One evdev node and what is known about it without opening it. All texts are safe to print. */
export interface Device {
  /** '/dev/input/event3'. */
  readonly node: string
  /** 'event3'. */
  readonly eventName: string
  /** 'input7' and its path below /sys; the number is never used twice while the machine runs. */
  readonly inputName: string
  readonly sysPath: string
  /** '13:67': major and minor number. */
  readonly deviceNumber: string
  readonly name: string
  /** Where it is plugged in, in the driver's words; empty when it says nothing. */
  readonly phys: string
  /** Serial number or Bluetooth address; usually empty. */
  readonly uniq: string
  /** BUS_* of linux/input.h, and a word for it. */
  readonly bus: number
  readonly busName: string
  readonly vendor: number
  readonly product: number
  readonly version: number
  readonly kind: DeviceKind
  readonly traits: readonly Trait[]
  readonly capabilities: Capabilities
  readonly driver: string | undefined
  /** Made by a program through uinput. Bluetooth devices that come by uhid are real. */
  readonly virtual: boolean
  /** The program that made a virtual device, where its name or phys gives it away. */
  readonly madeBy: string | undefined
  /** Nodes with the same text belong to one physical device: one plug, one receiver, one radio link. */
  readonly physical: string
  /** As `physical`, but devices paired to one receiver are told apart. */
  readonly unit: string
  /** The other nodes of the same physical device. */
  readonly siblings: readonly string[]
  /** A keyboard node of a mouse, or a mouse node of a keyboard: real, but not what it is held for. */
  readonly secondary: boolean
  readonly usb: UsbFacts | undefined
  /** Links that lead to the node now: '/dev/input/by-id/...'. */
  readonly byId: readonly string[]
  readonly byPath: readonly string[]
  /** How the device is known across replugs: see identity.ts. */
  readonly identity: string
  /** What this process may do with the node. */
  readonly access: 'read-write' | 'read-only' | 'none'
}

/** A node that could not be described, and why. */
export interface SkippedNode {
  readonly node: string
  readonly reason: string
}
