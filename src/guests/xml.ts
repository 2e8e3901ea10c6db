import { EvswitchError } from '../errors.ts'

/**
 * XML as it stands in a text: every node with its place, nothing normalised, so that a change can be made in one
 * place and every other byte stays (docs/decisions/0010). It knows what domain XML consists of; a document type,
 * with which entities could mean anything, is refused.
 */
export type XmlNode = XmlElement | XmlOther

/** Half-open: the offset of the first character, and of the one behind the last; in UTF-16 units. */
export interface Span {
  readonly start: number
  readonly end: number
}

export interface XmlAttribute extends Span {
  readonly name: string
  /** Decoded: entities and line breaks as XML defines them. */
  readonly value: string
}

export interface XmlElement extends Span {
  readonly kind: 'element'
  /** As it is written, with its prefix. */
  readonly name: string
  readonly attributes: readonly XmlAttribute[]
  /** Without text that is only white space. */
  readonly children: readonly XmlNode[]
  readonly parent: XmlElement | undefined
  readonly startTag: Span
  /** Undefined for `<name/>`. */
  readonly endTag: Span | undefined
}

export interface XmlOther extends Span {
  readonly kind: 'text' | 'comment' | 'cdata' | 'instruction'
}

/** As much as libvirt takes in one message (VIR_NET_MESSAGE_STRING_MAX). */
const largestText = 4 * 1024 * 1024
const deepest = 200

/** The root element. Throws 'bad-domain' with line and column for what is not well-formed. */
export function parseXml(text: string): XmlElement {
  if (text.length > largestText) {
    throw new EvswitchError('bad-domain', 'the XML is larger than 4 MiB')
  }
  return new XmlReader(text).read()
}

type OpenElement = Omit<XmlElement, 'children' | 'end' | 'endTag'> & {
  children: XmlNode[]
  end: number
  endTag: Span | undefined
}

const namePattern = /[A-Za-z_:\u0080-\uffff][\w:.\-\u0080-\uffff]*/y
const spacePattern = /[ \t\r\n]+/y
const onlySpace = /^[ \t\r\n\ufeff]*$/

class XmlReader {
  readonly #text: string
  readonly #open: OpenElement[] = []
  #root: OpenElement | undefined
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): XmlElement {
    while (this.#at < this.#text.length) this.#node()
    const open = this.#open.at(-1)
    if (open !== undefined) this.#fail(`<${open.name}> is not closed`, open.start)
    return this.#root ?? this.#fail('there is no element')
  }

  #node(): void {
    const text = this.#text
    const start = this.#at
    if (text[start] !== '<') {
      const next = text.indexOf('<', start)
      this.#at = next < 0 ? text.length : next
      this.#characters(start)
    } else if (text.startsWith('<!--', start)) {
      this.#until('-->', 4, 'comment')
    } else if (text.startsWith('<![CDATA[', start)) {
      this.#until(']]>', 9, 'cdata')
    } else if (text.startsWith('<?', start)) {
      this.#until('?>', 2, 'instruction')
    } else if (text.startsWith('<!', start)) {
      this.#fail('a document type is not allowed in domain XML')
    } else if (text.startsWith('</', start)) {
      this.#endTag()
    } else {
      this.#startTag()
    }
  }

  #characters(start: number): void {
    const characters = this.#text.slice(start, this.#at)
    if (onlySpace.test(characters)) return
    if (this.#open.length === 0) this.#fail('there is text outside of the root element', start)
    this.#decode(characters, start)
    this.#add({ kind: 'text', start, end: this.#at })
  }

  #until(close: string, headLength: number, kind: XmlOther['kind']): void {
    const start = this.#at
    const at = this.#text.indexOf(close, start + headLength)
    if (at < 0) this.#fail(`there is no ${close} to what begins here`)
    if (kind === 'cdata' && this.#open.length === 0) {
      this.#fail('there is text outside of the root element')
    }
    this.#at = at + close.length
    this.#add({ kind, start, end: this.#at })
  }

  #add(node: XmlNode): void {
    this.#open.at(-1)?.children.push(node)
  }

  #startTag(): void {
    const start = this.#at
    if (this.#root !== undefined && this.#open.length === 0) {
      this.#fail('there is a second root element')
    }
    if (this.#open.length >= deepest) this.#fail(`elements are nested more than ${deepest} deep`)
    this.#at++
    const name = this.#name()
    const attributes: XmlAttribute[] = []
    for (;;) {
      const spaced = this.#space()
      if (this.#text.startsWith('/>', this.#at) || this.#text[this.#at] === '>') break
      if (!spaced) this.#fail(`<${name}> is not well-formed`)
      const attribute = this.#attribute()
      if (attributes.some((other) => other.name === attribute.name)) {
        this.#fail(`${attribute.name} is there twice`, attribute.start)
      }
      attributes.push(attribute)
    }
    const isEmpty = this.#text[this.#at] === '/'
    this.#at += isEmpty ? 2 : 1
    const element: OpenElement = {
      kind: 'element',
      name,
      attributes,
      children: [],
      parent: this.#open.at(-1),
      start,
      end: this.#at,
      startTag: { start, end: this.#at },
      endTag: undefined,
    }
    this.#add(element)
    this.#root ??= element
    if (!isEmpty) this.#open.push(element)
  }

  #attribute(): XmlAttribute {
    const start = this.#at
    const name = this.#name()
    this.#space()
    if (this.#text[this.#at] !== '=') this.#fail(`${name} has no value`, start)
    this.#at++
    this.#space()
    const quote = this.#text[this.#at] ?? ''
    if (quote !== '"' && quote !== "'") this.#fail(`the value of ${name} has no quotation marks`)
    const from = this.#at + 1
    const to = this.#text.indexOf(quote, from)
    if (to < 0) this.#fail(`the value of ${name} has no end`)
    const raw = this.#text.slice(from, to)
    const bracket = raw.indexOf('<')
    if (bracket >= 0) this.#fail(`there is a < in the value of ${name}`, from + bracket)
    this.#at = to + 1
    const value = this.#decode(raw.replace(/\r\n|[\t\r\n]/g, ' '), from)
    return { name, value, start, end: this.#at }
  }

  #endTag(): void {
    const start = this.#at
    this.#at += 2
    const name = this.#name()
    this.#space()
    if (this.#text[this.#at] !== '>') this.#fail(`</${name} is not closed`, start)
    this.#at++
    const element = this.#open.pop()
    if (element === undefined) this.#fail(`</${name}> closes nothing`, start)
    if (element.name !== name) this.#fail(`</${name}> stands where <${element.name}> ends`, start)
    element.end = this.#at
    element.endTag = { start, end: this.#at }
  }

  #name(): string {
    namePattern.lastIndex = this.#at
    const name = namePattern.exec(this.#text)?.[0]
    if (name === undefined) this.#fail('there should be a name here')
    this.#at += name.length
    return name
  }

  #space(): boolean {
    spacePattern.lastIndex = this.#at
    const space = spacePattern.exec(this.#text)?.[0] ?? ''
    this.#at += space.length
    return space !== ''
  }

  #decode(raw: string, at: number): string {
    const decoded = decodeText(raw)
    return decoded ?? this.#fail('there is an & that begins no known entity', at)
  }

  #fail(problem: string, at = this.#at): never {
    const before = this.#text.slice(0, at)
    const line = before.split('\n').length
    const column = at - before.lastIndexOf('\n')
    throw new EvswitchError('bad-domain', `line ${line}, column ${column}: ${problem}`)
  }
}

const entities = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['apos', "'"],
  ['quot', '"'],
])

/** Text or an attribute's value without its entities; undefined where one is not known. */
export function decodeText(raw: string): string | undefined {
  let known = true
  const text = raw.replace(/&([^;&]{0,12};?)/g, (whole, body: string) => {
    const name = body.endsWith(';') ? body.slice(0, -1) : ''
    const number = /^#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}))$/.exec(name)
    const code = number?.[1] ? Number.parseInt(number[1], 16) : Number(number?.[2] ?? Number.NaN)
    if (code > 0 && code <= 0x10ffff) return String.fromCodePoint(code)
    const character = entities.get(name)
    known &&= character !== undefined
    return character ?? whole
  })
  return known ? text : undefined
}

/** Text for an XML attribute in either kind of quotation marks, or between tags; line breaks stay line breaks. */
export function xmlQuote(text: string): string {
  const quoted: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    "'": '&apos;',
    '"': '&quot;',
    '\n': '&#10;',
    '\r': '&#13;',
    '\t': '&#9;',
  }
  return text.replace(/[&<>'"\n\r\t]/g, (character) => quoted[character] ?? character)
}

/** The text of an element, entities decoded, elements and comments left out. */
export function textOf(element: XmlElement, text: string): string {
  return element.children
    .map((node) => {
      if (node.kind === 'text') return decodeText(text.slice(node.start, node.end)) ?? ''
      return node.kind === 'cdata' ? text.slice(node.start + 9, node.end - 3) : ''
    })
    .join('')
    .trim()
}

export function attributeOf(element: XmlElement, name: string): string | undefined {
  return element.attributes.find((attribute) => attribute.name === name)?.value
}

export function elementsOf(element: XmlElement): XmlElement[] {
  return element.children.filter((node): node is XmlElement => node.kind === 'element')
}

/** Child elements of no namespace. */
export function childrenNamed(element: XmlElement, name: string): XmlElement[] {
  return elementsOf(element).filter((child) => child.name === name)
}

/** Child elements of a namespace, whatever their prefix. */
export function childrenIn(element: XmlElement, uri: string, localName: string): XmlElement[] {
  return elementsOf(element).filter(
    (child) => localNameOf(child) === localName && namespaceOf(child) === uri,
  )
}

export function localNameOf({ name }: XmlElement): string {
  return name.slice(name.indexOf(':') + 1)
}

/** The prefix by which an element's descendants can name a namespace, undefined where there is none. */
export function prefixOf(element: XmlElement, uri: string): string | undefined {
  for (let at: XmlElement | undefined = element; at !== undefined; at = at.parent) {
    for (const { name, value } of at.attributes) {
      if (!name.startsWith('xmlns:') || value !== uri) continue
      const prefix = name.slice('xmlns:'.length)
      if (uriOf(element, prefix) === uri) return prefix
    }
  }
  return undefined
}

function namespaceOf(element: XmlElement): string | undefined {
  const colon = element.name.indexOf(':')
  return colon < 0 ? undefined : uriOf(element, element.name.slice(0, colon))
}

/** What a prefix stands for at an element. */
export function uriOf(element: XmlElement, prefix: string): string | undefined {
  for (let at: XmlElement | undefined = element; at !== undefined; at = at.parent) {
    const uri = attributeOf(at, `xmlns:${prefix}`)
    if (uri !== undefined) return uri
  }
  return undefined
}
