import fc from 'fast-check'
import {
  blob,
  type Field,
  options,
  s16,
  text,
  u8,
  u16,
  u32,
} from '../../../src/share/messages/fields.ts'
import { type Code, type Message, messages } from '../../../src/share/messages/table.ts'

const letters = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  minLength: 4,
  maxLength: 4,
})

/** By how a field is written, which one that came with a version shares with the plain one. */
const byKind = new Map<unknown, fc.Arbitrary<unknown>>([
  [u8.write, fc.nat({ max: 0xff })],
  [u16.write, fc.nat({ max: 0xffff })],
  [s16.write, fc.integer({ min: -0x8000, max: 0x7fff })],
  [u32.write, fc.nat({ max: 0xffffffff })],
  [text.write, fc.string({ unit: 'grapheme', maxLength: 20 })],
  [blob.write, fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))],
  [
    options.write,
    fc.array(fc.record({ id: letters, value: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }) }), {
      maxLength: 20,
    }),
  ],
])

function anyValue(field: Field<unknown>): fc.Arbitrary<unknown> {
  const arbitrary = byKind.get(field.write)
  if (arbitrary === undefined) throw new Error('a field of a kind that is not known here')
  return arbitrary
}

/** Any message of that code, with every argument that version 1.8 has. */
export function messageOf(code: Code): fc.Arbitrary<Message> {
  const fields = Object.entries(messages[code].fields) as [string, Field<unknown>][]
  const values = fields.map(([name, field]) => [name, anyValue(field)] as const)
  return fc.record(Object.fromEntries(values)).map((each) => ({ code, ...each }) as Message)
}

export const codes = Object.keys(messages) as Code[]

export const anyMessage: fc.Arbitrary<Message> = fc.constantFrom(...codes).chain(messageOf)
