import { columns, printable } from '../devices/sanitize.ts'
import { type ErrorCode, EvswitchError } from '../errors.ts'
import type { Range } from './setting.ts'

/** Something that is wrong, or doubtful, at a place of a file. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning'
  /** What it would be called, had it come from the command line. */
  readonly code: ErrorCode
  readonly range: Range
  /** More places that belong to it, shown behind the first. */
  readonly others?: readonly Range[]
  /** One line, which may hold text of the file: `diagnosticText` makes it printable. */
  readonly message: string
  readonly remedy: string | undefined
}

const excerptWidth = 76

/** A file that is something else altogether has errors by the thousand. */
const shownMax = 50

/** By place, errors and warnings mixed; those of one place in the order in which they were found. */
export function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.toSorted(
    ({ range: { start: a } }, { range: { start: b } }) => a.line - b.line || a.column - b.column,
  )
}

/**
 * A diagnostic for people, lines without their ends: the place and what is wrong, the line of the file with a
 * caret below, the remedy. Nothing in it can command a terminal.
 */
export function diagnosticText(diagnostic: Diagnostic, file: string, text: string): string[] {
  const { severity, range, others = [], message, remedy } = diagnostic
  const { line, column } = range.start
  const word = severity === 'warning' ? 'warning: ' : ''
  return [
    `${printable(file)}:${line}:${column}: ${word}${plain(message)}`,
    ...[range, ...others].flatMap((each) => excerpt(text, each)),
    ...(remedy === undefined ? [] : [`  ${plain(remedy)}`]),
  ]
}

/** The error that a file with such diagnostics is; the text is of those in the order given. */
export function configError(
  diagnostics: readonly Diagnostic[],
  file: string,
  text: string,
): EvswitchError {
  const count = diagnostics.filter(({ severity }) => severity === 'error').length
  const head = `${printable(file)} has ${count === 1 ? 'an error' : `${count} errors`}`
  const shown = diagnostics.slice(0, shownMax)
  const body = shown.flatMap((each) => ['', ...diagnosticText(each, file, text)])
  const more = diagnostics.length - shown.length
  const end = more > 0 ? ['', `and ${more} more`] : []
  return new EvswitchError('bad-config', [head, ...body, ...end].join('\n'))
}

/** The first line of a range, marked; clipped to what is near the mark. */
function excerpt(text: string, { start, end }: Range): string[] {
  const line = text.split(/\r?\n/, start.line)[start.line - 1] ?? ''
  const from = start.column - 1
  const to = end.line === start.line ? end.column - 1 : line.length
  const skipped = from > excerptWidth - 20 ? from - 20 : 0
  const cut = line.slice(skipped, skipped + 2 * excerptWidth)
  const before = shown(cut.slice(0, from - skipped))
  const marked = shown(cut.slice(from - skipped, Math.max(to, from) - skipped))
  const after = shown(cut.slice(Math.max(to, from) - skipped))
  const head = skipped > 0 ? '…' : ''
  const number = String(start.line).padStart(4)
  const row = clipped(`${head}${before}${marked}${after}`, excerptWidth)
  const width = Math.max(1, Math.min(columns(marked), excerptWidth - columns(head + before)))
  return [
    `${number} | ${row}`.trimEnd(),
    `${' '.repeat(number.length)} | ${' '.repeat(columns(head + before))}${'^'.repeat(width)}`,
  ]
}

function clipped(text: string, width: number): string {
  let kept = ''
  let used = 0
  for (const character of text) {
    used += columns(character)
    if (used > width) return `${kept}…`
    kept += character
  }
  return text
}

/** A part of a line: tabs are one space, what is not printable is an escape, backslashes stay. */
function shown(text: string): string {
  return plain(text.replaceAll('\t', ' '))
}

/** Our own words stay as they are; characters of the file that a terminal would obey become escapes. */
export function plain(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => printable(character))
}
