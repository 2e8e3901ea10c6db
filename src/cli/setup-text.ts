import { lineDiff } from '../guests/line-diff.ts'

/** What becomes of a text, as a diff in lines that are indented; none where nothing does. */
export function changeLines(before = '', after = '', name: string): string[] {
  return lineDiff(before, after, name).map((line) => `  ${line}`)
}
