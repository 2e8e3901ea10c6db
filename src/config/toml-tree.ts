import { type AST, ParseError, parseTOML } from 'toml-eslint-parser'
import type { Diagnostic } from './diagnostic.ts'
import type { Range } from './setting.ts'

/** A value of a TOML file and where it stands. */
export type TomlValue = TomlScalar | TomlArray | TomlTable

export interface TomlScalar {
  readonly kind: 'text' | 'integer' | 'number' | 'boolean' | 'date'
  /** A bigint for integers, undefined for dates. */
  readonly value: string | bigint | number | boolean | undefined
  readonly range: Range
}

export interface TomlArray {
  readonly kind: 'array'
  readonly items: TomlValue[]
  /** Of the first header for an array of tables. */
  readonly range: Range
}

/** Keys are those of a Map: `__proto__` is a name like any other. */
export interface TomlTable {
  readonly kind: 'table'
  readonly entries: Map<string, TomlEntry>
  /** Of the header, or of the braces. */
  readonly range: Range
}

export interface TomlEntry {
  readonly key: Range
  readonly value: TomlValue
}

/**
 * Reads TOML 1.0. What is no TOML is a diagnostic: the first one only, because what follows a broken line
 * means nothing. Never throws.
 */
export function readToml(text: string): TomlTable | Diagnostic {
  try {
    return new Tree(text).root
  } catch (error) {
    const isParseError = error instanceof ParseError
    const start = isParseError
      ? { line: error.lineNumber, column: error.column + 1 }
      : { line: 1, column: 1 }
    return {
      severity: 'error',
      code: 'bad-config',
      range: { start, end: start },
      message: isParseError ? plainMessage(error.message) : 'this cannot be read as TOML',
      remedy: undefined,
    }
  }
}

type KeyPart = AST.TOMLBare | AST.TOMLQuoted

/** What the parser calls otherwise than its user would. */
const plainMessages = new Map([
  ['Defining a key multiple times is invalid', 'this key is there already'],
  ['Expected equal (=) token', 'an equals sign is missing'],
  ['Unspecified values are invalid', 'a value is missing'],
  ['Unterminated string constant', 'a text has no end: its second quotation mark is missing'],
  ['Unterminated table-key', 'a closing bracket is missing'],
  ['Unterminated array', 'an array has no end: its closing bracket is missing'],
  ['Unterminated inline table', 'an inline table has no end: its closing brace is missing'],
  ['Must be a newline', 'something follows the value: each key needs its own line'],
  ['Unexpected character', 'unexpected character; texts stand in quotation marks'],
  [
    'Control characters (codes < 0x1f and 0x7f) are not allowed',
    'control characters are not allowed',
  ],
])

function plainMessage(message: string): string {
  const plain = plainMessages.get(message)
  return plain ?? message.charAt(0).toLowerCase() + message.slice(1)
}

/** Turns the parser's list of keys and tables into the tree that they mean. */
class Tree {
  readonly root: TomlTable

  constructor(text: string) {
    const program = parseTOML(text, { tomlVersion: '1.0' })
    this.root = newTable(rangeOfNode(program))
    for (const item of program.body[0].body) {
      if (item.type === 'TOMLKeyValue') {
        assign(this.root, item)
        continue
      }
      const table = this.#tableAt(item.key.keys, item.resolvedKey, rangeOfNode(item.key))
      for (const pair of item.body) assign(table, pair)
    }
  }

  /** The parser has made sure that names do not change their meaning on the way. */
  #tableAt(parts: readonly KeyPart[], path: readonly (string | number)[], range: Range): TomlTable {
    let at: TomlTable | TomlArray = this.root
    let part = -1
    for (const [step, name] of path.entries()) {
      const isArrayNext = typeof path[step + 1] === 'number'
      if (typeof name === 'number') {
        if (at.kind !== 'array') throw new TypeError('an index where there is no array')
        at.items[name] ??= newTable(range)
        at = containerOf(at.items[name])
      } else {
        part++
        if (at.kind !== 'table') throw new TypeError('a name where there is no table')
        let entry = at.entries.get(name)
        if (entry === undefined) {
          const value: TomlValue = isArrayNext
            ? { kind: 'array', items: [], range }
            : newTable(range)
          const key = parts[part]
          entry = { key: key === undefined ? range : rangeOfNode(key), value }
          at.entries.set(name, entry)
        }
        at = containerOf(entry.value)
      }
    }
    if (at.kind !== 'table') throw new TypeError('a header that names no table')
    return at
  }
}

function assign(table: TomlTable, { key, value }: AST.TOMLKeyValue): void {
  let at = table
  const last = key.keys.length - 1
  for (const [index, part] of key.keys.entries()) {
    const name = nameOf(part)
    if (index === last) {
      at.entries.set(name, { key: rangeOfNode(part), value: treeValue(value) })
      return
    }
    let entry = at.entries.get(name)
    if (entry === undefined) {
      entry = { key: rangeOfNode(part), value: newTable(rangeOfNode(key)) }
      at.entries.set(name, entry)
    }
    const next = containerOf(entry.value)
    if (next.kind !== 'table') throw new TypeError('a dotted key into an array')
    at = next
  }
}

function treeValue(node: AST.TOMLContentNode): TomlValue {
  const range = rangeOfNode(node)
  switch (node.type) {
    case 'TOMLArray':
      return { kind: 'array', items: node.elements.map(treeValue), range }
    case 'TOMLInlineTable': {
      const table = newTable(range)
      for (const pair of node.body) assign(table, pair)
      return table
    }
    case 'TOMLValue':
      switch (node.kind) {
        case 'string':
          return { kind: 'text', value: node.value, range }
        case 'integer':
          return { kind: 'integer', value: node.bigint, range }
        case 'float':
          return { kind: 'number', value: node.value, range }
        case 'boolean':
          return { kind: 'boolean', value: node.value, range }
        case 'offset-date-time':
        case 'local-date-time':
        case 'local-date':
        case 'local-time':
          return { kind: 'date', value: undefined, range }
      }
  }
}

function nameOf(part: KeyPart): string {
  return part.type === 'TOMLBare' ? part.name : part.value
}

function newTable(range: Range): TomlTable {
  return { kind: 'table', entries: new Map(), range }
}

function containerOf(value: TomlValue | undefined): TomlTable | TomlArray {
  if (value?.kind === 'table' || value?.kind === 'array') return value
  throw new TypeError('a value where a table was')
}

function rangeOfNode({ loc: { start, end } }: Pick<AST.TOMLNode, 'loc'>): Range {
  return {
    start: { line: start.line, column: start.column + 1 },
    end: { line: end.line, column: end.column + 1 },
  }
}
