import { printable } from '../devices/sanitize.ts'
import { isGuestsOwnDevice, isSwallower } from './domain-edit.ts'
import { type Domain, isOurs, targetOfNode } from './domain-xml.ts'

/** Something that works against the input of a guest, though libvirt takes it. */
export interface DomainWarning {
  /** Stays the same, for scripts. */
  readonly kind: 'pointer' | 'grabbed-twice' | 'command-line-rights' | 'other-target' | 'node-twice'
  readonly text: string
  readonly remedy: string
}

/** Known traps of a domain as it stands. `target` is the one whose nodes it is to have. */
export function domainWarnings(domain: Domain, target: string | undefined): DomainWarning[] {
  return [
    ...pointers(domain),
    ...physical(domain),
    ...byCommandLine(domain),
    ...otherTargets(domain, target),
    ...twice(domain),
  ]
}

function pointers({ inputs }: Domain): DomainWarning[] {
  return inputs.filter(isSwallower).map(({ type, bus }) => ({
    kind: 'pointer',
    text:
      type === 'tablet'
        ? 'the emulated tablet takes clicks and motion: the mouse of evswitch would stand still'
        : 'the emulated USB mouse is polled 125 times a second, and takes the motion as soon as the guest has booted',
    remedy: `say --drop-pointers, or take <input type='${printable(type)}' bus='${printable(bus)}'/> out`,
  }))
}

function physical({ inputs, readers }: Domain): DomainWarning[] {
  const nodes = [
    ...inputs.filter(isGuestsOwnDevice).flatMap(({ node }) => node ?? []),
    ...readers.filter(isGuestsOwnDevice).map(({ evdev }) => evdev),
  ]
  return nodes.map((node) => ({
    kind: 'grabbed-twice',
    text: `the domain takes ${printable(node)} for itself: evswitch cannot have it at the same time`,
    remedy:
      'say --replace, or leave the device to the guest and out of evswitch (--device, [[source]])',
  }))
}

function byCommandLine({ readers }: Domain): DomainWarning[] {
  if (!readers.some(({ evdev }) => isOurs(evdev))) return []
  return [
    {
      kind: 'command-line-rights',
      text: 'libvirt does not know what stands in qemu:commandline: it gives QEMU no right on these nodes',
      remedy:
        'evswitch doctor checks qemu.conf for it; with libvirt 7.4 or newer leave --command-line out',
    },
  ]
}

function otherTargets({ inputs, readers }: Domain, target: string | undefined): DomainWarning[] {
  const nodes = [...inputs.map(({ node }) => node), ...readers.map(({ evdev }) => evdev)]
  const targets = new Set(
    nodes.flatMap((node) => (node === undefined ? [] : (targetOfNode(node) ?? []))),
  )
  return [...targets]
    .filter((other) => target !== undefined && other !== target)
    .map((other) => ({
      kind: 'other-target',
      text: `the domain has nodes of the target ${printable(other)}, too`,
      remedy: 'evswitch libvirt remove takes them all out; then apply the right one',
    }))
}

function twice({ inputs, readers }: Domain): DomainWarning[] {
  const nodes = [...inputs.flatMap(({ node }) => node ?? []), ...readers.map(({ evdev }) => evdev)]
  const repeated = nodes.filter((node, index) => nodes.indexOf(node) !== index)
  return [...new Set(repeated)].map((node) => ({
    kind: 'node-twice',
    text: `${printable(node)} is there twice: only one of them gets its events, and QEMU does not say so`,
    remedy: 'take one of the two out',
  }))
}
