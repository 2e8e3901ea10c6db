import { type NodeRole, nodeLinkName } from '../engine/target-name.ts'
import { xmlQuote } from './xml.ts'

/** Paths of a target's two nodes, as its guest should open them. */
export interface GuestNodes {
  readonly keyboard: string
  readonly mouse: string
  /** Clones of devices, by their number from 1 on. */
  readonly clones?: readonly string[]
}

/** How QEMU hands keyboard and mouse on: by the devices it emulates, or as they are, by virtio-input. */
export type Attachment = 'input-linux' | 'virtio-input-host'

export interface GuestInput {
  /** The target's name, checked by `checkTargetName`. */
  readonly target: string
  /** Default: the stable links of the target in /dev/input/by-id. */
  readonly nodes?: GuestNodes
  /**
   * Whether repeats on the node are passed on. Default: true, because QEMU's PS/2 keyboard never repeats by
   * itself; a guest with a virtio or USB keyboard repeats by itself and wants false. Of no meaning for
   * `virtio-input-host`, which passes on whatever the node carries.
   */
  readonly repeat?: boolean
  /** Default: 'input-linux', which works from the firmware on. */
  readonly attachment?: Attachment
}

/** The links in /dev/input/by-id that udev/70-evswitch.rules makes for a target. */
export function guestNodes(target: string): GuestNodes {
  const link = (role: NodeRole) => `/dev/input/by-id/${nodeLinkName(target, role)}`
  return { keyboard: link('kbd'), mouse: link('mouse') }
}

/**
 * Arguments for a QEMU command line, one per element and without shell quoting: two `input-linux` objects, or
 * two `virtio-input-host-pci` devices. Of the objects the keyboard carries `grab_all=on`, so that QEMU treats
 * both as one; the mouse needs no option. Options as in QEMU's qapi/qom.json, InputLinuxProperties (since 2.6).
 *
 * A clone is always a `virtio-input-host-pci` (since 2.4), which carries every event; `input-linux` knows one absolute
 * pointer with three buttons. It is no INPUT_PROP_*, no EV_REP and no force feedback in the guest: virtio-input
 * has no words for the last, and QEMU passes on neither of the others.
 */
export function qemuArguments(input: GuestInput): readonly string[] {
  const { target, nodes = guestNodes(target), attachment = 'input-linux' } = input
  const raw = (role: string, path: string) => [
    '-device',
    qemuOptions('virtio-input-host-pci', [`id=evswitch-${target}-${role}`, `evdev=${path}`]),
  ]
  const clones = (nodes.clones ?? []).flatMap((path, index) => raw(cloneRole(path, index), path))
  if (attachment === 'virtio-input-host') {
    return [...raw('kbd', nodes.keyboard), ...raw('mouse', nodes.mouse), ...clones]
  }
  const keyboard = [`id=evswitch-${target}-kbd`, `evdev=${nodes.keyboard}`, 'grab_all=on']
  if (input.repeat ?? true) keyboard.push('repeat=on')
  return [
    '-object',
    qemuOptions('input-linux', keyboard),
    '-object',
    qemuOptions('input-linux', [`id=evswitch-${target}-mouse`, `evdev=${nodes.mouse}`]),
    ...clones,
  ]
}

/** A guest whose QEMU is itself a client of the share: no node, and no program in the guest. */
export interface BarrierInput {
  readonly target: string
  /** What it calls itself. */
  readonly screen: string
  /** Where the share listens. */
  readonly server: string
  readonly port: number
  /** In whose pixels the server says where the pointer is. */
  readonly size: { readonly width: number; readonly height: number }
}

/**
 * Arguments for a QEMU command line, one per element and without shell quoting: QEMU's own client of the Barrier protocol.
 * Options as in QEMU's qapi/qom.json, InputBarrierProperties (since 4.2).
 */
export function barrierArguments(input: BarrierInput): readonly string[] {
  const { target, screen, server, port, size } = input
  const options = [`id=evswitch-${target}-barrier`, `name=${screen}`, `server=${server}`]
  options.push(`port=${port}`, `width=${size.width}`, `height=${size.height}`)
  return ['-object', qemuOptions('input-barrier', options)]
}

/** `qemuArguments` as text for a shell, one `-object ...` or `-device ...` a line where `separator` says so. */
export function qemuCommandLine(input: GuestInput, separator = ' '): string {
  return shellLine(qemuArguments(input), separator)
}

/** Arguments that come in pairs, as text for a shell. */
export function shellLine(pairedArguments: readonly string[], separator = ' '): string {
  const words = pairedArguments.map(shellQuote)
  const pairs = []
  for (let index = 0; index < words.length; index += 2) {
    pairs.push(words.slice(index, index + 2).join(' '))
  }
  return pairs.join(separator)
}

/**
 * Two `<input type='evdev'>` elements for the `<devices>` of a libvirt domain (libvirt 7.4.0 or later;
 * formatdomain, "Input devices"), or, as for each clone, passthroughs on the virtio bus (1.3.0); lines indented
 * by `indent` and joined by newlines, none at the end.
 * libvirt itself gives QEMU access to these nodes; qemu.conf needs no change.
 */
export function libvirtXml(input: GuestInput, indent = '    '): string {
  return domainInputs(input)
    .flatMap((lines) => lines.map((line) => indent + line))
    .join('\n')
}

/** The `<input>` elements of `libvirtXml`, the lines of each without indentation. */
export function domainInputs(input: GuestInput): readonly (readonly string[])[] {
  const { target, nodes = guestNodes(target), attachment = 'input-linux', repeat = true } = input
  const evdev = (path: string, rest: string) => [
    "<input type='evdev'>",
    `  <source dev='${xmlQuote(path)}'${rest}/>`,
    '</input>',
  ]
  const raw = (path: string) => [
    "<input type='passthrough' bus='virtio'>",
    `  <source evdev='${xmlQuote(path)}'/>`,
    '</input>',
  ]
  const clones = (nodes.clones ?? []).map(raw)
  if (attachment === 'virtio-input-host') return [raw(nodes.keyboard), raw(nodes.mouse), ...clones]
  const repeats = repeat ? " repeat='on'" : ''
  return [evdev(nodes.keyboard, ` grab='all'${repeats}`), evdev(nodes.mouse, ''), ...clones]
}

/** A word as a POSIX shell reads it back unchanged. */
export function shellQuote(word: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word
  return `'${word.replaceAll("'", "'\\''")}'`
}

/** QEMU splits options at commas; a doubled comma is one that belongs to the value. */
function qemuOptions(type: string, options: readonly string[]): string {
  return [type, ...options.map((option) => option.replaceAll(',', ',,'))].join(',')
}

/** The number of the link, which stays when a device before it is away; of a node without one, its place. */
function cloneRole(path: string, index: number): string {
  return /-event-(clone\d+)$/.exec(path)?.[1] ?? `clone${index + 1}`
}
