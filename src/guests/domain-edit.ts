import {
  type DomainRecord,
  emptyRecord,
  type MadePart,
  recordLines,
  recordNamespace,
  type TakenPart,
} from './domain-record.ts'
import {
  type Domain,
  type DomainInput,
  type DomainReader,
  isOurs,
  pciControllers,
  qemuNamespace,
  readDomain,
} from './domain-xml.ts'
import { domainInputs, type GuestInput, qemuArguments } from './qemu.ts'
import {
  attributeOf,
  childrenIn,
  childrenNamed,
  elementsOf,
  parseXml,
  prefixOf,
  uriOf,
  type XmlElement,
  xmlQuote,
} from './xml.ts'
import { closeTag, endBefore, insertAfter, replaceSpan, spanWithSpace } from './xml-edit.ts'

/** How a domain is to get the nodes of a target. */
export interface DomainWish {
  readonly input: GuestInput
  /** By `qemu:commandline`, for a libvirt that does not know `<input type='evdev'>` (before 7.4). */
  readonly byCommandLine: boolean
  /** Take out keyboards and mice of this machine that the domain opens itself. */
  readonly replace: boolean
  /** Take out tablets and USB mice, which QEMU would send the motion to. */
  readonly dropPointers: boolean
}

/**
 * The domain with the target's inputs, and nothing else changed but what the wish says; the same text when it has
 * them already. Inputs of another target, or by another way, are replaced. Throws 'bad-domain'.
 */
export function applyTo(text: string, wish: DomainWish): string {
  const before = readDomain(text)
  const replace = wish.replace || hasTaken(before, isGuestsOwnDevice)
  const dropPointers = wish.dropPointers || hasTaken(before, isSwallower)
  const whole = { ...wish, replace, dropPointers }
  if (isAsWished(before, whole)) return text
  const editor = new DomainEditor(removeFrom(text), wish.input.target)
  editor.takeOut(whole)
  if (wish.byCommandLine) editor.addArguments(qemuArguments(wish.input))
  else editor.addInputs(domainInputs(wish.input))
  return editor.finish()
}

/**
 * The domain without anything of evswitch: what `applyTo` put in is out, what it took out is back in its place.
 * What anybody else changed since then stays. The same text where there is nothing of evswitch.
 */
export function removeFrom(text: string): string {
  const { record } = readDomain(text)
  let result = takeOurs(text)
  if (record === undefined) return result
  for (const index of record.controllers.toReversed()) result = dropController(result, index)
  for (const part of record.taken.toReversed()) result = putBack(result, part)
  return unmake(dropRecord(result), record)
}

/** The domain with these PCI controllers added to the record: libvirt made them for our inputs. */
export function withControllers(text: string, indices: readonly string[]): string {
  const { record } = readDomain(text)
  const element = recordElement(text)
  if (record === undefined || element === undefined) return text
  const controllers = [...record.controllers, ...indices]
  return replaceSpan(text, element, recordLines({ ...record, controllers }).join('\n'))
}

/** A keyboard or mouse of this machine that the domain opens itself. */
export function isGuestsOwnDevice(part: DomainInput | DomainReader): boolean {
  const node = 'args' in part ? part.evdev : part.node
  if (node === undefined || isOurs(node)) return false
  if (!('args' in part) && part.type !== 'evdev' && part.type !== 'passthrough') return false
  // What a joystick is called by udev; evswitch does not take it, so it may go to the guest by itself.
  return !/-(event-)?joystick$/.test(node)
}

/** An emulated pointer that takes the motion from the one evswitch means, or slows it to 125 reports a second. */
export function isSwallower(part: DomainInput | DomainReader): boolean {
  if ('args' in part) return false
  return part.type === 'tablet' || (part.type === 'mouse' && part.bus === 'usb')
}

/** Whether something of a kind was taken out when the domain was edited last. */
function hasTaken(
  { record }: Domain,
  isMeant: (part: DomainInput | DomainReader) => boolean,
): boolean {
  const inputs = record?.taken.filter(({ kind }) => kind === 'input') ?? []
  const wrapped = `<domain><devices>${inputs.map(({ text }) => text).join('')}</devices></domain>`
  if (readDomain(wrapped).inputs.some(isMeant)) return true
  return isMeant === isGuestsOwnDevice && record?.taken.some(({ kind }) => kind === 'arg') === true
}

function isAsWished(domain: Domain, wish: DomainWish): boolean {
  if (domain.inputs.some((each) => isUnwanted(each, wish))) return false
  if (domain.readers.some((each) => isUnwanted(each, wish))) return false
  const inputs = domain.inputs.filter(({ node }) => node !== undefined && isOurs(node))
  const readers = domain.readers.filter(({ evdev }) => isOurs(evdev))
  const args = readers.flatMap((each) => each.args.map((arg) => attributeOf(arg, 'value') ?? ''))
  const wishedInputs = wish.byCommandLine ? [] : domainInputs(wish.input)
  const wishedArgs = wish.byCommandLine ? qemuArguments(wish.input) : []
  return (
    sameList(inputs.map(inputFacts), wishedInputs.map(wishedFacts)) && sameList(args, wishedArgs)
  )
}

function isUnwanted(part: DomainInput | DomainReader, wish: DomainWish): boolean {
  return (wish.replace && isGuestsOwnDevice(part)) || (wish.dropPointers && isSwallower(part))
}

/** What of an input evswitch decides, in one word: libvirt adds an address and sorts attributes anew. */
function inputFacts({ type, bus, source }: DomainInput): string {
  const attributes = (source?.attributes ?? []).map(({ name, value }) => `${name}=${value}`)
  return [type, bus, ...attributes.toSorted()].join(' ')
}

function wishedFacts(lines: readonly string[]): string {
  const [input] = readDomain(`<domain><devices>${lines.join('')}</devices></domain>`).inputs
  return input === undefined ? '' : inputFacts(input)
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index])
}

/** Edits one domain, one change after another, and remembers what a later `removeFrom` has to know. */
class DomainEditor {
  readonly #target: string
  readonly #taken: TakenPart[] = []
  readonly #made = new Set<MadePart>()
  readonly #opened = new Set<MadePart>()
  #text: string

  constructor(text: string, target: string) {
    this.#text = text
    this.#target = target
  }

  takeOut(wish: DomainWish): void {
    for (;;) {
      const { inputs, readers } = readDomain(this.#text)
      const input = inputs.find((each) => isUnwanted(each, wish))
      const reader = readers.find((each) => isUnwanted(each, wish))
      if (input !== undefined) {
        this.#take('input', ({ inputs: now }) => now[inputs.indexOf(input)]?.element)
      } else if (reader !== undefined) {
        // Where the first stood stands the second when the first is out.
        const index = readDomain(this.#text).args.findIndex(
          ({ start }) => start === reader.args[0].start,
        )
        this.#take('arg', ({ args }) => args[index])
        this.#take('arg', ({ args }) => args[index])
      } else {
        return
      }
    }
  }

  addInputs(inputs: readonly (readonly string[])[]): void {
    for (const lines of inputs) {
      const devices = this.#devices()
      const after = childrenNamed(devices, 'input').at(-1) ?? elementsOf(devices).at(-1)
      this.#insert('devices', devices, after, lines)
    }
  }

  addArguments(args: readonly string[]): void {
    for (const value of args) {
      const commandLine = this.#commandLine()
      const prefix = prefixOf(commandLine, qemuNamespace) ?? 'qemu'
      const after = elementsOf(commandLine).at(-1)
      const line = `<${prefix}:arg value='${xmlQuote(value)}'/>`
      this.#insert('commandline', commandLine, after, [line])
    }
  }

  finish(): string {
    const { root } = readDomain(this.#text)
    const [metadata] = childrenNamed(root, 'metadata')
    if (metadata !== undefined) {
      if (metadata.endTag === undefined) this.#opened.add('metadata')
      const after = metadata.children.at(-1)
      return insertAfter(this.#text, { parent: metadata, after, lines: this.#recordLines() })
    }
    this.#made.add('metadata')
    const heads = ['name', 'uuid', 'genid', 'title', 'description']
    const after = elementsOf(root).findLast(({ name }) => heads.includes(name))
    const lines = ['<metadata>', ...this.#recordLines().map((line) => `  ${line}`), '</metadata>']
    return insertAfter(this.#text, { parent: root, after, lines })
  }

  #recordLines(): string[] {
    return recordLines({
      ...emptyRecord,
      target: this.#target,
      taken: this.#taken,
      made: [...this.#made],
      opened: [...this.#opened],
    })
  }

  #take(kind: TakenPart['kind'], find: (domain: Domain) => XmlElement | undefined): void {
    const domain = readDomain(this.#text)
    const element = find(domain)
    const parent = element?.parent
    if (element === undefined || parent === undefined) return
    const peers = peersIn(domain, kind, parent)
    const index = peers.indexOf(element)
    const place = (peer: XmlElement) => parent.children.indexOf(peer)
    const before = peers[index - 1]
    const behind = peers[index + 1]
    const gap =
      before !== undefined
        ? place(element) - place(before) - 1
        : behind !== undefined
          ? place(behind) - place(element) - 1
          : place(element)
    const span = spanWithSpace({ parent, node: element })
    this.#taken.push({
      kind,
      parent: kind === 'arg' ? domain.commandLines.indexOf(parent) : 0,
      index,
      gap,
      text: this.#text.slice(span.start, span.end),
    })
    this.#text = replaceSpan(this.#text, span, '')
  }

  #insert(
    part: MadePart,
    parent: XmlElement,
    after: XmlElement | undefined,
    lines: readonly string[],
  ): void {
    if (parent.endTag === undefined && !this.#made.has(part)) this.#opened.add(part)
    this.#text = insertAfter(this.#text, { parent, after, lines })
  }

  #devices(): XmlElement {
    const { root, devices } = readDomain(this.#text)
    if (devices !== undefined) return devices
    this.#made.add('devices')
    this.#text = insertAfter(this.#text, {
      parent: root,
      after: root.children.at(-1),
      lines: ['<devices/>'],
    })
    return this.#devices()
  }

  #commandLine(): XmlElement {
    const { root, commandLines } = readDomain(this.#text)
    const [first] = commandLines
    if (first !== undefined) return first
    if (prefixOf(root, qemuNamespace) === undefined) this.#made.add('xmlns')
    this.#made.add('commandline')
    this.#text = withCommandLine(this.#text)
    return this.#commandLine()
  }
}

/** The children of a kind that one parent has. */
function peersIn({ inputs, args }: Domain, kind: TakenPart['kind'], parent: XmlElement) {
  const all = kind === 'input' ? inputs.map(({ element }) => element) : args
  return all.filter((element) => element.parent === parent)
}

/** Adds an empty `qemu:commandline` as the last element, and the namespace where it is not known. */
function withCommandLine(text: string, wanted = 'qemu'): string {
  const { root } = readDomain(text)
  const known = prefixOf(root, qemuNamespace)
  const prefix = known ?? freePrefix(root, wanted)
  const named = known === undefined ? withNamespace(text, prefix) : text
  const parent = readDomain(named).root
  const lines = [`<${prefix}:commandline/>`]
  return insertAfter(named, { parent, after: parent.children.at(-1), lines })
}

function freePrefix(root: XmlElement, wanted: string): string {
  let prefix = wanted
  for (let number = 2; uriOf(root, prefix) !== undefined; number++) prefix = `${wanted}${number}`
  return prefix
}

function withNamespace(text: string, prefix: string): string {
  const { root } = readDomain(text)
  const at = root.attributes.at(-1)?.end ?? root.start + 1 + root.name.length
  return replaceSpan(text, { start: at, end: at }, ` xmlns:${prefix}='${qemuNamespace}'`)
}

function takeOurs(text: string): string {
  for (let result = text; ; ) {
    const { inputs, readers } = readDomain(result)
    const element =
      inputs.find(({ node }) => node !== undefined && isOurs(node))?.element ??
      // From behind, so that the pair is still one after its second half is out.
      readers.find(({ evdev }) => isOurs(evdev))
    if (element === undefined) return result
    result =
      'args' in element ? cut(cut(result, element.args[1]), element.args[0]) : cut(result, element)
  }
}

function cut(text: string, node: XmlElement): string {
  const { parent } = node
  return parent === undefined ? text : replaceSpan(text, spanWithSpace({ parent, node }), '')
}

function dropController(text: string, index: string): string {
  const controller = pciControllers(readDomain(text)).find((each) => each.index === index)
  // Somebody has plugged another device into it since.
  return controller === undefined || controller.isUsed ? text : cut(text, controller.element)
}

function putBack(text: string, part: TakenPart): string {
  const domain = readDomain(text)
  const first = domain.commandLines[part.parent] ?? domain.commandLines[0]
  const parent = part.kind === 'input' ? domain.devices : first
  if (parent === undefined) {
    if (part.kind === 'input') return text
    const prefix = /^\s*<([^\s:/>]+):/.exec(part.text)?.[1]
    return putBack(withCommandLine(text, prefix), part)
  }
  if (parent.endTag === undefined) {
    const opened = `${text.slice(parent.start, parent.end - 2)}>${part.text}</${parent.name}>`
    return replaceSpan(text, parent, opened)
  }
  const { children } = parent
  const peers = peersIn(domain, part.kind, parent)
  const index = Math.min(part.index, peers.length)
  const before = peers[index - 1]
  const behind = peers[index]
  const end = behind === undefined ? children.length : children.indexOf(behind)
  const place =
    before !== undefined
      ? Math.min(children.indexOf(before) + 1 + part.gap, end)
      : behind !== undefined
        ? Math.max(end - part.gap, 0)
        : Math.min(part.gap, end)
  const at = endBefore(parent, place)
  return replaceSpan(text, { start: at, end: at }, part.text)
}

function recordElement(text: string): XmlElement | undefined {
  const [metadata] = childrenNamed(parseXml(text), 'metadata')
  return metadata && childrenIn(metadata, recordNamespace, 'applied')[0]
}

function dropRecord(text: string): string {
  const element = recordElement(text)
  return element === undefined ? text : cut(text, element)
}

/** Takes away what was made for our parts, as far as it is empty now. */
function unmake(text: string, { made, opened }: DomainRecord): string {
  let result = text
  for (const part of ['commandline', 'devices', 'metadata'] as const) {
    const element = partElement(result, part)
    if (element === undefined || element.children.length > 0) continue
    if (made.includes(part)) result = cut(result, element)
    else if (opened.includes(part) && element.endTag !== undefined)
      result = closeTag(result, element)
  }
  const { root, commandLines } = readDomain(result)
  if (!made.includes('xmlns') || commandLines.length > 0) return result
  const index = root.attributes.findIndex(
    ({ name, value }) => name.startsWith('xmlns:') && value === qemuNamespace,
  )
  const attribute = root.attributes[index]
  if (attribute === undefined) return result
  const start = root.attributes[index - 1]?.end ?? root.start + 1 + root.name.length
  return replaceSpan(result, { start, end: attribute.end }, '')
}

function partElement(text: string, part: Exclude<MadePart, 'xmlns'>): XmlElement | undefined {
  const { root, devices, commandLines } = readDomain(text)
  if (part === 'devices') return devices
  return part === 'commandline' ? commandLines[0] : childrenNamed(root, 'metadata')[0]
}
