import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  attributeOf,
  decodeText,
  elementsOf,
  parseXml,
  textOf,
  type XmlElement,
  xmlQuote,
} from '../../src/guests/xml.ts'
import { domainFixture, domainFixtures } from './domain-fixtures.ts'

describe('XML with places', () => {
  test('has every node where it stands', () => {
    const text = "<a x='1' >\n <b/><!-- <c> --><![CDATA[<d>]]>e &amp; f</a >"
    const root = parseXml(text)
    const parts = root.children.map((node) => [node.kind, text.slice(node.start, node.end)])
    expect(parts).toEqual([
      ['element', '<b/>'],
      ['comment', '<!-- <c> -->'],
      ['cdata', '<![CDATA[<d>]]>'],
      ['text', 'e &amp; f'],
    ])
    expect(text.slice(root.start, root.end)).toBe(text)
    expect(textOf(root, text)).toBe('<d>e & f')
    const [attribute] = root.attributes
    expect(text.slice(attribute?.start, attribute?.end)).toBe("x='1'")
  })

  test('decodes attributes as XML does', () => {
    const root = parseXml('<a b="&lt;&#65;&#x42;&quot;\n\t c" d=\'"\'/>')
    expect(attributeOf(root, 'b')).toBe('<AB"   c')
    expect(attributeOf(root, 'd')).toBe('"')
  })

  test.each([
    ['', 'line 1, column 1: there is no element'],
    ['<a>', 'line 1, column 1: <a> is not closed'],
    ['<a>\n  <b></a>', 'line 2, column 6: </a> stands where <b> ends'],
    ['<a/><b/>', 'line 1, column 5: there is a second root element'],
    ['<a/>x', 'line 1, column 5: there is text outside of the root element'],
    ['</a>', 'line 1, column 1: </a> closes nothing'],
    ['<a b/>', 'line 1, column 4: b has no value'],
    ['<a b=c/>', 'line 1, column 6: the value of b has no quotation marks'],
    ['<a b="c/>', 'line 1, column 6: the value of b has no end'],
    ['<a b="1" b="2"/>', 'line 1, column 10: b is there twice'],
    ['<a b="<"/>', 'line 1, column 7: there is a < in the value of b'],
    ['<a b="1"c="2"/>', 'line 1, column 9: <a> is not well-formed'],
    ['<a>&nbsp;</a>', 'line 1, column 4: there is an & that begins no known entity'],
    ['<a>& b</a>', 'line 1, column 4: there is an & that begins no known entity'],
    ['<a><!-- </a>', 'line 1, column 4: there is no --> to what begins here'],
    ['<a>< b/></a>', 'line 1, column 5: there should be a name here'],
    ['<!DOCTYPE a><a/>', 'line 1, column 1: a document type is not allowed in domain XML'],
  ])('refuses %j', (text, message) => {
    expect(() => parseXml(text)).toThrow(message)
  })

  test('refuses what is too deep or too large', () => {
    expect(() => parseXml('<a>'.repeat(300))).toThrow('nested more than 200 deep')
    expect(() => parseXml('x'.repeat(4 * 1024 * 1024 + 1))).toThrow('the XML is larger than 4 MiB')
  })

  test('is read in time that grows with the text', () => {
    const text = `<a>${"<b c='&amp;&amp;'/><!---->&#10;".repeat(20_000)}</a>`
    expect(parseXml(text).children).toHaveLength(60_000)
  })

  test('of a damaged file is an error with a place, or XML, and never anything else', () => {
    const damaged = fc
      .tuple(fc.constantFrom(...domainFixtures), fc.nat(), fc.nat(6), fc.string({ maxLength: 4 }))
      .map(([name, at, length, by]) => {
        const text = domainFixture(name)
        const start = at % text.length
        return text.slice(0, start) + by + text.slice(start + length)
      })
    fc.assert(
      fc.property(damaged, (text) => {
        try {
          expectNested(parseXml(text))
        } catch (error) {
          expect(String(error)).toMatch(/^EvswitchError: line \d+, column \d+: /)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('quoted text has no markup left and reads back', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('&', '<', "'", '"', '\n', '\r', '\t', ';', 'lt', '#1', 'ü', ']]>'),
        }),
        (text) => {
          expect(xmlQuote(text)).not.toMatch(/[<>'"\n\r\t]/)
          expect(decodeText(xmlQuote(text))).toBe(text)
        },
      ),
    )
  })
})

/** Children lie within their parent, one after another. */
function expectNested(element: XmlElement): void {
  let at = element.startTag.end
  for (const child of element.children) {
    expect(child.start).toBeGreaterThanOrEqual(at)
    at = child.end
  }
  expect(at).toBeLessThanOrEqual(element.endTag?.start ?? element.end)
  for (const child of elementsOf(element)) expectNested(child)
}
