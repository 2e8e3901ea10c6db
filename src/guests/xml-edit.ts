import type { Span, XmlElement, XmlNode } from './xml.ts'

/** What stands in the place of a span; other characters stay as they are. */
export function replaceSpan(text: string, { start, end }: Span, by: string): string {
  return text.slice(0, start) + by + text.slice(end)
}

/**
 * A node and the white space before it: what was put in by `insertAfter` is exactly this, and what is cut out is
 * put back exactly by inserting it behind the same node.
 */
export function spanWithSpace({ parent, node }: { parent: XmlElement; node: XmlNode }): Span {
  return { start: endBefore(parent, parent.children.indexOf(node)), end: node.end }
}

/** Where the node before the child of that number ends, or the start tag. */
export function endBefore(parent: XmlElement, index: number): number {
  return parent.children[index - 1]?.end ?? parent.startTag.end
}

/** Lines of a new child, and where it goes: behind a child of the parent, or first. */
export interface Insertion {
  readonly parent: XmlElement
  readonly after: XmlNode | undefined
  readonly lines: readonly string[]
}

/** Puts a new child on lines of its own, indented as its siblings are; in a parent without line breaks, on none. */
export function insertAfter(text: string, { parent, after, lines }: Insertion): string {
  const place = after === undefined ? undefined : behindRemarks(text, parent, after)
  const lead = leadOf(text, parent)
  const child = lines.map((line) => (lead === '' ? line.trim() : lead + line)).join('')
  if (parent.endTag === undefined) return openTag(text, parent, child)
  const at = place?.end ?? parent.startTag.end
  return replaceSpan(text, { start: at, end: at }, child)
}

/** `<name/>` with a child: `<name>child</name>`. */
function openTag(text: string, parent: XmlElement, child: string): string {
  const lead = leadOf(text, parent)
  const closing = lead === '' ? '' : lead.slice(0, -2)
  const startTag = `${text.slice(parent.start, parent.end - 2)}>`
  return replaceSpan(text, parent, `${startTag}${child}${closing}</${parent.name}>`)
}

/** The reverse: what such an element is without its content. */
export function closeTag(text: string, element: XmlElement): string {
  const startTag = text.slice(element.startTag.start, element.startTag.end - 1)
  return replaceSpan(text, element, `${startTag}/>`)
}

/** A comment on the line of an element is about it: what comes next stands behind the comment. */
function behindRemarks(text: string, parent: XmlElement, after: XmlNode): XmlNode {
  let last = after
  for (const next of parent.children.slice(parent.children.indexOf(after) + 1)) {
    if (next.kind !== 'comment' || /[\r\n]/.test(text.slice(last.end, next.start))) break
    last = next
  }
  return last
}

/** A line break and the indentation of children; empty where the parent has children on its own line. */
function leadOf(text: string, parent: XmlElement): string {
  for (const [index, child] of parent.children.entries()) {
    if (child.kind !== 'element') continue
    const space = text.slice(endBefore(parent, index), child.start)
    return /(?:\r\n|\r|\n)[ \t]*$/.exec(space)?.[0] ?? ''
  }
  const before = text.slice(0, parent.start)
  const own = /(\r\n|\r|\n)([ \t]*)$/.exec(before)
  if (own !== null) return `${own[1] ?? '\n'}${own[2] ?? ''}  `
  // The root stands at the start of the text, or behind a declaration.
  return parent.parent === undefined && /[\r\n]/.test(text) ? `${lineBreakOf(text)}  ` : ''
}

function lineBreakOf(text: string): string {
  return /\r\n|\r|\n/.exec(text)?.[0] ?? '\n'
}
