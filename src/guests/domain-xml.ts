import { nodeLinkPattern } from '../engine/target-name.ts'
import { EvswitchError } from '../errors.ts'
import { type DomainRecord, readRecord, recordNamespace } from './domain-record.ts'
import { type EvdevReader, evdevReader } from './qemu-options.ts'
import {
  attributeOf,
  childrenIn,
  childrenNamed,
  elementsOf,
  parseXml,
  textOf,
  type XmlElement,
} from './xml.ts'

export const qemuNamespace = 'http://libvirt.org/schemas/domain/qemu/1.0'

/** An `<input>` of the `<devices>`. */
export interface DomainInput {
  readonly element: XmlElement
  readonly type: string
  /** Empty where libvirt is left to choose. */
  readonly bus: string
  /** The evdev node that it reads, for the types evdev and passthrough. */
  readonly node: string | undefined
  readonly source: XmlElement | undefined
}

/** An argument by which QEMU reads an evdev node, beside what libvirt knows: two `<qemu:arg>`. */
export interface DomainReader extends EvdevReader {
  readonly args: readonly [XmlElement, XmlElement]
}

/** What of a libvirt domain is about input. */
export interface Domain {
  readonly text: string
  readonly root: XmlElement
  readonly name: string
  readonly devices: XmlElement | undefined
  readonly inputs: readonly DomainInput[]
  /** Every `qemu:commandline`, whatever its prefix; libvirt reads them all. */
  readonly commandLines: readonly XmlElement[]
  readonly args: readonly XmlElement[]
  readonly readers: readonly DomainReader[]
  /** What `apply` wrote down in the metadata. */
  readonly record: DomainRecord | undefined
}

/** Reads what `virsh dumpxml` writes, or a person. Throws 'bad-domain'. */
export function readDomain(text: string): Domain {
  const root = parseXml(text)
  if (root.name !== 'domain') {
    throw new EvswitchError('bad-domain', `this is no domain: its root element is <${root.name}>`, {
      remedy: 'virsh dumpxml --inactive DOMAIN prints one',
    })
  }
  const [devices] = childrenNamed(root, 'devices')
  const commandLines = childrenIn(root, qemuNamespace, 'commandline')
  const args = commandLines.flatMap((each) => childrenIn(each, qemuNamespace, 'arg'))
  const [name] = childrenNamed(root, 'name')
  const [metadata] = childrenNamed(root, 'metadata')
  const [record] = metadata === undefined ? [] : childrenIn(metadata, recordNamespace, 'applied')
  return {
    text,
    root,
    name: name === undefined ? '' : textOf(name, text),
    devices,
    inputs: devices === undefined ? [] : childrenNamed(devices, 'input').map(readInput),
    commandLines,
    args,
    readers: readReaders(args),
    record: record === undefined ? undefined : readRecord(record, text),
  }
}

/** Whether a node is one that evswitch makes for a guest. */
export function isOurs(node: string): boolean {
  return nodeLinkPattern.test(node.slice(node.lastIndexOf('/') + 1))
}

/** The target that a node of ours is of. */
export function targetOfNode(node: string): string | undefined {
  const name = node.slice(node.lastIndexOf('/') + 1)
  return isOurs(node) ? /^evswitch-(.+)-event-/.exec(name)?.[1] : undefined
}

/** Every evdev node that the domain opens, by whatever way. */
export function nodesOf({ inputs, readers }: Domain): string[] {
  return [...inputs.flatMap(({ node }) => node ?? []), ...readers.map(({ evdev }) => evdev)]
}

function readInput(element: XmlElement): DomainInput {
  const [source] = childrenNamed(element, 'source')
  const type = attributeOf(element, 'type') ?? ''
  return {
    element,
    type,
    bus: attributeOf(element, 'bus') ?? '',
    node: source && attributeOf(source, type === 'passthrough' ? 'evdev' : 'dev'),
    source,
  }
}

function readReaders(args: readonly XmlElement[]): DomainReader[] {
  return args.flatMap((value, index) => {
    const option = args[index - 1]
    if (option === undefined) return []
    const reader = evdevReader(
      attributeOf(option, 'value') ?? '',
      attributeOf(value, 'value') ?? '',
    )
    return reader === undefined ? [] : [{ ...reader, args: [option, value] as const }]
  })
}

/** A PCI controller of a domain, by its index, and whether a device is behind it. */
export interface PciController {
  readonly element: XmlElement
  readonly index: string
  readonly isUsed: boolean
}

export function pciControllers({ devices }: Domain): PciController[] {
  if (devices === undefined) return []
  const buses = new Set(addressesIn(devices).map((address) => Number(attributeOf(address, 'bus'))))
  return childrenNamed(devices, 'controller')
    .filter((element) => attributeOf(element, 'type') === 'pci')
    .map((element) => {
      const index = attributeOf(element, 'index') ?? ''
      return { element, index, isUsed: buses.has(Number(index)) }
    })
}

function addressesIn(devices: XmlElement): XmlElement[] {
  return elementsOf(devices)
    .flatMap((device) => childrenNamed(device, 'address'))
    .filter((address) => attributeOf(address, 'type') === 'pci')
}
