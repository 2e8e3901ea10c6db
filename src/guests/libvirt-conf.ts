import type { Span } from './xml.ts'

/** A value of a configuration file of libvirt (libvirt, src/util/virconf.c). */
export type ConfValue = string | number | readonly string[]

export interface ConfEntry {
  readonly name: string
  readonly value: ConfValue
  /** From the name to the end of the value. */
  readonly span: Span
}

export interface ConfFile {
  readonly text: string
  readonly entries: readonly ConfEntry[]
  /** The line at which libvirt would stop, and refuse to start. */
  readonly badLine: number | undefined
}

/**
 * Reads qemu.conf and its like: comments, strings in '…', "…" and """…""" (none of which knows an escape), numbers,
 * and lists over any number of lines. Never throws: what stands before a mistake is there.
 */
export function readConf(text: string): ConfFile {
  const entries: ConfEntry[] = []
  let at = 0
  const skip = (pattern: RegExp) => {
    pattern.lastIndex = at
    at += pattern.exec(text)?.[0].length ?? 0
  }
  const bad = () => ({ text, entries, badLine: text.slice(0, at).split('\n').length })
  for (;;) {
    skip(blank)
    if (at >= text.length) return { text, entries, badLine: undefined }
    const start = at
    namePattern.lastIndex = at
    const name = namePattern.exec(text)?.[0]
    if (name === undefined) return bad()
    at += name.length
    skip(spaces)
    if (text[at] !== '=') return bad()
    at++
    skip(spaces)
    const read = readValue(text, at)
    if (read === undefined) return bad()
    at = read.end
    entries.push({ name, value: read.value, span: { start, end: at } })
    skip(restOfLine)
    if (at < text.length && text[at] !== '\n') return bad()
  }
}

/** The value that libvirt takes; of several of a name it is the first. */
export function confValue({ entries }: ConfFile, name: string): ConfValue | undefined {
  return entries.find((entry) => entry.name === name)?.value
}

/** Names that are there more than once. */
export function repeatedNames({ entries }: ConfFile): string[] {
  const names = entries.map(({ name }) => name)
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))]
}

/** The text with a value set where libvirt looks for it, everything else as it was. */
export function withConfValue({ text, entries }: ConfFile, name: string, value: ConfValue): string {
  const line = `${name} = ${confText(value)}`
  const entry = entries.find((each) => each.name === name)
  if (entry !== undefined) {
    return text.slice(0, entry.span.start) + line + text.slice(entry.span.end)
  }
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`
}

/** The text with every line of a name made a comment: libvirt's default holds then. */
export function withoutConfValue({ text, entries }: ConfFile, name: string): string {
  return entries
    .filter((entry) => entry.name === name)
    .toReversed()
    .reduce(
      (result, { span: { start, end } }) =>
        result.slice(0, start) +
        result.slice(start, end).replaceAll(/^/gm, '#') +
        result.slice(end),
      text,
    )
}

const blank = /(?:[ \t\r\n]+|#[^\n]*)*/y
const spaces = /[ \t]*/y
const restOfLine = /[ \t\r]*(?:#[^\n]*)?/y
const namePattern = /[A-Za-z_][\w.-]*/y
const numberPattern = /-?\d{1,15}/y
const stringPattern = /"""([\s\S]*?)"""|"([^"\n]*)"|'([^'\n]*)'/y

function readValue(text: string, at: number): { value: ConfValue; end: number } | undefined {
  if (text[at] === '[') return readList(text, at + 1)
  const string = readString(text, at)
  if (string !== undefined) return string
  numberPattern.lastIndex = at
  const digits = numberPattern.exec(text)?.[0]
  return digits === undefined ? undefined : { value: Number(digits), end: at + digits.length }
}

function readString(text: string, at: number): { value: string; end: number } | undefined {
  stringPattern.lastIndex = at
  const match = stringPattern.exec(text)
  if (match === null) return undefined
  return { value: match[1] ?? match[2] ?? match[3] ?? '', end: at + match[0].length }
}

function readList(text: string, from: number): { value: string[]; end: number } | undefined {
  const value: string[] = []
  let at = from
  const skip = () => {
    blank.lastIndex = at
    at += blank.exec(text)?.[0].length ?? 0
  }
  for (;;) {
    skip()
    if (text[at] === ']') return { value, end: at + 1 }
    const item = readString(text, at)
    if (item === undefined) return undefined
    value.push(item.value)
    at = item.end
    skip()
    if (text[at] === ',') at++
    else if (text[at] !== ']') return undefined
  }
}

function confText(value: ConfValue): string {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return `"${value}"`
  return `[\n${value.map((item) => `    "${item}",\n`).join('')}]`
}
