import { attributeOf, childrenIn, decodeText, textOf, type XmlElement, xmlQuote } from './xml.ts'

/**
 * What `apply` changed beside adding the target's own inputs, kept in the domain's `<metadata>`: it goes where the
 * domain goes, survives `virsh edit`, and `remove` takes it out with the rest.
 */
export interface DomainRecord {
  readonly target: string
  /** What was taken out, in the order in which it was. */
  readonly taken: readonly TakenPart[]
  /** Elements and the namespace that had to be made. */
  readonly made: readonly MadePart[]
  /** Elements that stood there empty, as `<name/>`. */
  readonly opened: readonly MadePart[]
  /** Indices of the PCI controllers that libvirt added for the target's inputs. */
  readonly controllers: readonly string[]
}

export type MadePart = 'metadata' | 'devices' | 'commandline' | 'xmlns'

export interface TakenPart {
  readonly kind: 'input' | 'arg'
  /** Which `qemu:commandline` it stood in; 0 for an input. */
  readonly parent: number
  /** How many of the kind stood before it there. */
  readonly index: number
  /** Nodes between it and the one of the kind before it, or after it when none is before. */
  readonly gap: number
  /** As it stood, with the white space before it. */
  readonly text: string
}

/** A name, not an address: nothing is ever fetched. */
export const recordNamespace = 'urn:evswitch:domain:1'

export const emptyRecord: Omit<DomainRecord, 'target'> = {
  taken: [],
  made: [],
  opened: [],
  controllers: [],
}

/** The lines of the element. */
export function recordLines({ target, taken, made, opened, controllers }: DomainRecord): string[] {
  const list = (name: string, values: readonly string[]) =>
    values.length === 0 ? '' : ` ${name}='${values.join(' ')}'`
  const head =
    `<evswitch:applied xmlns:evswitch='${recordNamespace}' target='${xmlQuote(target)}'` +
    list('made', made) +
    list('opened', opened) +
    list('controllers', controllers)
  if (taken.length === 0) return [`${head}/>`]
  return [
    `${head}>`,
    ...taken.map(
      ({ kind, parent, index, gap, text }) =>
        `  <evswitch:taken kind='${kind}' parent='${parent}' index='${index}' gap='${gap}'>${xmlQuote(text)}</evswitch:taken>`,
    ),
    '</evswitch:applied>',
  ]
}

/** What a person made of it is not trusted: what is not understood is left out. */
export function readRecord(element: XmlElement, text: string): DomainRecord {
  const words = (name: string) => (attributeOf(element, name) ?? '').split(' ').filter(Boolean)
  return {
    target: attributeOf(element, 'target') ?? '',
    taken: childrenIn(element, recordNamespace, 'taken').flatMap((each) => readTaken(each, text)),
    made: words('made').filter(isPart),
    opened: words('opened').filter(isPart),
    controllers: words('controllers').filter((index) => /^\d{1,3}$/.test(index)),
  }
}

function readTaken(element: XmlElement, text: string): TakenPart[] {
  const kind = attributeOf(element, 'kind')
  const [parent = -1, index = -1, gap = -1] = ['parent', 'index', 'gap'].map((name) =>
    Number(attributeOf(element, name)),
  )
  if (kind !== 'input' && kind !== 'arg') return []
  if (![parent, index, gap].every(isCount)) return []
  const taken = wholeText(element, text)
  return taken === '' ? [] : [{ kind, parent, index, gap, text: taken }]
}

/** `textOf` without its trimming: the white space is a part of what was taken. */
function wholeText(element: XmlElement, text: string): string {
  const [only, ...more] = element.children
  if (only?.kind !== 'text' || more.length > 0) return textOf(element, text)
  return decodeText(text.slice(only.start, only.end)) ?? ''
}

function isCount(number: number): boolean {
  return Number.isInteger(number) && number >= 0 && number < 10_000
}

function isPart(word: string): word is MadePart {
  return ['metadata', 'devices', 'commandline', 'xmlns'].includes(word)
}
